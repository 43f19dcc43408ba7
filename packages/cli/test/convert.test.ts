import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TFRecordWriter } from "@nthrec/tfrecord";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const FORMATS = ["jsonl", "text", "tfrecord", "msgpack", "arrayrecord"];

/** Values of each kind that JSON has, an integer that a number cannot hold, and text that is not ASCII. */
const VALUES = [
  `{"id":1,"nested":{"a":[1,2.5,null,true]},"text":"é\\n\\u0000"}`,
  `"a string"`,
  "42",
  "null",
  "[]",
  `{"big":9007199254740993,"negative":-9223372036854775807}`,
  "{}",
];

/** Converts, and expects that it went well. */
async function convert(...args: string[]): Promise<string> {
  const outcome = await nthrec(["convert", ...args]);
  expect(outcome).toMatchObject({ code: 0, err: "" });
  return outcome.out;
}

describe("every format to every other", () => {
  for (const from of FORMATS) {
    for (const to of FORMATS) {
      test(`JSON values from ${from} to ${to} and back`, async () => {
        const path = tempFile(`${VALUES.join("\n")}\n`);
        const folder = tempFolder();
        const [first, second, last] = ["first", "second", "last"].map((name) => join(folder, name));
        const as = ["--as", "json"];
        await convert(path, first as string, "--to", from, ...as);
        await convert(first as string, second as string, "--type", from, "--to", to, ...as);
        await convert(second as string, last as string, "--type", to, "--to", "jsonl", ...as);
        expect(readFileSync(last as string, "utf8")).toBe(readFileSync(path, "utf8"));
      });
    }
  }

  test("any bytes between formats that hold bytes, and as JSON", async () => {
    const bytes = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(bytes, async (records) => {
        const folder = tempFolder();
        const path = (name: string): string => join(folder, name);
        await using writer = await TFRecordWriter.open(path("a.tfrecord"));
        await writer.extend(records);
        await writer.close();
        await convert(path("a.tfrecord"), path("b.arrayrecord"));
        await convert(path("b.arrayrecord"), path("c.tfrecord"));
        expect(readFileSync(path("c.tfrecord"))).toEqual(readFileSync(path("a.tfrecord")));
        await convert("--type", "tfrecord", path("a.tfrecord"), path("d.msgpack"));
        await convert(path("d.msgpack"), path("e.tfrecord"));
        const lines = async (name: string): Promise<string> =>
          (await nthrec(["cat", "--type", "tfrecord", path(name)])).out;
        expect(await lines("e.tfrecord")).toBe(await lines("a.tfrecord"));
      }),
      { numRuns: 15 },
    );
  });

  test("a plugin's format, both ways", async () => {
    const plugin = fileURLToPath(new URL("support/plugin.ts", import.meta.url));
    const folder = tempFolder();
    const path = tempFile('{"$bytes":"AAEC"}\n{"$bytes":""}\n');
    const blobs = join(folder, "a.blobs");
    await convert(path, blobs, "--plugin", plugin);
    await convert(blobs, join(folder, "a.jsonl"), "--plugin", plugin);
    expect(readFileSync(join(folder, "a.jsonl"), "utf8")).toBe(readFileSync(path, "utf8"));
    await convert(blobs, join(folder, "b.blobs"), "--plugin", plugin);
    expect(readFileSync(join(folder, "b.blobs"))).toEqual(readFileSync(blobs));
  });

  test("a format to itself keeps the bytes of its records", async () => {
    const odd = '\ufeff{ "a" : 1.0 }\r\n{"b":\t1e2}\nnot JSON\n{"c":12345678901234567890}';
    const path = tempFile(odd);
    const copy = join(tempFolder(), "copy.jsonl");
    await convert(path, copy);
    expect(readFileSync(copy, "utf8")).toBe(`${odd.slice(1)}\n`);
    const text = tempFile(Uint8Array.of(0xff, 10, 0x41), "a.txt");
    await convert(text, `${text}.copy`, "--type", "text", "--to", "text");
    expect([...readFileSync(`${text}.copy`)]).toEqual([0xff, 10, 0x41, 10]);
  });
});

