import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";

// The Python original and this package, each reading and continuing what the other wrote.

const python = Python.with("megstore", ["megstore"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(
  `megstore ${python.version("megstore")}, orjson ${python.version("orjson")}, NTHREC_SEED=${seed}`,
);

/** Reads with the original: the values as JSON, and whether get and iteration agree. */
const READ = `
import json, sys
from megstore.indexed import indexed_jsonline_open, indexed_txt_open
kind, path = sys.argv[1:]
opened = indexed_jsonline_open(path, "r") if kind == "jsonl" else indexed_txt_open(path, "r")
with opened as reader:
    values = [reader[i] for i in range(len(reader))]
    assert list(reader) == values
print(json.dumps(values))
`;

/** Writes or continues a file with the original; values come as a JSON array in a file. */
const WRITE = `
import json, sys
from megstore.indexed import indexed_jsonline_open, indexed_txt_open
kind, path, mode, source = sys.argv[1:]
# JavaScript writes floats up to 1e21 without an exponent; the original takes integers up to 64 bits.
number = lambda digits: int(digits) if abs(int(digits)) < 2**63 else float(digits)
values = json.load(open(source, encoding="utf-8"), parse_int=number)
opened = indexed_jsonline_open(path, mode) if kind == "jsonl" else indexed_txt_open(path, mode)
with opened as writer:
    writer.extend(values)
`;

/** Lets the original build the index anew. */
const REBUILD = `
import os, sys
from megstore.indexed import indexed_jsonline_open, indexed_txt_open
kind, path = sys.argv[1:]
os.remove(path + ".idx")
(indexed_jsonline_open(path, "r") if kind == "jsonl" else indexed_txt_open(path, "r")).close()
`;

const grapheme = fc.string({ unit: "grapheme" });
const json = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    grapheme,
    fc.constantFrom("\0", "\u2028", "\u007f", '"\\/', "\ufffd", "\ufeff"),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 5 }),
    fc.dictionary(grapheme, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).tree;
const text = fc
  .array(fc.oneof(grapheme, fc.constantFrom("\r", "\ufeff", "\u2028", "\0")), { maxLength: 20 })
  .map((parts) => parts.join("").replaceAll("\n", ""));

const formats = [
  { kind: "jsonl", Reader: JsonlReader, Writer: JsonlWriter, value: json },
  { kind: "text", Reader: TextReader, Writer: TextWriter, value: text },
];

/** Bytes and identity of a file: what changes when somebody writes to it. */
function fingerprint(path: string): unknown[] {
  const { ino, mtimeMs } = statSync(path);
  return [ino, mtimeMs, readFileSync(path, "hex")];
}

