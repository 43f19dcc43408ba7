import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MsgpackWriter } from "@nthrec/msgpack";
import { encodeExample, TFRecordWriter } from "@nthrec/tfrecord";
import { describe, expect, test } from "vitest";
import { rows, tempFile, tempFolder, vectors } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const ids = (text: string): unknown[] => (jsonLines(text) as { id: unknown }[]).map(({ id }) => id);

async function tfrecords(records: Uint8Array[], name = "data.tfrecord"): Promise<string> {
  const path = join(tempFolder(), name);
  await using writer = await TFRecordWriter.open(path);
  await writer.extend(records);
  return path;
}

describe("count", () => {
  test("a file, several, standard input, JSON", async () => {
    const a = tempFile(rows(3));
    const b = tempFile(rows(4));
    expect(await nthrec(["count", a])).toMatchObject({ code: 0, out: "3\n", err: "" });
    expect(await nthrec(["count", a, b])).toMatchObject({ code: 0, out: "7\n" });
    expect(await nthrec(["count", "--json", a])).toMatchObject({ out: '{"records":3}\n' });
    expect(await nthrec(["count", "-"], { stdin: rows(5) })).toMatchObject({ out: "5\n" });
  });

  test("leaves an index beside the file, and none where it is told to", async () => {
    const a = tempFile(rows(3));
    await nthrec(["count", "--index", "memory", a]);
    expect(existsSync(`${a}.idx`)).toBe(false);
    await nthrec(["count", "--index", `${a}.own`, a]);
    expect(existsSync(`${a}.own`)).toBe(true);
    await nthrec(["count", a]);
    expect(existsSync(`${a}.idx`)).toBe(true);
  });

  test("nothing of standard input stays behind, even where it is no good", async () => {
    const before = readdirSync(join(tempFolder(), "..")).filter((name) =>
      /^nthrec-\w{6}$/.test(name),
    );
    await nthrec(["count", "-"], { stdin: rows(5) });
    await nthrec(["count", "-"], { stdin: Buffer.from([0, 1, 2, 3]) });
    const after = readdirSync(join(tempFolder(), "..")).filter((name) =>
      /^nthrec-\w{6}$/.test(name),
    );
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe("what a path may be", () => {
  test("a pattern, a count, the one set of a name, a folder, a slice", async () => {
    const folder = tempFolder();
    for (const i of [0, 1])
      writeFileSync(join(folder, `a-0000${i}-of-00002.jsonl`), rows(3, i * 3));
    for (const spec of ["a-*.jsonl", "a@2.jsonl", "a@*.jsonl", "."]) {
      const { code, out } = await nthrec(["cat", join(folder, spec)]);
      expect({ spec, code, ids: ids(out) }).toEqual({ spec, code: 0, ids: [0, 1, 2, 3, 4, 5] });
    }
    // As a shell hands over what its pattern matched.
    const each = [0, 1].map((i) => join(folder, `a-0000${i}-of-00002.jsonl`));
    expect(await nthrec(["count", ...each])).toMatchObject({ code: 0, out: "6\n" });
    expect(await nthrec(["count", each[1] as string])).toMatchObject({ code: 0, out: "3\n" });
    expect(await nthrec(["count", folder, each[0] as string])).toMatchObject({ out: "9\n" });
    const typed = await nthrec(["cat", "--type", "text", folder]);
    expect(typed.out.split("\n")[0]).toBe('"{\\"id\\":0}"');
    const slice = await nthrec(["cat", `${join(folder, "a-00000-of-00002.jsonl")}[1:2]`]);
    expect(ids(slice.out)).toEqual([1]);
    const long = `${join(folder, "a-00000-of-00002.jsonl")}[1:100]`;
    expect(ids((await nthrec(["cat", long])).out)).toEqual([1, 2]);
    expect((await nthrec(["count", long])).out).toBe("2\n");
    const all = join(folder, "a@2.jsonl");
    expect((await nthrec(["count", "--index", "x", all])).code).toBe(2);
    expect(await nthrec(["count", "--index", "memory", all])).toMatchObject({ out: "6\n" });
    expect((await nthrec(["count", join(folder, "b-*")])).code).toBe(1);
    expect((await nthrec(["count", tempFolder()])).code).toBe(1);
  });

  test("its content says its format; --type overrides", async () => {
    const lines = tempFile(rows(2), "no-ending");
    expect(ids((await nthrec(["cat", lines])).out)).toEqual([0, 1]);
    expect(jsonLines((await nthrec(["cat", "--type", "text", lines])).out)).toEqual([
      '{"id":0}',
      '{"id":1}',
    ]);
    const unknown = tempFile(new Uint8Array([0, 1, 2]), "no-ending");
    expect(await nthrec(["cat", unknown])).toMatchObject({
      code: 2,
      err: expect.stringContaining("name it with --type"),
    });
    expect(await nthrec(["cat", "--type", "parquet", lines])).toMatchObject({
      code: 2,
      err: 'nthrec: there is no format "parquet": choose one of tfrecord, arrayrecord, tensorblob, npy, safetensors, msgpack, jsonl, text\n',
    });
  });
});

describe("get", () => {
  test("numbers from both ends, slices as Python has them", async () => {
    const path = tempFile(rows(10));
    const got = async (...numbers: string[]): Promise<unknown[]> =>
      ids((await nthrec(["get", path, ...numbers])).out);
    expect(await got("0", "-1", "3")).toEqual([0, 9, 3]);
    expect(await got("7:")).toEqual([7, 8, 9]);
    expect(await got(":2")).toEqual([0, 1]);
    expect(await got("-2:")).toEqual([8, 9]);
    expect(await got("-3:-1")).toEqual([7, 8]);
    expect(await got("::4")).toEqual([0, 4, 8]);
    expect(await got("::-4")).toEqual([9, 5, 1]);
    expect(await got("5:1:-2")).toEqual([5, 3]);
    expect(await got("8:100")).toEqual([8, 9]);
    expect(await got("5:2")).toEqual([]);
  });

  test("a file that is there is meant, whatever its name looks like; standard input may be one of several", async () => {
    const path = tempFile(rows(3), "a@2.jsonl");
    expect(await nthrec(["count", path])).toMatchObject({ code: 0, out: "3\n" });
    expect(await nthrec(["count", "-", path], { stdin: rows(1) })).toMatchObject({
      code: 0,
      out: "4\n",
    });
    expect(await nthrec(["info", "--json", path])).toMatchObject({ code: 0, err: "" });
  });

  test("numbers, words and blank lines may be JSON lines or text", async () => {
    const format = async (text: string, name = "x"): Promise<unknown> =>
      (
        jsonLines((await nthrec(["ls", "--json", tempFile(text, name)])).out)[0] as {
          format: string;
        }
      ).format;
    expect(await format("12\n")).toBe("jsonl");
    expect(await format("word\n")).toBe("text");
    expect(await format("\n\n")).toBe("text");
    expect(await format(`"${"x".repeat(70_000)}é"\n`, "x.jsonl")).toBe("jsonl");
    expect(await format("a\0b\n")).toBe("-");
    expect(await format("\udcff")).toBe("text");
  });

  test("more than one batch", async () => {
    const path = tempFile(rows(200));
    expect(ids((await nthrec(["get", path, "::-1"])).out)).toEqual(
      Array.from({ length: 200 }, (_, i) => 199 - i),
    );
  });

  test("what is no number, and a record that does not exist", async () => {
    const path = tempFile(rows(2));
    expect(await nthrec(["get", path, "2"])).toMatchObject({
      code: 1,
      err: `nthrec: NTH_OUT_OF_RANGE record 2 does not exist: ${path} has 2 records\n`,
    });
    for (const wrong of ["x", "1.5", "::0", "1:2:3:4", "a:"]) {
      expect((await nthrec(["get", path, wrong])).code, wrong).toBe(2);
    }
  });
});

describe("head, tail, cat, sample", () => {
  test("the first and the last", async () => {
    const path = tempFile(rows(20));
    expect(ids((await nthrec(["head", "-n", "2", path])).out)).toEqual([0, 1]);
    expect(ids((await nthrec(["head", path])).out)).toHaveLength(10);
    expect(ids((await nthrec(["tail", "-n", "2", path])).out)).toEqual([18, 19]);
    expect(ids((await nthrec(["tail", "-n", "200", path])).out)).toHaveLength(20);
    expect(ids((await nthrec(["cat", path])).out)).toHaveLength(20);
    expect((await nthrec(["head", "-n", "x", path])).code).toBe(2);
  });

  test("the head of a large file needs no index, and leaves none", async () => {
    const path = tempFile(rows(50_000));
    expect(ids((await nthrec(["head", "-n", "3", path])).out)).toEqual([0, 1, 2]);
    expect(existsSync(`${path}.idx`)).toBe(false);
    // More than a small part of it does.
    expect(ids((await nthrec(["head", "-n", "49000", path])).out)).toHaveLength(49_000);
    expect(existsSync(`${path}.idx`)).toBe(true);
    expect(ids((await nthrec(["head", "-n", "3", path])).out)).toEqual([0, 1, 2]);
  });

  test("a sample holds each record at most once, and the same for the same seed", async () => {
    const path = tempFile(rows(30));
    const sample = async (...more: string[]): Promise<unknown[]> =>
      ids((await nthrec(["sample", path, ...more])).out);
    expect(await sample("--seed", "7")).toEqual(await sample("--seed", "7"));
    expect(await sample("--seed", "8")).not.toEqual(await sample("--seed", "7"));
    expect(new Set(await sample("-n", "100"))).toEqual(
      new Set(Array.from({ length: 30 }, (_, i) => i)),
    );
    expect(await nthrec(["sample", tempFile("")])).toMatchObject({ code: 0, out: "" });
  });

  test("a damaged record does not concern the others, but the exit code", async () => {
    const path = tempFile('{"id":0}\n{"id":\n{"id":2}\n');
    for (const args of [["cat"], ["head"], ["tail"], ["sample", "--seed", "1"]]) {
      const { code, out, err } = await nthrec([...args, path]);
      expect({ args, code, ids: new Set(ids(out)) }).toEqual({
        args,
        code: 3,
        ids: new Set([0, 2]),
      });
      expect(err).toMatch(/^nthrec: NTH_DECODE_ERROR record 1 of .*\n$/);
    }
    expect(await nthrec(["get", path, "2", "1", "0"])).toMatchObject({
      code: 3,
      out: '{"id":2}\n{"id":0}\n',
    });
  });

  test("options of a format, as messages name them", async () => {
    const path = tempFile('{"id":0}\n\n{"id":2}\n{"id"');
    const { code, err } = await nthrec(["cat", path]);
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('blankLines: "skip"') });
    const args = ["-o", "blankLines=skip", "--option", "tail=ignore", "-o", "maxRecordBytes=100"];
    for (const command of ["cat", "head"]) {
      const got = await nthrec([command, ...args, path]);
      expect({ command, code: got.code, ids: ids(got.out) }).toEqual({
        command,
        code: 0,
        ids: [0, 2],
      });
    }
    expect(await nthrec(["cat", "-o", "tail", path])).toMatchObject({
      code: 2,
      err: expect.stringContaining("name=value"),
    });
    expect(await nthrec(["head", "-o", "tail=ingore", tempFile(rows(1))])).toMatchObject({
      code: 2,
      err: 'nthrec: tail is one of "record", "ignore", "error", not "ingore"\n',
    });
  });

  test("an option that the format lacks is told of, with those that it has", async () => {
    const path = tempFile(rows(1));
    const known =
      "bigints, blankLines, index, io, maxRecordBytes, offsets, onStaleIndex, remoteScan, tail";
    const err = `nthrec: --option blankLine: the reader of jsonl has no such option, but ${known}\n`;
    for (const command of ["cat", "head", "count", "verify", "index"]) {
      const args = [command, "-o", "tail=ignore", "-o", "blankLine=skip", path];
      expect(await nthrec(args)).toMatchObject({ code: 2, out: "", err });
    }
    // What concerns a set is an option of a set only.
    expect((await nthrec(["count", "-o", "missing=skip", path])).code).toBe(2);
    expect((await nthrec(["count", "-o", "missing=skip", path, path])).out).toBe("2\n");
    const out = join(tempFolder(), "out.array_record");
    expect(await nthrec(["convert", "--write-option", "groupsize=1", path, out])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^nthrec: --write-option groupsize: .* groupSize, /),
    });
    const saturation = ["--write-option", "saturationDelayMs=5"];
    const taken = join(tempFolder(), "taken.array_record");
    expect((await nthrec(["convert", ...saturation, path, taken])).code).toBe(0);
    const offloaded = ["count", "-o", "indexStorageOption=offloaded", taken];
    expect(await nthrec(offloaded)).toMatchObject({ code: 0, out: "1\n" });
    const shuffled = join(tempFolder(), "out.jsonl");
    expect(
      await nthrec(["shuffle", "--write-option", "groupSize=1", path, shuffled]),
    ).toMatchObject({
      code: 2,
      err: expect.stringContaining("the writer of jsonl has no such option"),
    });
    expect([existsSync(out), existsSync(shuffled)]).toEqual([false, false]);
  });

  test("commands that read no records take no options of a reader", async () => {
    const path = tempFile(rows(1));
    for (const args of [
      ["ls", "-o", "tail=ignore", path],
      ["repair", "--dry-run", "-o", "tail=ignore", path],
      ["repair", "--dry-run", "--index", "memory", path],
    ]) {
      expect(await nthrec(args)).toMatchObject({
        code: 2,
        err: expect.stringContaining("unknown option"),
      });
    }
  });

  test("following prints what comes, until it is stopped", async () => {
    for (const raw of [[], ["--raw"]]) {
      const path = tempFile(rows(2));
      const stop = new AbortController();
      const { code, out } = await nthrec(["tail", "-f", "-n", "1", ...raw, path], {
        signal: stop.signal,
        onOut: (text) => {
          if (text.includes('"id":1}')) writeFileSync(path, rows(2, 2), { flag: "a" });
          if (text.includes('"id":3}')) stop.abort();
        },
      });
      expect(code).toBe(0);
      expect(ids(out)).toEqual([1, 2, 3]);
    }
  });

  test("only one file can be followed", async () => {
    const path = tempFile(rows(2));
    expect((await nthrec(["tail", "-f", path, path])).code).toBe(2);
    expect((await nthrec(["tail", "-f", "-"], { stdin: rows(2) })).code).toBe(2);
  });
});

