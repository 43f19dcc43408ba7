import { readFileSync, statSync } from "node:fs";
import { type DataInput, type LocalInput, MemorySource, type ReaderOptions } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { indexOf } from "../../../testing/idv1.ts";
import { JsonlReader } from "../src/json/jsonl-reader.ts";
import { TextReader } from "../src/text/text-reader.ts";
import {
  caseData,
  caseIndex,
  copyCase,
  type MegstoreCase,
  megstoreCases,
  untag,
} from "./support/megstore-vectors.ts";

type Read = { readonly value: unknown } | { readonly code: string };

const BOM_REASON = "BOM";
const sound = megstoreCases.filter(({ name }) => !/^(BUG|killed)_/.test(name));
const wrong = megstoreCases.filter(({ name }) => name.startsWith("BUG_"));
const killed = megstoreCases.filter(({ name }) => name.startsWith("killed_"));

/** What the original read, as we read it: the same values, an error of ours for each of its errors. */
function expected(vector: MegstoreCase): Read[] {
  return vector.megstore_reads.get.map((read, index) => {
    if ("ok" in read) return { value: untag(read.ok) };
    // The one difference: we read a file that begins with a byte order mark.
    if (read.error.includes(BOM_REASON)) return { value: bomRecord(vector, index) };
    return { code: "NTH_DECODE_ERROR" };
  });
}

function bomRecord(vector: MegstoreCase, index: number): unknown {
  return JSON.parse(caseData(vector).toString("utf8").slice(1).split("\n")[index] as string);
}

/** What any correct reader makes of a case's lines. */
function lines(vector: MegstoreCase): Read[] {
  const text = caseData(vector).toString("utf8").replace(/\n$/, "").split("\n");
  return text.map((line) => ({ value: vector.kind === "txt" ? line : JSON.parse(line) }));
}

type LineReader = JsonlReader | TextReader;

function openSync(vector: MegstoreCase, data: LocalInput, options: ReaderOptions = {}): LineReader {
  if (vector.kind === "jsonline")
    return JsonlReader.openSync(data, { ...options, bigints: "bigint" });
  const errors = vector.name.endsWith("_replace") ? "replace" : "strict";
  return TextReader.openSync(data, { ...options, errors });
}

async function open(vector: MegstoreCase, data: DataInput): Promise<LineReader> {
  if (vector.kind === "jsonline") return await JsonlReader.open(data, { bigints: "bigint" });
  const errors = vector.name.endsWith("_replace") ? "replace" : "strict";
  return await TextReader.open(data, { errors });
}

function readSync(reader: LineReader): Read[] {
  return Array.from({ length: reader.length }, (_, index) => {
    try {
      return { value: reader.getSync(index) };
    } catch (error) {
      return { code: (error as { code: string }).code };
    }
  });
}

async function read(reader: LineReader): Promise<Read[]> {
  const reads: Read[] = [];
  for (let index = 0; index < reader.length; index++) {
    reads.push(
      await reader.get(index).then(
        (value) => ({ value }),
        (error: { code: string }) => ({ code: error.code }),
      ),
    );
  }
  return reads;
}

function offsetsOf(reader: LineReader): number[] {
  return Array.from({ length: reader.length }, (_, index) => reader.locateSync(index).start);
}

test("the 26 cases are there", () => {
  expect([sound.length, wrong.length, killed.length]).toStrictEqual([19, 5, 2]);
});

describe("a sound file of the original", () => {
  describe.each(sound)("$kind $name", (vector) => {
    test("reads as the original read it, through its index, which stays untouched", async () => {
      const path = copyCase(vector);
      const before = statSync(`${path}.idx`);
      using reader = openSync(vector, path);
      expect(reader.length).toBe(vector.megstore_reads.count);
      expect(readSync(reader)).toStrictEqual(expected(vector));
      expect(await read(reader)).toStrictEqual(expected(vector));
      expect(offsetsOf(reader)).toStrictEqual(vector.index.offsets);
      expect(readFileSync(`${path}.idx`).equals(caseIndex(vector))).toBe(true);
      const after = statSync(`${path}.idx`);
      expect([after.mtimeMs, after.ino]).toStrictEqual([before.mtimeMs, before.ino]);
    });

    test("gets the same index from us, byte for byte", async () => {
      const path = copyCase(vector, false);
      await using reader = await open(vector, path);
      expect(await read(reader)).toStrictEqual(expected(vector));
      expect(readFileSync(`${path}.idx`)).toStrictEqual(caseIndex(vector));
    });

    test("reads the same from memory and from a Blob", async () => {
      using fromMemory = openSync(vector, caseData(vector));
      expect(readSync(fromMemory)).toStrictEqual(expected(vector));
      await using fromBlob = await open(vector, new Blob([new Uint8Array(caseData(vector))]));
      expect(await read(fromBlob)).toStrictEqual(expected(vector));
    });

    test("verifies, but for the records that the original cannot read either", async () => {
      const path = copyCase(vector);
      using reader = openSync(vector, path);
      const report = reader.verifySync({ level: "full" });
      const bad = expected(vector).flatMap((one, index) => ("code" in one ? [index] : []));
      expect(report.problems.map(({ index }) => index)).toStrictEqual(bad);
      expect(await reader.verify({ level: "full" })).toStrictEqual(report);
    });
  });
});

describe("a file whose index the original wrote wrong", () => {
  describe.each(wrong)("$kind $name ($how)", (vector) => {
    test("shows every line, and its index is healed", async () => {
      const path = copyCase(vector);
      using reader = openSync(vector, path);
      expect(readSync(reader)).toStrictEqual(lines(vector));
      expect(await read(reader)).toStrictEqual(lines(vector));
      expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(caseData(vector)));
    });

    test("is told by its code where indexes may not be rebuilt", () => {
      const path = copyCase(vector);
      const openIt = (): unknown => openSync(vector, path, { onStaleIndex: "throw" });
      expect(openIt).toThrow(expect.objectContaining({ code: "NTH_INDEX_INVALID" }));
      expect(readFileSync(`${path}.idx`)).toStrictEqual(caseIndex(vector));
    });
  });
});

describe("a file whose writer was killed", () => {
  test.each(killed)("$name reads whole and gets the index that the original rebuilds", (vector) => {
    const path = copyCase(vector);
    using reader = openSync(vector, path);
    expect(readSync(reader)).toStrictEqual(expected(vector));
    const rebuilt = Buffer.from(vector.megstore_reads.index_after_read_hex as string, "hex");
    expect(readFileSync(`${path}.idx`)).toStrictEqual(rebuilt);
  });
});

test("a source of one's own reads too", () => {
  using reader = JsonlReader.openSync(new MemorySource(Buffer.from("1\n2\n")));
  expect([...reader]).toStrictEqual([1, 2]);
});
