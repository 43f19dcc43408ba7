import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { encodeTransposed } from "../src/transposed/encode-transposed.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { fileVectors } from "./support/file-vectors.ts";
import { chunkOf, recordsOf } from "./support/records.ts";

beforeAll(prepareCodecs);
const hex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/\s|\|/g, ""), "hex"));
const count = (records: readonly Uint8Array[]) => ({
  numRecords: records.length,
  decodedDataSize: records.reduce((sum, { length }) => sum + length, 0),
});

describe("transposed chunks of the original", () => {
  const transposed = chunkVectors.filter(({ type }) => type === "t");
  test("there are some", () => expect(transposed.length).toBe(52));

  test.each(transposed)("$name is read", ({ counts, data, records }) => {
    const before = data.slice();
    expect(recordsOf(decodeTransposed(counts, data, defaultCodecs))).toEqual(records);
    expect(data).toEqual(before);
  });

  test.each(transposed)("$name is written", ({ counts, data, records, compression }) => {
    const ours = encodeTransposed(chunkOf(records), compression, defaultCodecs, {});
    if (compression === "none") expect(Buffer.from(ours)).toEqual(Buffer.from(data));
    expect(recordsOf(decodeTransposed(counts, ours, defaultCodecs))).toEqual(records);
    // Codecs differ by version and may be a little better or worse, a bucket at a time.
    expect(ours.length).toBeLessThanOrEqual(data.length * 1.02 + 8);
  });
});

/** The data of the chunks of a file that are transposed, past the block headers in them. */
function transposedChunks({ bytes, chunks }: (typeof fileVectors)[number]): Uint8Array[] {
  return chunks
    .filter(({ type }) => type === "t")
    .map(({ pos, end, data_size }) => {
      const plain: number[] = [];
      for (let at = pos; at < end; at++) if (at % 65536 >= 24) plain.push(bytes[at] as number);
      return Uint8Array.from(plain.slice(40, 40 + data_size));
    });
}

describe("transposed chunks in files of the original", () => {
  const files = fileVectors.filter(({ chunks }) => chunks.some(({ type }) => type === "t"));
  test("there are some", () => expect(files.length).toBeGreaterThan(10));

  test.each(files)("$name", (file) => {
    const rows = file.chunks.filter(({ type }) => type === "t");
    const plain = file.writer_options.includes("uncompressed");
    let start = 0;
    for (const [i, data] of transposedChunks(file).entries()) {
      const row = rows[i] as (typeof rows)[number];
      const counts = { numRecords: row.num_records, decodedDataSize: row.decoded_data_size };
      const records = file.values.slice(start, start + row.num_records);
      start += row.num_records;
      expect(recordsOf(decodeTransposed(counts, data, defaultCodecs))).toEqual(records);
      const ours = encodeTransposed(chunkOf(records), "none", defaultCodecs, {});
      if (plain) expect(sha(ours)).toBe(sha(data));
    }
    expect(start).toBe(file.num_records);
  });
});

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("worked examples", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  test.each([
    ["no records", [], "00 06 | 00 00 01 00 00 00"],
    ["one empty record", [text("")], "0006 0000 01 03 00 00"],
    ["three empty records", ["", "", ""].map(text), "0006 0000 01 03 00 00 01"],
    ["no message", [text("A")], "000b 0202 0101 0101 01 01 00 00 00 | 41 | 01"],
    [
      "five records",
      ["aaa", "", "ccc", "dd", "e"].map(text),
      "0010 0202 0904 0904 03 010301 000500 0000 00 | 65 6464 636363 616161 | 01020303 | 0104",
    ],
    [
      "submessages",
      [hex("0a0412021805"), hex("0a0412021805")],
      "00 14 01 01 02 02 06 | 0e 03 16 02 18 02 | 08 00 0a 07 0b 09 | 00 | 00 | 00 | 0505 | 00",
    ],
    ["groups", [hex("0b10070c"), hex("0b10070c")], undefined],
  ])("%s", (_, records, data) => {
    const ours = encodeTransposed(chunkOf(records), "none", defaultCodecs, {});
    if (data !== undefined)
      expect(Buffer.from(ours).toString("hex")).toBe(Buffer.from(hex(data)).toString("hex"));
    expect(recordsOf(decodeTransposed(count(records), ours, defaultCodecs))).toEqual(records);
  });

  test("records that another encoder stored as they are: one state, one bucket for all", () => {
    const records = ["aaa", "", "ccc", "dd", "e", "ffff"].map(text);
    const data = hex(
      "00 0a | 01 02 13 0d 06 01 01 00 00 00 | 66666666 65 6464 636363 616161 | 04 01 02 03 00 03 | 03 00",
    );
    expect(recordsOf(decodeTransposed(count(records), data, defaultCodecs))).toEqual(records);
  });
});
