import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const torn = '{"id":0}\n{"id":\n{"id":2}\n';

describe("verify", () => {
  test("sound data with a sound index, without one, with one that is not theirs", async () => {
    const path = tempFile(rows(3));
    expect(await nthrec(["verify", path])).toMatchObject({
      code: 4,
      out: `${path}: sound, 3 of 3 records read, index missing\n`,
    });
    expect(existsSync(`${path}.idx`)).toBe(false);
    await nthrec(["index", path]);
    expect(await nthrec(["verify", path])).toMatchObject({
      code: 0,
      out: `${path}: sound, 3 of 3 records read\n`,
    });
    expect(await nthrec(["verify", "--level", "quick", path])).toMatchObject({ code: 0 });
    writeFileSync(path, rows(3, 100));
    expect(await nthrec(["verify", path])).toMatchObject({ code: 4 });
    expect(await nthrec(["verify", "--index", "memory", path])).toMatchObject({ code: 0 });
  });

  test("damage is said with its place, to machines too", async () => {
    const path = tempFile(torn);
    const { code, out } = await nthrec(["verify", path]);
    expect(code).toBe(3);
    expect(out).toContain("NTH_DECODE_ERROR record 1 of");
    expect(out).toContain(`${path}: 1 problem, 3 of 3 records read`);
    const [report] = jsonLines((await nthrec(["verify", "--json", path])).out);
    expect(report).toMatchObject({
      name: path,
      ok: false,
      problemCount: 1,
      problems: [{ code: "NTH_DECODE_ERROR", index: 1 }],
    });
  });

  test("more problems than are listed", async () => {
    const { out } = await nthrec(["verify", "--type", "jsonl", tempFile("{\n".repeat(150))]);
    expect(out).toContain("and 50 more\n");
    expect(out).toContain("150 problems");
  });

  test("each file of a set; the worst of them is the exit code", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "a-00000-of-00003.jsonl"), torn);
    writeFileSync(join(folder, "a-00001-of-00003.jsonl"), rows(2));
    writeFileSync(join(folder, "a-00002-of-00003.jsonl"), rows(2));
    await nthrec(["index", join(folder, "a-00002-of-00003.jsonl")]);
    const { code, out } = await nthrec(["verify", join(folder, "a@3.jsonl")]);
    expect(code).toBe(3);
    expect(out.match(/(1 problem|sound), . of . records read(, index missing)?/g)).toEqual([
      "1 problem, 3 of 3 records read, index missing",
      "sound, 2 of 2 records read, index missing",
      "sound, 2 of 2 records read",
    ]);
  });
});