describe("how records print", () => {
  test("integers with all their digits, in every layout", async () => {
    const path = tempFile('{"a":9007199254740993,"b":[-9223372036854775808,"x",{}],"c":[]}\n');
    expect(await nthrec(["cat", path])).toMatchObject({
      out: '{"a":9007199254740993,"b":[-9223372036854775808,"x",{}],"c":[]}\n',
    });
    expect((await nthrec(["cat", "--pretty", path])).out).toBe(
      '{\n  "a": 9007199254740993,\n  "b": [\n    -9223372036854775808,\n    "x",\n    {}\n  ],\n  "c": []\n}\n',
    );
    expect((await nthrec(["cat", "--pretty", tempFile('{"a":1}\n')])).out).toBe('{\n  "a": 1\n}\n');
  });

  test("JSON lines stay what they are, whatever they call their fields", async () => {
    const lines = '{"$bytes":"eA=="}\n{"$object":[]}\nnull\n[1,"a"]\n';
    expect((await nthrec(["cat", tempFile(lines)])).out).toBe(lines);
  });

  test("an Example as an object, other bytes as base64", async () => {
    const example = encodeExample({
      label: { int64s: [3] },
      raw: { bytes: [new Uint8Array([0, 255])] },
      name: { bytes: ["cat"] },
      w: { floats: [0.5] },
    });
    const path = await tfrecords([example, new Uint8Array([255, 254])]);
    expect(jsonLines((await nthrec(["cat", path])).out)).toEqual([
      { label: [3], raw: [{ $bytes: "AP8=" }], name: ["cat"], w: [0.5] },
      { $bytes: "//4=" },
    ]);
    expect((await nthrec(["cat", "--raw", path])).bytes).toEqual(
      Buffer.concat([example, Buffer.from([255, 254])]),
    );
  });

  test("MessagePack with what JSON lacks marked", async () => {
    const path = join(tempFolder(), "a.msgpack");
    {
      await using writer = await MsgpackWriter.open(path);
      await writer.extend([new Uint8Array([1]), { a: [Number.NaN, 1.5] }, null]);
    }
    expect((await nthrec(["cat", path])).out).toBe(
      '{"$bytes":"AQ=="}\n{"a":[{"$number":"NaN"},1.5]}\nnull\n',
    );
  });

  test("--raw prints lines as they are", async () => {
    const text = 'one\r\n\ntwo "x"\n';
    expect((await nthrec(["cat", "--raw", tempFile(text, "a.txt")])).out).toBe(text);
    expect((await nthrec(["cat", "--raw", tempFile('{"a" : 1}\n[]\n')])).out).toBe(
      '{"a" : 1}\n[]\n',
    );
  });

  test("bytes never reach a terminal", async () => {
    const plain = await tfrecords([Buffer.from("plain text\n")]);
    expect(await nthrec(["cat", "--raw", plain], { terminal: true })).toMatchObject({
      code: 0,
      out: "plain text\n",
    });
    for (const bytes of [[0xff], [0x1b, 0x5b], [0xc2, 0x9b]]) {
      const path = await tfrecords([new Uint8Array(bytes)]);
      expect(await nthrec(["cat", "--raw", path], { terminal: true })).toMatchObject({
        code: 2,
        out: "",
      });
      expect((await nthrec(["cat", "--raw", path])).bytes).toEqual(Buffer.from(bytes));
    }
    const lines = tempFile('"\u009b31m"\n');
    expect((await nthrec(["cat", lines], { terminal: true })).out).toBe('"\\u009b31m"\n');
    expect((await nthrec(["cat", lines])).out).toBe('"\u009b31m"\n');
  });

  test("--out puts byte strings into files, whatever a record calls them", async () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]);
    const example = encodeExample({
      "../../etc/x": { bytes: [png, new Uint8Array([255])] },
      "": { int64s: [1] },
    });
    const path = await tfrecords([example]);
    const folder = join(tempFolder(), "deep", "files");
    const { code, out } = await nthrec(["cat", "--out", folder, path]);
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["0-_etc_x-0.png", "0-_etc_x-1.bin"]);
    expect(jsonLines(out)).toEqual([
      {
        "../../etc/x": [
          { $file: join(folder, "0-_etc_x-0.png") },
          { $file: join(folder, "0-_etc_x-1.bin") },
        ],
        "": [1],
      },
    ]);
    expect(readFileSync(join(folder, "0-_etc_x-0.png"))).toEqual(Buffer.from(png));
  });
});