describe("Examples", () => {
  const schema = {
    id: { kind: "integer", size: "one" },
    score: { kind: "float", optional: true },
    image: { kind: "bytes", size: "one" },
    name: { kind: "text" },
  };

  test("by a schema, and back", async () => {
    const lines = [
      '{"id":7,"score":[0.5,2],"image":{"$bytes":"AP8="},"name":["a","b"]}',
      '{"id":8,"image":{"$bytes":""},"name":[]}',
    ];
    const path = tempFile(`${lines.join("\n")}\n`);
    const folder = tempFolder();
    const file = join(folder, "schema.json");
    writeFileSync(file, JSON.stringify(schema));
    for (const ending of ["tfrecord", "arrayrecord"]) {
      const records = join(folder, `a.${ending}`);
      await convert(path, records, "--schema", file);
      await convert(records, join(folder, `${ending}.jsonl`), "--schema", file);
      const back = readFileSync(join(folder, `${ending}.jsonl`), "utf8");
      expect(jsonLines(back)).toEqual(jsonLines(`${lines.join("\n")}\n`));
    }
  });

  test("a record that the schema does not fit is named", async () => {
    const folder = tempFolder();
    const file = join(folder, "schema.json");
    writeFileSync(file, JSON.stringify(schema));
    const path = tempFile('{"id":7}\n');
    const { code, err } = await nthrec([
      "convert",
      path,
      join(folder, "a.tfrecord"),
      "--schema",
      file,
    ]);
    expect(code).toBe(1);
    expect(err).toContain(`NTH_INVALID_VALUE record 0 of ${path} cannot go from jsonl to tfrecord`);
    expect(err).toContain('feature "image" is missing');
    expect(readdirSync(folder)).toEqual(["schema.json"]);
  });

  test("a schema that is none, and one that nothing needs", async () => {
    const path = tempFile(rows(1));
    const bad = [
      "[]",
      '{"a":1}',
      '{"a":{"kind":"colour"}}',
      '{"a":{"kind":"float","size":-1}}',
      '{"a":{"kind":"float","optional":1}}',
      '{"a":{"kind":"float","more":1}}',
      "{",
    ];
    for (const text of bad) {
      const file = tempFile(text, "schema.json");
      const { code, err } = await nthrec(["convert", path, `${path}.tfrecord`, "--schema", file]);
      expect(code).toBe(2);
      expect(err).toContain("is no schema");
    }
    const file = tempFile("{}", "schema.json");
    const { code } = await nthrec(["convert", path, `${path}.msgpack`, "--schema", file]);
    expect(code).toBe(2);
  });
});

