import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { NthrecError } from "@nthrec/core";
import { encodeExample } from "@nthrec/tfrecord";
import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../src/exit.ts";
import { exampleFromJson, exampleToJson } from "../src/formats/example-json.ts";
import { Registry } from "../src/formats/registry.ts";
import { outputOf, PipeClosed } from "../src/output/io.ts";
import { fromJson, jsonText, toJson } from "../src/output/json.ts";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const plugin = new URL("support/plugin.ts", import.meta.url).pathname;

describe("the command line itself", () => {
  test("help and version succeed, and say what there is", async () => {
    const help = await nthrec(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const name of [
      "count",
      "get",
      "head",
      "tail",
      "cat",
      "sample",
      "info",
      "ls",
      "verify",
      "index",
      "repair",
    ]) {
      expect(help.out).toMatch(new RegExp(`^  ${name} `, "m"));
      expect((await nthrec([name, "--help"])).code, name).toBe(0);
    }
    expect(await nthrec(["--version"])).toMatchObject({ code: 0, out: `${manifest.version}\n` });
  });

  test.each([
    [[]],
    [["no-such"]],
    [["get"]],
    [["count", "--no-such", "x"]],
    [["verify", "--level", "x", "y"]],
  ])("%j is a wrong command line", async (args) => {
    const { code, out, err } = await nthrec(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
  });

  test("what is not there cannot be done", async () => {
    const { code, err } = await nthrec(["count", "/no/such/file.jsonl"]);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^nthrec: NTH_NOT_FOUND .*file\.jsonl/),
    });
    const debug = await nthrec(["count", "/no/such/file.jsonl"], { env: { NTHREC_DEBUG: "1" } });
    expect(debug.err).toContain("    at ");
  });

  test("the exit codes of errors", () => {
    const code = (name: ConstructorParameters<typeof NthrecError>[0]) =>
      exitCodeOf(new NthrecError(name, "x"));
    expect(code("NTH_INDEX_STALE")).toBe(4);
    expect(code("NTH_TRUNCATED")).toBe(3);
    expect(code("NTH_IO_ERROR")).toBe(1);
    expect(exitCodeOf(new TypeError("x"))).toBe(2);
    expect(exitCodeOf("x")).toBe(1);
  });

  test("a reader that has enough is no failure", async () => {
    const path = tempFile(rows(100));
    let lines = 0;
    const { code, err } = await nthrec(["cat", path], {
      onOut: () => {
        if (++lines > 3) throw new PipeClosed();
      },
    });
    expect({ code, err, lines }).toEqual({ code: 0, err: "", lines: 4 });
  });

  test("a signal that fired stops at once, and leaves nothing behind", async () => {
    const path = tempFile(rows(100));
    const signal = AbortSignal.abort(new Error("stopped"));
    for (const command of ["ls", "repair", "cat", "count", "index", "verify", "head"]) {
      expect(
        (
          await nthrec([command, path, ...(command === "repair" ? [`${path}.new`] : [])], {
            signal,
          })
        ).code,
        command,
      ).toBe(1);
    }
    expect((await nthrec(["count", "-"], { signal, stdin: rows(3) })).code).toBe(1);
    expect(existsSync(`${path}.idx`)).toBe(false);
  });
});

describe("plugins", () => {
  test("a format of one's own in every command, the more so as it recognises its data", async () => {
    const path = tempFile(new Uint8Array([1, 65, 2, 66, 67]), "data.blobs");
    expect(await nthrec(["count", "--plugin", plugin, path])).toMatchObject({
      code: 0,
      out: "2\n",
    });
    expect(jsonLines((await nthrec(["cat", "--plugin", plugin, path])).out)).toEqual([
      { $bytes: "QQ==" },
      { $bytes: "QkM=" },
    ]);
    expect((await nthrec(["head", "--plugin", plugin, "--type", "delimited", path])).code).toBe(0);
    expect((await nthrec(["verify", "--plugin", plugin, path])).code).toBe(0);
    expect((await nthrec(["ls", "--plugin", plugin, path])).out).toContain("delimited");
  });

  test("a plugin with a copy of core of its own, as npx brings it about", async () => {
    const outfile = join(tempFolder(), "plugin.mjs");
    await build({
      entryPoints: [plugin],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@nthrec/source"],
      logLevel: "error",
    });
    const path = tempFile(new Uint8Array([1, 65, 2, 66, 67]), "data.blobs");
    const code = async (...args: string[]): Promise<number> =>
      (await nthrec([...args, "--plugin", outfile, path])).code;
    expect(await code("index", "--check")).toBe(4);
    expect(await code("index")).toBe(0);
    expect(await code("index", "--anew")).toBe(0);
    expect(await code("index", "--check")).toBe(0);
    expect(await code("verify")).toBe(0);
    expect(await code("cat", path)).toBe(0);
    expect(await code("repair", path, `${path}.new`)).toBe(2);
    writeFileSync(path, new Uint8Array([1, 65, 2]));
    expect(await code("cat")).toBe(3);
    expect((await nthrec(["repair", "--plugin", outfile, path, `${path}.new`])).code).toBe(3);
  });

  test("facts of a format; a format without a writer repairs nothing", async () => {
    const path = tempFile(new Uint8Array([1, 65]), "data.blobs");
    const args = ["--plugin", plugin, "--type", "read-only"];
    const { out } = await nthrec(["info", ...args, "--index", "memory", path]);
    expect(out).toContain('index    none\nsorted   yes\nmean     1.5\nparts    ["a"]\n');
    expect((await nthrec(["repair", ...args, path, `${path}.new`])).code).toBe(2);
  });

  test("a module that is none, or is not there", async () => {
    const path = tempFile(rows(1));
    expect(await nthrec(["count", "--plugin", "node:fs", path])).toMatchObject({
      code: 2,
      err: "nthrec: node:fs is no plugin: its default export must be a format, or an array of them\n",
    });
    expect((await nthrec(["count", "--plugin", "./no-such.js", path])).code).toBe(2);
  });

  test("a name to be written tells a format", () => {
    const registry = new Registry();
    expect(registry.forOutput("a.JSONL").name).toBe("jsonl");
    expect(registry.forOutput("a-00000-of-00002.tfrecord.gz").name).toBe("tfrecord");
    expect(registry.forOutput("train.tfrecord-00000-of-00002").name).toBe("tfrecord");
    expect(registry.forOutput("a@3.msgpack").name).toBe("msgpack");
    expect(() => registry.forOutput("a.xyz")).toThrow("the ending of a.xyz tells no format");
  });
});

