import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArrayRecordWriter } from "@nthrec/arrayrecord";
import { encodeExample, TFRecordWriter } from "@nthrec/tfrecord";
import { describe, expect, test } from "vitest";
import { keyIndexName } from "../src/input/open-keys.ts";
import { rows, tempFile, tempFolder, vectors } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const people = ["ann", "bob", "cy"].map((name, id) => ({ id, user: { name }, n: [id] }));
const lines = people.map((each) => `${JSON.stringify(each)}\n`).join("");

describe("keys", () => {
  test("build, list, look up, get, over paths into records", async () => {
    const path = tempFile(lines);
    const built = await nthrec(["keys", "build", "--field", "user.name", "--json", path]);
    expect(jsonLines(built.out)).toMatchObject([
      { records: 3, keys: 3, duplicates: 0, missing: 0, index: `${path}.keys-user.name` },
    ]);
    const listed = await nthrec(["keys", "list", path]);
    expect(new Set(jsonLines(listed.out).map((each) => JSON.stringify(each)))).toEqual(
      new Set(['{"key":"ann","record":0}', '{"key":"bob","record":1}', '{"key":"cy","record":2}']),
    );
    expect(await nthrec(["keys", "lookup", path, "cy", "ann"])).toMatchObject({
      code: 0,
      out: '{"key":"cy","record":2}\n{"key":"ann","record":0}\n',
    });
    expect(jsonLines((await nthrec(["get", path, "--key", "bob", "--key", "ann"])).out)).toEqual([
      people[1],
      people[0],
    ]);
    expect(await nthrec(["get", path, "--key", "dan"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("NTH_KEY_NOT_FOUND"),
    });
    expect(await nthrec(["keys", "lookup", path, "dan"])).toMatchObject({ code: 1, out: "" });
  });

  test("numbers, lists of one, and what is no key", async () => {
    const path = tempFile(lines);
    expect(jsonLines((await nthrec(["get", path, "--field", "n", "--key", "2"])).out)).toEqual([
      people[2],
    ]);
    expect(await nthrec(["keys", "build", "--field", "user", path])).toMatchObject({ code: 1 });
    expect(
      await nthrec(["keys", "build", "--field", "user.x.y", "--allow-missing", path]),
    ).toMatchObject({ code: 0, out: expect.stringContaining("missing     3\n") });
  });

  test("which field, where it is not said", async () => {
    const path = tempFile(lines);
    expect(await nthrec(["get", path, "--key", "1"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no index of keys"),
    });
    for (const field of ["id", "user.name"])
      await nthrec(["keys", "build", "--field", field, path]);
    expect(await nthrec(["get", path, "--key", "1"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("several indexes of keys"),
    });
    expect((await nthrec(["get", path])).code).toBe(2);
    expect((await nthrec(["get", path, "1", "--key", "1"])).code).toBe(2);
    expect((await nthrec(["keys"])).code).toBe(2);
  });

  test("a name of a field is found again in the name of its index", async () => {
    const path = tempFile('{"größe/%=41":"x"}\n');
    expect((await nthrec(["keys", "build", "--field", "größe/%=41", path])).code).toBe(0);
    expect(existsSync(`${path}.keys-${keyIndexName("größe/%=41")}`)).toBe(true);
    expect((await nthrec(["get", path, "--key", "x"])).code).toBe(0);
    expect(() => keyIndexName("")).toThrow("is no name of a field");
    expect(() => keyIndexName("x".repeat(101))).toThrow("too long");
  });

  test("several records with one key", async () => {
    const path = tempFile('{"k":"a","i":0}\n{"k":"b","i":1}\n{"k":"a","i":2}\n');
    const got = async (policy: string) => {
      const { code, out } = await nthrec([
        "get",
        path,
        "--field",
        "k",
        "--key",
        "a",
        "--duplicates",
        policy,
      ]);
      return [code, ...(jsonLines(out) as { i: number }[]).map(({ i }) => i)];
    };
    expect(await got("first")).toEqual([0, 0]);
    expect(await got("last")).toEqual([0, 2]);
    expect(await got("all")).toEqual([0, 0, 2]);
    expect(await got("error")).toEqual([1]);
    expect(
      await nthrec(["keys", "lookup", path, "c", "--field", "k", "--duplicates", "all"]),
    ).toMatchObject({ code: 1 });
    const listed = await nthrec(["keys", "list", path, "--field", "k"]);
    expect(jsonLines(listed.out)).toHaveLength(3);
  });

  test("features of Examples, bytes and integers and floats", async () => {
    const folder = join(vectors("tfrecord"), "tfrecord");
    for (const [name, count] of [
      ["keyed_bytes", 1000],
      ["keyed_int", 100],
      ["keyed_float", undefined],
      ["keyed_nonutf8", undefined],
    ] as const) {
      const path = join(folder, `${name}.tfrecord`);
      const args = ["--field", "key", "--progress", "json", "--duplicates", "all", path];
      const built = await nthrec(["keys", "build", "--allow-missing", ...args]);
      expect({ name, code: built.code, err: built.err }).toEqual({
        name,
        code: 0,
        err: expect.stringContaining('"progress":"keys"'),
      });
      const listed = await nthrec(["keys", "list", "--allow-missing", ...args]);
      if (count !== undefined) expect(jsonLines(listed.out).length).toBeGreaterThanOrEqual(count);
      const [{ key, record }] = jsonLines(listed.out) as [{ key: unknown; record: number }];
      if (typeof key === "object") continue;
      const found = await nthrec([
        "keys",
        "lookup",
        path,
        String(key),
        "--field",
        "key",
        "--duplicates",
        "first",
        "--allow-missing",
      ]);
      expect(found.out).toBe(`${JSON.stringify({ key: String(key), record })}\n`);
    }
  });
});

describe("schema", () => {
  test("kinds, nested fields, arrays, and how many records have them", async () => {
    const path = tempFile(
      '{"a":1,"b":{"c":[1,"x"]}}\n{"a":1.5,"b":null,"big":9007199254740993}\n[true]\n{"$bytes":"","x":{}}\n{"n":{"$bytes":""},"m":{"$number":"NaN"},"e":{}}\n',
    );
    const { out } = await nthrec(["schema", "--json", path]);
    const [found] = jsonLines(out) as [
      { fields: { path: string; kinds: object; records: number }[] },
    ];
    expect(found).toMatchObject({ records: 5, looked: 5 });
    const fields = Object.fromEntries(
      found.fields.map(({ path: name, kinds, records }) => [name, [kinds, records]]),
    );
    expect(fields).toEqual({
      "": [{ array: 1 }, 1],
      "[]": [{ boolean: 1 }, 1],
      $bytes: [{ string: 1 }, 1],
      a: [{ integer: 1, number: 1 }, 2],
      b: [{ object: 1, null: 1 }, 2],
      "b.c": [{ array: 1 }, 1],
      "b.c[]": [{ integer: 1, string: 1 }, 1],
      big: [{ integer: 1 }, 1],
      e: [{ object: 1 }, 1],
      m: [{ number: 1 }, 1],
      n: [{ bytes: 1 }, 1],
      x: [{ object: 1 }, 1],
    });
  });

  test("records spread over the whole file, or all", async () => {
    const path = tempFile(`${rows(500)}${'{"late":1}\n'.repeat(500)}`);
    const some = await nthrec(["schema", "-n", "100", path]);
    expect(some.out).toBe(
      "field  kind     values  records\nid     integer               50\nlate   integer               50\n100 of 1,000 records looked at\n",
    );
    expect((await nthrec(["schema", "--all", "-n", "1", path])).out).toContain(
      "1,000 of 1,000 records",
    );
  });

  test("features and the numbers of their values; what is no Example is bytes", async () => {
    const path = join(tempFolder(), "a.tfrecord");
    {
      await using writer = await TFRecordWriter.open(path);
      await writer.extend([
        encodeExample({ a: { int64s: [1] }, b: { floats: [1] } }),
        encodeExample({ a: { int64s: [1, 2] }, c: { bytes: ["x"] } }),
        new Uint8Array([255]),
      ]);
    }
    expect((await nthrec(["schema", path])).out).toBe(
      [
        "field     kind   values  records",
        "(record)  bytes                1",
        "a         int64    1..2        2",
        "b         float       1        1",
        "c         bytes       1        1",
        "3 of 3 records looked at",
        "",
      ].join("\n"),
    );
  });
});

describe("ArrayRecord", () => {
  test("is known by its signature, prints Examples, and tells of its chunks", async () => {
    const path = join(tempFolder(), "no-ending");
    {
      await using writer = await ArrayRecordWriter.open(path, { groupSize: 2 });
      await writer.extend([0, 1, 2].map((id) => encodeExample({ id: { int64s: [id] } })));
    }
    expect(jsonLines((await nthrec(["get", path, "-1"])).out)).toEqual([{ id: [2] }]);
    const { out } = await nthrec(["info", path]);
    expect(out).toContain("format         arrayrecord\n");
    expect(out).toContain("groupSize      2\nchunks         2\nwriterOptions  group_size:2,");
    expect((await nthrec(["info", path, path])).out).not.toContain("groupSize");
    expect((await nthrec(["verify", path])).code).toBe(0);
    expect((await nthrec(["count", path])).out).toBe("3\n");
  });
});

describe("dali", () => {
  async function records(): Promise<string> {
    const path = join(tempFolder(), "a.tfrecord");
    await using writer = await TFRecordWriter.open(path);
    await writer.extend([1, 2, 3].map((size) => new Uint8Array(size)));
    return path;
  }

  test("makes what it finds sound", async () => {
    const path = await records();
    expect(await nthrec(["dali", "check", path])).toMatchObject({
      code: 4,
      err: expect.stringContaining("NTH_NOT_FOUND"),
    });
    expect(await nthrec(["dali", "make", path])).toMatchObject({
      code: 0,
      out: `${path}.idx: 3 records\n`,
    });
    expect(readFileSync(`${path}.idx`, "utf8")).toBe("0 17\n17 18\n35 19\n");
    expect(await nthrec(["dali", "check", path])).toMatchObject({
      code: 0,
      out: `${path}.idx: sound, 3 of 3 records named\n`,
    });
    const own = `${path}.own`;
    expect(await nthrec(["dali", "make", path, own])).toMatchObject({
      code: 0,
      out: `${own}: 3 records\n`,
    });
    expect((await nthrec(["dali", "check", path, own])).code).toBe(0);
  });

  test("an index that is not that of the file, and one that is none", async () => {
    const path = await records();
    writeFileSync(`${path}.idx`, "17 18\n18 18\n0 18\n");
    expect(await nthrec(["dali", "check", path])).toMatchObject({
      code: 4,
      out: `line 2: no record has 18 bytes from byte 18 on\nline 3: no record has 18 bytes from byte 0 on\n${path}.idx: 2 problems, 3 of 3 records named\n`,
    });
    writeFileSync(`${path}.idx`, "0 17\nx\n");
    expect(await nthrec(["dali", "check", path])).toMatchObject({ code: 4, out: "" });
    expect((await nthrec(["dali", "check", `${path}.none`])).code).toBe(1);
  });
});

describe("completion", () => {
  test("every command and option is in every script", async () => {
    const help = (await nthrec(["verify", "--help"])).out;
    const flags = [...help.matchAll(/--([a-z-]+)/g)].map((match) => match[1] as string);
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, out } = await nthrec(["completion", shell]);
      expect(code).toBe(0);
      for (const word of ["count", "repair", "keys", "lookup", "dali", "quick sample full"])
        expect(out).toContain(word);
      for (const flag of flags.filter((each) => each !== "help")) expect(out).toContain(flag);
    }
    expect((await nthrec(["completion", "csh"])).code).toBe(2);
  });

  const bash = spawnSync("bash", ["--version"]).status === 0;
  test.skipIf(!bash)("bash completes commands, groups, options and their values", async () => {
    const script = join(mkdtempSync(join(tempFolder(), "c-")), "nthrec.bash");
    writeFileSync(script, (await nthrec(["completion", "bash"])).out);
    const complete = (...words: string[]): string[] => {
      const at = `COMP_WORDS=(nthrec ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}`;
      const program = `source '${script}'; ${at}; _nthrec; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["-c", program], { encoding: "utf8" }).stdout.trim().split(" ");
    };
    expect(complete("he")).toEqual(["head"]);
    expect(complete("keys", "l")).toEqual(["list", "lookup"]);
    expect(complete("keys", "build", "--fi")).toEqual(["--field"]);
    expect(complete("verify", "--level", "")).toEqual(["quick", "sample", "full"]);
    expect(complete("count", "some-file", "--js")).toEqual(["--json"]);
  });
});