describe.each(formats)("$kind", ({ kind, value, ...classes }) => {
  const Reader = classes.Reader as typeof JsonlReader;
  const Writer = classes.Writer as typeof JsonlWriter;
  const [first, second] = fc.sample(
    fc.array(value, { minLength: 300, maxLength: 300, size: "max" }),
    {
      seed,
      numRuns: 2,
    },
  ) as [unknown[], unknown[]];
  const fresh = (): string => join(tempFolder(), "data");

  function theirsWrites(path: string, mode: "w" | "a", values: unknown[]): void {
    const source = join(tempFolder(), "values.json");
    writeFileSync(source, JSON.stringify(values));
    python.run(WRITE, kind, path, mode, source);
  }

  function oursWrites(path: string, mode: "write" | "append", values: unknown[]): void {
    using writer = Writer.openSync(path, { mode });
    for (const part of [values.slice(0, 100), values.slice(100)]) {
      writer.extendSync(part);
      writer.commitSync();
    }
  }

  /** Both read the same values; neither touches the index of the other. */
  function expectBothRead(path: string, values: unknown[]): void {
    const before = fingerprint(`${path}.idx`);
    expect(python.json(READ, kind, path)).toStrictEqual(values);
    expect(fingerprint(`${path}.idx`)).toStrictEqual(before);
    using reader = Reader.openSync(path, { onStaleIndex: "throw" });
    expect([...reader]).toStrictEqual(values);
    expect(reader.verifySync({ level: "full" })).toMatchObject({ ok: true, indexState: "valid" });
    expect(fingerprint(`${path}.idx`)).toStrictEqual(before);
  }

  test("the original opens our file as it is, and its own index of it is ours byte for byte", () => {
    const path = fresh();
    oursWrites(path, "write", first);
    expectBothRead(path, first);
    const ours = readFileSync(`${path}.idx`);
    python.run(REBUILD, kind, path);
    expect(readFileSync(`${path}.idx`).equals(ours)).toBe(true);
  });

  test("we open the original's file as it is, and our own index of it is its byte for byte", () => {
    const path = fresh();
    theirsWrites(path, "w", first);
    expectBothRead(path, first);
    const theirs = readFileSync(`${path}.idx`);
    using reader = Reader.openSync(path);
    reader.rebuildIndexSync();
    expect(readFileSync(`${path}.idx`).equals(theirs)).toBe(true);
  });

  test("the original continues our file", () => {
    const path = fresh();
    oursWrites(path, "append", first);
    theirsWrites(path, "a", second);
    using reader = Reader.openSync(path);
    expect([...reader]).toStrictEqual([...first, ...second]);
    expect(python.json(READ, kind, path)).toStrictEqual([...first, ...second]);
  });

  test("we continue the original's file", () => {
    const path = fresh();
    theirsWrites(path, "w", first);
    oursWrites(path, "append", second);
    expectBothRead(path, [...first, ...second]);
  });

  test("taking turns", () => {
    const path = fresh();
    const all: unknown[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const part = first.slice(turn * 20, turn * 20 + 20);
      if (turn % 2 === 0) oursWrites(path, "append", part);
      else theirsWrites(path, "a", part);
      all.push(...part);
      using reader = Reader.openSync(path);
      expect([...reader]).toStrictEqual(all);
    }
    oursWrites(path, "append", ["last"]);
    expectBothRead(path, [...all, "last"]);
  });
});

test("64-bit integers pass both ways exactly", () => {
  const path = join(tempFolder(), "data");
  const values = [2n ** 64n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 5];
  {
    using writer = JsonlWriter.openSync(path, { bigints: "bigint" });
    writer.extendSync(values);
  }
  const digits = python.run(
    `import sys
from megstore.indexed import indexed_jsonline_open
with indexed_jsonline_open(sys.argv[1]) as reader: print(",".join(str(value) for value in reader))
with indexed_jsonline_open(sys.argv[1], "a") as writer: writer.append(2**64 - 1)`,
    path,
  );
  expect(digits).toBe(values.join(","));
  using reader = JsonlReader.openSync(path, { bigints: "bigint" });
  expect([...reader]).toStrictEqual([...values, 2n ** 64n - 1n]);
});

test("what we refuse is what the original cannot read", () => {
  const verdicts = python.json(`
import orjson, json
def reads(text):
    try:
        orjson.loads(text)
        return True
    except orjson.JSONDecodeError:
        return False
print(json.dumps([reads(text) for text in ['"\\\\ud800"', "[" * 1024 + "]" * 1024, "[" * 1025 + "]" * 1025]]))`);
  expect(verdicts).toStrictEqual([false, true, false]);
});

test("bytes that are no UTF-8 read as Python decodes them", () => {
  const bytes = fc
    .array(
      fc.oneof(
        fc.nat(255),
        fc.constantFrom(0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0xef, 0xf0, 0x90, 0xf4, 0x8f),
      ),
      { maxLength: 12 },
    )
    .map((list) => Uint8Array.from(list.filter((byte) => byte !== 10)));
  const lines = fc.sample(bytes, { seed, numRuns: 2000 });
  const path = join(tempFolder(), "data");
  writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));
  for (const errors of ["replace", "ignore"] as const) {
    const theirs = python.json(
      `import json, sys
from megstore.indexed import indexed_txt_open
with indexed_txt_open(sys.argv[1], errors=sys.argv[2]) as reader: print(json.dumps(list(reader)))`,
      path,
      errors,
    );
    using reader = TextReader.openSync(path, { errors });
    expect([...reader]).toStrictEqual(theirs);
  }
});