describe("info and ls", () => {
  test("what a file is", async () => {
    const path = tempFile(rows(1234));
    await nthrec(["index", path]);
    expect(await nthrec(["info", path])).toMatchObject({
      code: 0,
      out: `name     ${path}\nformat   jsonl\nrecords  1,234\nbytes    13,698\nindex    valid\n`,
    });
    expect(jsonLines((await nthrec(["info", "--json", path])).out)).toEqual([
      { name: path, format: "jsonl", records: 1234, bytes: 13_698, index: "valid" },
    ]);
    expect((await nthrec(["info", path, path])).out).toContain("shards   2\n");
  });

  test("a folder with files of several kinds, and what is no file of records", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "a.jsonl"), rows(3));
    writeFileSync(join(folder, "b.txt"), "x\n");
    writeFileSync(join(folder, "c.bin"), new Uint8Array([0, 1]));
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, ".hidden"), "x\n");
    await nthrec(["index", join(folder, "a.jsonl")]);
    expect(await nthrec(["ls", folder])).toMatchObject({
      code: 0,
      out: [
        "records  bytes  format  name",
        `      3     27  jsonl   ${join(folder, "a.jsonl")}`,
        `      -      2  text    ${join(folder, "b.txt")}`,
        `      -      2  -       ${join(folder, "c.bin")}`,
        `      -      -  folder  ${join(folder, "d")}`,
        "",
      ].join("\n"),
    });
    expect(existsSync(join(folder, "b.txt.idx"))).toBe(false);
    const json = jsonLines(
      (await nthrec(["ls", "--json", "--type", "text", join(folder, "*.txt")])).out,
    );
    expect(json).toEqual([{ name: "b.txt", format: "text", bytes: 2 }]);
    expect((await nthrec(["ls", join(folder, "nothing")])).code).toBe(1);
    expect((await nthrec(["ls"])).code).toBe(0);
  });

  test("compressed files are recognised, and inflated where one asks for a record", async () => {
    const folder = join(vectors("tfrecord"), "tfrecord");
    const path = join(folder, "sizes.z.tfrecord");
    expect((await nthrec(["ls", path])).out).toContain("tfrecord");
    const plain = (await nthrec(["cat", "--raw", join(folder, "sizes.tfrecord")])).bytes;
    expect((await nthrec(["cat", "--raw", path])).bytes.equals(plain)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith(".plain"))).toEqual([]);
    expect(await nthrec(["count", join(folder, "empty.gz.tfrecord")])).toMatchObject({
      out: "0\n",
    });
    expect(await nthrec(["count", join(folder, "multimember.gz.tfrecord")])).toMatchObject({
      code: 0,
    });
    const place = tempFolder();
    expect(await nthrec(["count", "--inflate", place, path])).toMatchObject({ out: "78\n" });
    expect(readdirSync(place).filter((name) => name.endsWith(".plain"))).toHaveLength(1);
    expect(await nthrec(["count", "--inflate", "beside", path])).toMatchObject({ out: "78\n" });
    expect(readdirSync(folder).filter((name) => name.endsWith(".plain"))).toHaveLength(1);
  });
});