describe("index", () => {
  test("makes one, says so, and only looks where it is told to", async () => {
    const path = tempFile(rows(3));
    expect(await nthrec(["index", "--check", path])).toMatchObject({
      code: 4,
      out: `${path}: 3 records, no sound index\n`,
    });
    expect(existsSync(`${path}.idx`)).toBe(false);
    expect(await nthrec(["index", path])).toMatchObject({ code: 0, out: `${path}: 3 records\n` });
    expect(await nthrec(["index", "--check", "--json", path])).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ name: path, records: 3, ok: true, index: "valid" })}\n`,
    });
    writeFileSync(path, rows(3, 100));
    expect((await nthrec(["index", "--check", path])).code).toBe(4);
    expect((await nthrec(["index", path])).code).toBe(0);
    expect((await nthrec(["index", "--check", path])).code).toBe(0);
    expect((await nthrec(["index", "--anew", path])).code).toBe(0);
  });

  test("all files of a set", async () => {
    const folder = tempFolder();
    for (const i of [0, 1]) writeFileSync(join(folder, `a-0000${i}-of-00002.jsonl`), rows(i + 1));
    expect((await nthrec(["index", join(folder, "a@2.jsonl")])).out).toBe(
      "a-00000-of-00002.jsonl: 1 record\na-00001-of-00002.jsonl: 2 records\n",
    );
    expect(readdirSync(folder).filter((name) => name.endsWith(".idx"))).toHaveLength(2);
    expect((await nthrec(["index", "--index", "x", join(folder, "a@2.jsonl")])).code).toBe(2);
  });

  test("progress for machines, on a terminal, and none", async () => {
    const path = tempFile(rows(3));
    const json = await nthrec(["index", "--anew", "--progress", "json", path]);
    const last = jsonLines(json.err).at(-1);
    expect(last).toMatchObject({ progress: "indexing", records: 3, position: 27, size: 27 });
    const shown = await nthrec(["index", "--anew", path], { terminal: true });
    const clear = "\r\u001b[K";
    const line = /^indexing 100 % {2}3 records {2}\d+ MB\/s {2}0 s left$/;
    const [before, ...lines] = shown.err.split(clear);
    expect({ before, after: lines.pop() }).toEqual({ before: "", after: "" });
    expect(lines.at(-1)).toMatch(line);
    expect((await nthrec(["index", "--anew", path])).err).toBe("");
    expect(
      (await nthrec(["index", "--anew", "--progress", "none", path], { terminal: true })).err,
    ).toBe("");
    expect((await nthrec(["index", "--progress", "loud", path])).code).toBe(2);
  });
});

describe("repair", () => {
  test("into a new file; nothing is overwritten", async () => {
    const path = tempFile(torn);
    const target = join(tempFolder(), "mended.jsonl");
    const { code, out } = await nthrec(["repair", path, target]);
    expect({ code, out }).toEqual({
      code: 3,
      out: expect.stringMatching(
        /^bytes 9 to 16: .*\n2 records kept in .*mended.jsonl, 7 bytes lost in 1 place\n$/,
      ),
    });
    expect(readFileSync(target, "utf8")).toBe('{"id":0}\n{"id":2}\n');
    expect(readFileSync(path, "utf8")).toBe(torn);
    expect(await nthrec(["repair", path, target])).toMatchObject({
      code: 2,
      err: expect.stringContaining("overwrites nothing"),
    });
    expect((await nthrec(["repair", path])).code).toBe(2);
    expect((await nthrec(["repair", path, target, "--in-place"])).code).toBe(2);
  });

  test("in place, with a backup; a dry run changes nothing", async () => {
    const path = tempFile(torn);
    const dry = await nthrec(["repair", "--dry-run", path]);
    expect(dry).toMatchObject({
      code: 3,
      out: expect.stringContaining("2 records would be kept, 7 bytes lost"),
    });
    const json = JSON.parse((await nthrec(["repair", "--dry-run", "--json", path])).out);
    expect(json).toEqual({ ...json, kept: 2, lostBytes: 7, lostPlaces: 1 });
    expect(Object.keys(json)).not.toContain("target");
    expect(readFileSync(path, "utf8")).toBe(torn);
    expect(readdirSync(join(path, ".."))).toEqual(["data.jsonl"]);
    const { code, out } = await nthrec(["repair", "--in-place", path]);
    expect({ code, out }).toEqual({
      code: 3,
      out: expect.stringContaining("the damaged file is now data.jsonl.bak\n"),
    });
    expect(readFileSync(path, "utf8")).toBe('{"id":0}\n{"id":2}\n');
    expect(readFileSync(`${path}.bak`, "utf8")).toBe(torn);
  });

  test("a sound file loses nothing; what cannot be decoded may be kept", async () => {
    const sound = await nthrec([
      "repair",
      "--json",
      tempFile(rows(2)),
      join(tempFolder(), "a.jsonl"),
    ]);
    expect(sound.code).toBe(0);
    expect(jsonLines(sound.out)).toMatchObject([
      { kept: 2, lostBytes: 0, lostPlaces: 0, losses: [] },
    ]);
    const target = join(tempFolder(), "b.jsonl");
    expect(await nthrec(["repair", "--keep-undecodable", tempFile(torn), target])).toMatchObject({
      code: 0,
    });
    expect(readFileSync(target, "utf8")).toBe(torn);
  });
});
