import { readFileSync, statSync } from "node:fs";
import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { indexFile } from "../../../testing/idv1.ts";
import { MsgpackReader, MsgpackWriter, type Tensor } from "../src/index.ts";
import {
  caseData,
  caseIndex,
  copyCase,
  EXACT,
  type MegstoreCase,
  megstoreCases,
  untag,
} from "./support/megstore-vectors.ts";

const sound = megstoreCases.filter(({ name }) => !/^(BUG|killed|torn|handler)/.test(name));
const named = (name: string): MegstoreCase =>
  megstoreCases.find((vector) => vector.name === name) as MegstoreCase;

/** A value with tensors as the manifest shows them. */
function shown(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { dtype, shape, data, scalar } = value as Tensor;
  if (dtype === undefined) {
    return Object.getPrototypeOf(value) === Object.prototype
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]))
      : value;
  }
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  return scalar === true ? { bytes } : { shape, bytes };
}

/** What the original read, in the same form; big-endian elements are turned round by us. */
function expected(tagged: unknown): unknown {
  if (typeof tagged !== "object" || tagged === null || Array.isArray(tagged)) return untag(tagged);
  const { $ndarray: array, $npscalar: scalar } = tagged as Record<string, Record<string, unknown>>;
  if (scalar !== undefined) return { bytes: scalar["hex"] };
  if (array !== undefined) {
    const bytes = Buffer.from(array["hexC"] as string, "hex");
    if (String(array["dtype"]) === ">f8") bytes.swap64();
    return { shape: array["shape"], bytes: bytes.toString("hex") };
  }
  const [tag = ""] = Object.keys(tagged);
  if (tag.startsWith("$")) return untag(tagged);
  return Object.fromEntries(Object.entries(tagged).map(([key, each]) => [key, expected(each)]));
}

function values(vector: MegstoreCase): unknown[] {
  return vector.megstore_reads.get.map((read) => expected((read as { ok: unknown }).ok));
}

test("the 17 cases are there", () => {
  expect(megstoreCases.length).toBe(17);
  expect(sound.length).toBe(12);
});

describe.each(sound)("$name ($how)", (vector) => {
  test("reads as the original read it, through its index, which stays untouched", async () => {
    const path = copyCase(vector);
    const before = statSync(`${path}.idx`);
    using reader = MsgpackReader.openSync(path, { ...EXACT, onStaleIndex: "throw" });
    expect([...reader].map(shown)).toStrictEqual(values(vector));
    for (const [i, value] of values(vector).entries())
      expect(shown(await reader.get(i))).toStrictEqual(value);
    expect(values(vector).map((_, i) => reader.locateSync(i).start)).toStrictEqual(
      vector.index.offsets,
    );
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
    expect(readFileSync(`${path}.idx`).equals(caseIndex(vector))).toBe(true);
    const after = statSync(`${path}.idx`);
    expect([after.mtimeMs, after.ino]).toStrictEqual([before.mtimeMs, before.ino]);
  });

  test("gets the same index from us, byte for byte, and reads the same from a Blob", async () => {
    const path = copyCase(vector, false);
    using reader = MsgpackReader.openSync(path, EXACT);
    expect([...reader].map(shown)).toStrictEqual(values(vector));
    expect(readFileSync(`${path}.idx`)).toStrictEqual(caseIndex(vector));
    const blob = new Blob([new Uint8Array(caseData(vector))]);
    await using fromBlob = await MsgpackReader.open(blob, EXACT);
    const read: unknown[] = [];
    for await (const value of fromBlob) read.push(shown(value));
    expect(read).toStrictEqual(values(vector));
  });

  test("is written by us with the same bytes, but for what has another head, count or byte order", () => {
    const path = copyCase(vector, false);
    using reader = MsgpackReader.openSync(path, EXACT);
    const records = [...reader];
    using writer = MsgpackWriter.openSync(`${path}.again`);
    writer.extendSync(records);
    writer.commitSync();
    const ours = readFileSync(`${path}.again`);
    const theirs = caseData(vector);
    const { head } = reader;
    expect(ours.readUInt32BE(1)).toBe(records.length);
    if (vector.name === "numpy") {
      // One array is big-endian, and goes out in the other order.
      theirs.set(Buffer.from("<"), theirs.indexOf(">f8"));
      const at = theirs.indexOf(Buffer.from("3ff8000000000000", "hex"));
      theirs.subarray(at, at + 8).reverse();
    }
    expect(ours.subarray(5).equals(theirs.subarray(head?.size))).toBe(true);
  });
});

describe("a file that its writer left unfinished", () => {
  test.each(["killed_after_commit", "killed_no_commit", "torn"])("%s", (name) => {
    const vector = named(name);
    const path = copyCase(vector);
    using reader = MsgpackReader.openSync(path, { tail: "ignore" });
    expect([...reader]).toStrictEqual(values(vector));
    if (name === "torn") {
      const strict = (): unknown => MsgpackReader.openSync(caseData(vector));
      expect(strict).toThrow(expect.objectContaining({ code: "NTH_TRUNCATED" }));
    }
    // Appending mends the count and moves what is torn out of the way.
    {
      using writer = MsgpackWriter.openSync(path, { mode: "append" });
      writer.appendSync("next");
    }
    expect(decode(readFileSync(path))).toStrictEqual([...values(vector), "next"]);
    reader.refreshSync();
    expect(reader.head?.count).toBe(reader.length);
    expect([...reader]).toStrictEqual([...values(vector), "next"]);
  });

  test("the stale index of the original's handler is healed", () => {
    const vector = named("handler");
    const path = copyCase(vector);
    using reader = MsgpackReader.openSync(path);
    expect([...reader]).toStrictEqual(values(vector));
    const healed = readFileSync(`${path}.idx`).toString("hex");
    expect(healed).toBe(vector.megstore_reads.index_after_read_hex);
  });

  test("an index that names records behind a torn one is not believed", () => {
    // The original appended "A" and "B" behind a text of ten bytes that has two: any decoder sees one cut text.
    const vector = named("BUG_append_after_torn");
    const path = copyCase(vector);
    const open = (): unknown => MsgpackReader.openSync(path, { onStaleIndex: "throw" });
    expect(open).toThrow(expect.objectContaining({ code: "NTH_INDEX_INVALID" }));
    using reader = MsgpackReader.openSync(path, { tail: "ignore" });
    expect([...reader]).toStrictEqual([1, 2]);
    expect(readFileSync(`${path}.idx`)).toStrictEqual(caseIndex(vector));
    expect(indexFile(15, vector.index.offsets)).toStrictEqual(caseIndex(vector));
  });
});