describe("what a terminal or pipe does to us", () => {
  test("a slow one is waited for, a failing one fails, a closed one is the end", async () => {
    const slow = new Writable({
      highWaterMark: 1,
      write: (_data, _encoding, done) => setTimeout(done, 1),
    });
    const output = outputOf(() => slow as never);
    await output.write("some text");
    expect(output).toMatchObject({ isTerminal: false, columns: 80 });
    for (const [code, error] of [
      ["EPIPE", PipeClosed],
      ["EIO", Error],
    ] as const) {
      const failing = new Writable({
        highWaterMark: 1,
        write: (_data, _encoding, done) =>
          setTimeout(() => done(Object.assign(new Error("x"), { code })), 1),
      });
      const own = outputOf(() => failing as never);
      await expect(own.write("text")).rejects.toBeInstanceOf(error);
      await expect(own.write("text")).rejects.toBeInstanceOf(error);
    }
  });
});

describe("JSON that says everything", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.double(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
      fc.uint8Array(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom("$bytes", "$map", "$object", "$number")),
        tie("value"),
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      ),
      fc
        .array(fc.tuple(fc.string(), tie("value")), { maxLength: 2 })
        .map((pairs) => new Map(pairs)),
    ),
  })).value;

  test("a value is what its JSON stands for", () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(fromJson(toJson(each))).toEqual(each);
      }),
      { numRuns: 300 },
    );
  });

  test("text of JSON, with and without bigints, with and without indentation", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (each, indent) => {
        const exact = jsonText([each, 2n ** 60n], indent).replace("1152921504606846976", "7");
        expect(exact).toBe(JSON.stringify([each, 7], null, indent));
        expect(jsonText(each, indent)).toBe(JSON.stringify(each, null, indent));
      }),
      { numRuns: 300 },
    );
  });

  test("typed arrays are their numbers; a mark that holds something else stands for nothing", () => {
    expect(toJson(new Float32Array([1, 0.5]))).toEqual([1, 0.5]);
    expect(() => fromJson({ $map: 3 })).toThrow(SyntaxError);
    expect(() => fromJson({ $object: [3] })).toThrow(SyntaxError);
  });
});

describe("Examples as JSON", () => {
  const roundTrip = (features: Parameters<typeof encodeExample>[0]): void => {
    const record = encodeExample(features);
    const json = JSON.parse(jsonText(toJson(exampleToJson(record))));
    expect(exampleFromJson(fromJson(json))).toEqual(record);
  };

  test("every kind of feature comes back", () => {
    roundTrip({ a: { int64s: [1, -2] } });
    roundTrip({ a: { int64s: [] } });
    roundTrip({ a: { floats: [1, 2] }, b: { floats: [0.5, 2] }, c: { floats: [] } });
    roundTrip({ a: { floats: [Number.NaN, Number.POSITIVE_INFINITY, -0] } });
    roundTrip({ a: { bytes: ["text", new Uint8Array([0, 255])] }, b: { bytes: [] } });
    roundTrip({ $bytes: { bytes: ["text"] } });
    roundTrip({ a: { none: true } });
  });

  test("what is no Example, or says nothing, is bytes", () => {
    for (const bytes of [[], [0xff], [0x0a, 0x00]]) {
      const record = new Uint8Array(bytes);
      expect(exampleToJson(record)).toEqual(record);
      expect(exampleFromJson(fromJson(toJson(record)))).toEqual(record);
    }
  });

  test("what one writes by hand", () => {
    const same = (json: unknown, features: Parameters<typeof encodeExample>[0]) =>
      expect(exampleFromJson(fromJson(json))).toEqual(encodeExample(features));
    same(
      { a: 1, b: "x", c: [true, false], d: [1, 0.5], e: [], f: null, g: [2n ** 60n] },
      {
        a: { int64s: [1] },
        b: { bytes: ["x"] },
        c: { int64s: [1, 0] },
        d: { floats: [1, 0.5] },
        e: { none: true },
        f: { none: true },
        g: { int64s: [2n ** 60n] },
      },
    );
    same({ a: { $bytes: "AP8=" } }, { a: { bytes: [new Uint8Array([0, 255])] } });
    for (const wrong of [
      [1],
      3,
      null,
      { a: [1, "x"] },
      { a: [[1]] },
      { a: { x: 1 } },
      { a: { $floats: ["x"] } },
    ]) {
      expect(() => exampleFromJson(fromJson(wrong)), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
      );
    }
  });
});