describe("shards", () => {
  /** Three files of 5, 0 and 7 records. */
  function uneven(): string {
    const folder = tempFolder();
    writeFileSync(join(folder, "a-00000-of-00003.jsonl"), rows(5));
    writeFileSync(join(folder, "a-00001-of-00003.jsonl"), "");
    writeFileSync(join(folder, "a-00002-of-00003.jsonl"), rows(7, 5));
    return join(folder, "a@3.jsonl");
  }

  const counts = async (pattern: string): Promise<number[]> => {
    const folder = join(pattern, "..");
    const names = readdirSync(folder).filter((name) => /-of-.*(msgpack|tfrecord)$/.test(name));
    const counted = names.sort().map(async (name) => {
      return Number((await nthrec(["count", join(folder, name)])).out);
    });
    return await Promise.all(counted);
  };

  test("each shard becomes one, or all are dealt anew", async () => {
    const set = uneven();
    const out = (name: string): string => join(tempFolder(), name);
    const each = out("b@*.msgpack");
    await convert(set, each);
    expect(await counts(each)).toEqual([5, 0, 7]);
    const same = out("b-00001-of-00003.tfrecord");
    await convert(set, same);
    expect(await counts(same)).toEqual([5, 0, 7]);
    const anew = out("b@5.tfrecord");
    await convert(set, anew);
    expect(await counts(anew)).toEqual([2, 2, 3, 2, 3]);
    const one = out("all.jsonl");
    await convert(anew, one);
    expect(jsonLines(readFileSync(one, "utf8")).length).toBe(12);
  });

  test("in threads the same bytes as one after another", async () => {
    const path = tempFile(rows(2000));
    const folder = tempFolder();
    mkdirSync(join(folder, "one"));
    mkdirSync(join(folder, "three"));
    for (const ending of ["tfrecord", "msgpack", "arrayrecord"]) {
      await convert(path, join(folder, "one", `a@4.${ending}`));
      await convert(path, join(folder, "three", `a@4.${ending}`), "--jobs", "3");
    }
    const names = readdirSync(join(folder, "one")).sort();
    expect(names.length).toBeGreaterThanOrEqual(12);
    expect(readdirSync(join(folder, "three")).sort()).toEqual(names);
    for (const name of names) {
      const [a, b] = ["one", "three"].map((each) => readFileSync(join(folder, each, name)));
      expect(a?.equals(b as Buffer)).toBe(true);
    }
  });

  test("what fails in a thread is told, and nothing is left", async () => {
    const path = tempFile(`${rows(100)}{"a":[[1]]}\n`);
    const folder = tempFolder();
    const out = join(folder, "a@4.tfrecord");
    const { code, err } = await nthrec(["convert", path, out, "-j", "2"]);
    expect(code).toBe(1);
    expect(err).toContain(`NTH_INVALID_VALUE record 100 of ${path}`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("damage", () => {
  test("ends the conversion, or costs its records and the exit code", async () => {
    const path = tempFile('{"id":0}\n{"id":\n{"id":2}\n');
    const folder = tempFolder();
    const out = join(folder, "a.msgpack");
    const refused = await nthrec(["convert", path, out]);
    expect(refused.code).toBe(3);
    expect(refused.err).toContain("NTH_DECODE_ERROR");
    expect(readdirSync(folder)).toEqual([]);
    const left = await nthrec(["convert", "--skip-damaged", path, out]);
    expect(left).toMatchObject({
      code: 3,
      out: `2 records in ${out}, 1 damaged place left out\n`,
    });
    expect((await nthrec(["cat", out])).out).toBe('{"id":0}\n{"id":2}\n');
  });

  test("a payload, a length, and a torn end of a TFRecord", async () => {
    const folder = tempFolder();
    const path = join(folder, "a.tfrecord");
    await using writer = await TFRecordWriter.open(path, { index: "none" });
    await writer.extend(Array.from({ length: 10 }, (_, i) => new Uint8Array(50).fill(i)));
    await writer.close();
    const data = readFileSync(path);
    const frame = 66;
    data.writeUInt8(99, 2 * frame + 20);
    data.writeUInt8(99, 5 * frame);
    const damaged = join(folder, "b.tfrecord");
    writeFileSync(damaged, data);
    for (const jobs of ["1", "2"]) {
      const out = join(folder, `out${jobs}@2.arrayrecord`);
      const { code, out: said } = await nthrec([
        ...["convert", "--skip-damaged", "-j", jobs, damaged, out],
      ]);
      expect({ code, said }).toEqual({
        code: 3,
        said: "8 records in 2 files, 2 damaged places left out\n",
      });
      expect((await nthrec(["count", out])).out).toBe("8\n");
    }
    const torn = tempFile(data.subarray(6 * frame, 8 * frame + 30), "c.tfrecord");
    const whole = await nthrec(["convert", "--skip-damaged", torn, join(folder, "c.arrayrecord")]);
    expect(whole).toMatchObject({ code: 3 });
    expect(whole.out).toContain("2 records in");
  });
});

describe("a torn end, and what cannot be written", () => {
  test("of a format without a way past damage costs what is torn", async () => {
    const folder = tempFolder();
    const whole = join(folder, "a.msgpack");
    await convert(tempFile(rows(5)), whole);
    const torn = tempFile(readFileSync(whole).subarray(0, -2), "b.msgpack");
    const out = join(folder, "b.jsonl");
    expect((await nthrec(["convert", torn, out])).code).toBe(3);
    const left = await nthrec(["convert", "--skip-damaged", torn, out]);
    expect(left).toMatchObject({
      code: 3,
      out: `4 records in ${out}, 1 damaged place left out\n`,
    });
  });

  test("a format that is only read, and options that are none", async () => {
    const plugin = tempFile(
      `export default { name: "readonly", summary: "", suffixes: [".ro"], recognise: () => 0,
        load: async () => ({ Reader: class { static format = "readonly" }, toJson: (r) => r, fromJson: (v) => v }) };`,
      "plugin.mjs",
    );
    const path = tempFile(rows(3));
    const out = join(tempFolder(), "a.ro");
    for (const command of ["convert", "shuffle"]) {
      const type = command === "shuffle" ? ["--type", "readonly"] : [];
      const { code, err } = await nthrec([command, path, out, "--plugin", plugin, ...type]);
      expect(code).toBe(2);
      expect(err).toContain("readonly files cannot be written");
    }
  });
});

describe("what it refuses", () => {
  test("to overwrite, unless it is told to", async () => {
    const path = tempFile(rows(3));
    const out = join(tempFolder(), "a.msgpack");
    await convert(path, out);
    const before = readFileSync(out);
    expect(await nthrec(["convert", path, out])).toMatchObject({
      code: 2,
      err: `nthrec: ${out} exists: --force replaces it\n`,
    });
    expect(readFileSync(out)).toEqual(before);
    writeFileSync(path, rows(5));
    await convert(path, out, "--force");
    expect((await nthrec(["verify", out])).out).toContain("sound, 5 of 5 records read\n");
    // In its own place, too.
    await convert(path, path, "--force");
    expect(readFileSync(path, "utf8")).toBe(rows(5));
  });

  test("an index of another program keeps its name", async () => {
    const path = tempFile(rows(3));
    const out = join(tempFolder(), "a.msgpack");
    writeFileSync(`${out}.idx`, "0 12\n12 12\n");
    await convert(path, out);
    expect(readFileSync(`${out}.idx`, "utf8")).toBe("0 12\n12 12\n");
    expect((await nthrec(["count", out])).out).toBe("3\n");
  });

  test("names that say nothing, or too much", async () => {
    const path = tempFile(rows(3));
    const folder = tempFolder();
    const refused: [args: string[], reason: string][] = [
      [[path], "name what is read, and then what is written"],
      [[path, "-"], "standard output"],
      [[path, join(folder, "a.unknown")], "tells no format"],
      [[path, join(folder, "*.msgpack")], "is a pattern"],
      [[path, join(folder, "a@0.msgpack")], "at least one shard"],
      [[path, join(folder, "none", "a.msgpack")], "there is no folder"],
      [[path, "http://localhost/a.msgpack"], "web server"],
      [[path, join(folder, "a.msgpack"), "--write-option", "a"], "takes name=value"],
      [[path, join(folder, "a.msgpack"), "--checkpoint", "soon"], "number of seconds"],
    ];
    for (const [args, reason] of refused) {
      const { code, err } = await nthrec(["convert", ...args]);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(err).toContain(reason);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test("text that is none, and values that are no text, with a way out", async () => {
    const folder = tempFolder();
    const path = tempFile(rows(1));
    const { code, err } = await nthrec(["convert", path, join(folder, "a.txt")]);
    expect(code).toBe(1);
    expect(err).toContain("--as json");
    const bytes = tempFile('{"$bytes":"/w=="}\n');
    await convert(bytes, join(folder, "b.tfrecord"));
    const text = await nthrec(["convert", join(folder, "b.tfrecord"), join(folder, "b.txt")]);
    expect(text.err).toContain("not UTF-8");
    const json = await nthrec([
      ...["convert", "--as", "json", join(folder, "b.tfrecord"), join(folder, "b.jsonl")],
    ]);
    expect(json).toMatchObject({ code: 1 });
    expect(json.err).toContain("no JSON text");
  });
});

describe("what it says", () => {
  test("a dry run names the files, and leaves nothing", async () => {
    const path = tempFile(rows(5));
    const folder = tempFolder();
    const out = join(folder, "a@2.tfrecord");
    const [first, second] = ["a-00000-of-00002", "a-00001-of-00002"].map((name) => {
      return join(folder, `${name}.tfrecord`);
    });
    expect(await nthrec(["convert", "--dry-run", path, out])).toMatchObject({
      code: 0,
      out: `${first}: 2 records\n${second}: 3 records\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(`${path}.idx`)).toBe(false);
    writeFileSync(second as string, "");
    expect((await nthrec(["convert", "--dry-run", path, out])).code).toBe(2);
    const forced = await nthrec(["convert", "--dry-run", "--json", "--force", path, out]);
    expect(jsonLines(forced.out)).toEqual([
      { name: first, records: 2, exists: false },
      { name: second, records: 3, exists: true },
    ]);
  });

  test("a summary for machines, and progress", async () => {
    const path = tempFile(rows(5000));
    const out = join(tempFolder(), "a.tfrecord");
    const {
      code,
      out: said,
      err,
    } = await nthrec([...["convert", "--json", "--progress", "json", path, out]]);
    expect(code).toBe(0);
    expect(jsonLines(said)).toEqual([{ records: 5000, lost: 0, files: [out] }]);
    const told = jsonLines(err).filter((each) => {
      return (each as { progress: string }).progress === "converting";
    });
    expect(told.at(-1)).toMatchObject({ records: 5000 });
  });

  test("an empty input gives an empty file of each format", async () => {
    const path = tempFile("", "a.jsonl");
    for (const ending of ["msgpack", "tfrecord", "arrayrecord", "txt", "jsonl"]) {
      const out = join(tempFolder(), `out.${ending}`);
      expect(await convert(path, out, "--type", "jsonl")).toBe(`0 records in ${out}\n`);
      expect(existsSync(out)).toBe(true);
    }
  });

  test("standard input is read", async () => {
    const out = join(tempFolder(), "a.msgpack");
    const { code } = await nthrec(["convert", "-", out], { stdin: rows(3) });
    expect(code).toBe(0);
    expect((await nthrec(["cat", out])).out).toBe(rows(3));
  });

  test("options of the output's format reach its writer", async () => {
    const path = tempFile(rows(100));
    const folder = tempFolder();
    const sizes = [1, 100].map(async (groupSize) => {
      const out = join(folder, `${groupSize}.arrayrecord`);
      await convert(path, out, "--write-option", `groupSize=${groupSize}`);
      return (await nthrec(["info", "--json", out])).out;
    });
    const [alone, together] = await Promise.all(sizes);
    expect(alone).not.toBe(together);
  });
});
