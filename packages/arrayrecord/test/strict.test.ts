import type { NthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { ArrayRecordReader } from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { type Lies, madeFile } from "./support/made-file.ts";

type Refusal = Pick<NthrecError, "code" | "message" | "offset">;

/** Reads everything of a file: what it holds, or the error's code and message, the same wherever the footer is held. */
function readAll(file: Uint8Array): ReturnType<typeof readWith> {
  const found = readWith(file, "resident");
  expect(readWith(file, "paged")).toEqual(found);
  return found;
}

function readWith(file: Uint8Array, offsets: "resident" | "paged"): number[] | Refusal {
  try {
    using reader = ArrayRecordReader.openSync(file, { offsets });
    return [...reader].map((record) => record[0] as number);
  } catch (error) {
    const { code, message, offset } = error as NthrecError;
    return { code, message, offset };
  }
}

const replaced = (at: number, record: Uint8Array) => (all: Uint8Array[]) =>
  all.map((each, i) => (i === at ? record : each));

describe("files that the original reads without a word, or worse, are refused", () => {
  const lies: [string, Lies, RegExp][] = [
    ["fewer records than there are", { numRecords: 4 }, /names 4 records and lists 5/],
    ["more records than there are", { numRecords: 6 }, /names 6 records and lists 5/],
    ["more chunks than there are", { numChunks: 4 }, /names 4 chunks and lists 3/],
    ["fewer chunks than there are", { numChunks: 2 }, /names 2 chunks and lists 3/],
    ["no chunks", { numChunks: 0 }, /names 0 chunks/],
    ["groups 1 2 2", { groups: [1, 2, 2] }, /gives chunk 1, at byte \d+, 2 records, not 1/],
    ["groups 2 1 2", { groups: [2, 1, 2] }, /gives chunk 1, at byte \d+, 1 records, not 2/],
    ["groups 3 1 1", { groups: [3, 1, 1] }, /gives chunk 1, at byte \d+, 1 records, not 3/],
    [
      "a first entry of no records",
      { entries: ([a, ...rest]) => [{ ...a!, numRecords: 0 }, ...rest], numRecords: 3 },
      /gives chunk/,
    ],
    [
      "one entry, of no records",
      { groups: [2], entries: ([a]) => [{ ...a!, numRecords: 0 }], numRecords: 0 },
      /gives chunk 0, at byte 64, no records/,
    ],
    [
      "a first entry of too many records",
      { groups: [2], entries: ([a]) => [{ ...a!, numRecords: 3 }], numRecords: 3 },
      /holds 2 records, the footer says 3/,
    ],
    [
      "a last entry of too few records",
      { groups: [2, 2], entries: ([a, b]) => [a!, { ...b!, numRecords: 1 }], numRecords: 3 },
      /holds 2 records, the footer says 1/,
    ],
    [
      "entries out of order",
      { groups: [2, 2], entries: ([a, b]) => [b!, a!] },
      /says that chunk 1 begins at byte 64/,
    ],
    [
      "an entry before the first chunk",
      { entries: ([a, ...rest]) => [{ ...a!, offset: 63 }, ...rest] },
      /chunk 0 begins at byte 63/,
    ],
    [
      "an entry behind the footer",
      { entries: ([a, b, c]) => [a!, b!, { ...c!, offset: 1e6 }] },
      /chunk 2 begins at byte 1000000/,
    ],
    [
      "an entry without an offset",
      { footer: replaced(1, Uint8Array.of(0x18, 2)) },
      /invalid footer/,
    ],
    [
      "an entry that is cut",
      { footer: replaced(1, Uint8Array.of(0x08)) },
      /footer entry|too early/,
    ],
    ["a footer of no metadata", { footer: () => [bytesOf("")] }, /could not parse the footer/],
    ["a footer without records", { footer: () => [] }, /holds no records/],
    ["a version of 2", { footer: replaced(0, Uint8Array.of(0x0a, 2, 8, 2)) }, /version number 2/],
    ["no version", { footer: replaced(0, Uint8Array.of(0x0a, 0)) }, /version number \(none\)/],
    ["a field 0", { footer: replaced(0, Uint8Array.of(0x02, 0)) }, /field 0/],
    ["a group", { footer: replaced(0, Uint8Array.of(0x0b, 0x0c)) }, /wire type 3/],
    ["a footer elsewhere", { footerOffset: (at) => at + 1 }, /chunk at byte/],
    ["a footer at a chunk of records", { footerOffset: () => 64 }, /./],
    ["a footer beyond the file", { footerOffset: () => 2 ** 40 }, /no footer at byte/],
    [
      "a wrong magic",
      { postscript: (r) => Uint8Array.of(...r.subarray(0, -1), 0x70) },
      /invalid postscript/,
    ],
    ["no footer offset", { postscript: (r) => r.subarray(-10) }, /invalid postscript/],
    ["an empty postscript", { postscript: () => bytesOf("") }, /invalid postscript/],
  ];

  test.each(lies)("%s", (_, lie, message) => {
    const found = readAll(madeFile(lie));
    expect(found).toMatchObject({
      code: expect.stringMatching(/^NTH_(CORRUPTION|TRUNCATED)$/),
      message: expect.stringMatching(message),
    });
  });

  const honest = madeFile();
  test.each([
    ["a byte behind it", new Uint8Array(Buffer.concat([honest, Uint8Array.of(0)]))],
    [
      "64 KiB of zeros behind it",
      new Uint8Array(honest.length + 65_536).map((_, i) => honest[i] ?? 0),
    ],
    ["cut by one byte", honest.subarray(0, -1)],
    ["cut to 64 KiB", honest.subarray(0, 65_536)],
    ["cut to less", honest.subarray(0, 65_535)],
    ["text", bytesOf("this is no ArrayRecord file")],
  ])("a file with %s", (_, file) => {
    expect(readAll(file)).toMatchObject({ code: "NTH_TRUNCATED" });
  });
});

/** What formats/arrayrecord.md 11.2 has the original read wrongly: which code, about which chunk, at which byte. */
describe("an error names the chunk and its place", () => {
  const [begin, second, third] = [64, 110, 156];
  const footer = 200;
  const cases: [string, Lies, code: string, text: RegExp, offset: number][] = [
    ["num_records too small", { numRecords: 4 }, "NTH_TRUNCATED", /4 records and lists 5/, footer],
    ["num_records too large", { numRecords: 6 }, "NTH_TRUNCATED", /6 records and lists 5/, footer],
    ["num_chunks too large", { numChunks: 4 }, "NTH_TRUNCATED", /4 chunks and lists 3/, footer],
    ["num_chunks too small", { numChunks: 2 }, "NTH_TRUNCATED", /2 chunks and lists 3/, footer],
    ["num_chunks 0", { numChunks: 0 }, "NTH_TRUNCATED", /0 chunks and lists 3/, footer],
    ["groups 1 2 2", { groups: [1, 2, 2] }, "NTH_TRUNCATED", /chunk 1, at byte 108/, 108],
    ["groups 2 1 2", { groups: [2, 1, 2] }, "NTH_TRUNCATED", /chunk 1, at byte 110/, second],
    ["groups 3 1 1", { groups: [3, 1, 1] }, "NTH_TRUNCATED", /chunk 1, at byte 112/, 112],
    [
      "a first entry of no records",
      { groups: [2], entries: ([a]) => [{ ...a!, numRecords: 0 }], numRecords: 0 },
      "NTH_TRUNCATED",
      /chunk 0, at byte 64/,
      begin,
    ],
    [
      "a first entry of too many records",
      { groups: [2], entries: ([a]) => [{ ...a!, numRecords: 3 }], numRecords: 3 },
      "NTH_CORRUPTION",
      /the chunk at byte 64 holds 2/,
      begin,
    ],
    [
      "a first entry of too few records",
      { groups: [2], entries: ([a]) => [{ ...a!, numRecords: 1 }], numRecords: 1 },
      "NTH_CORRUPTION",
      /the chunk at byte 64 holds 2/,
      begin,
    ],
    [
      "entries out of order",
      { groups: [2, 2], entries: ([a, b]) => [b!, a!] },
      "NTH_TRUNCATED",
      /chunk 1 begins at byte 64/,
      begin,
    ],
    [
      "two entries of one chunk",
      { entries: ([a, b]) => [a!, b!, b!] },
      "NTH_TRUNCATED",
      /chunk 2 begins at byte 110/,
      second,
    ],
    [
      "a last entry of too many records",
      { entries: ([a, b, c]) => [a!, b!, { ...c!, numRecords: 3 }], numRecords: 7 },
      "NTH_TRUNCATED",
      /chunk 2, at byte 156/,
      third,
    ],
  ];

  test.each(cases)("%s", (_, lie, code, text, offset) => {
    expect(readAll(madeFile(lie))).toEqual({
      code,
      message: expect.stringMatching(text),
      offset,
    });
  });
});

describe("what the original reads is read", () => {
  const text = bytesOf("group_size:2,uncompressed");
  test.each<[string, Lies]>([
    ["nothing special", {}],
    [
      "paddings and unknown chunks between",
      {
        between: (framer) => {
          framer.padding(3);
          framer.chunk(0x7a, { numRecords: 0, decodedDataSize: 0 }, Uint8Array.of(1));
          framer.signature();
        },
      },
    ],
    [
      "unknown fields",
      {
        footer: (all) =>
          all.map((record, i) =>
            Uint8Array.of(
              ...record,
              ...(i === 0 ? [] : [0x51, 1, 2, 3, 4, 5, 6, 7, 8]),
              0x22,
              1,
              9,
              0x2d,
              0,
              0,
              0,
              0,
            ),
          ),
      },
    ],
    [
      "unknown fields first",
      {
        footer: (all) =>
          all.map((record, i) => (i === 0 ? record : Uint8Array.of(0x28, 1, ...record))),
      },
    ],
    [
      "no options text",
      {
        footer: ([, ...rest]) => [Uint8Array.of(0x0a, 6, 8, 1, 16, 3, 24, 5), ...rest],
      },
    ],
    [
      "a longer options text",
      {
        footer: ([, ...rest]) => [
          Uint8Array.of(0x0a, 8 + text.length, 8, 1, 16, 3, 24, 5, 0x22, text.length, ...text),
          ...rest,
        ],
      },
    ],
  ])("%s", (_, lie) => {
    expect(readAll(madeFile(lie))).toEqual([0, 1, 2, 3, 4]);
  });

  test("damage costs the records of its chunk", async () => {
    const file = madeFile({ groups: [2, 2, 2] });
    const at = file.indexOf(0x72, 100);
    file[at - 24] = (file[at - 24] as number) ^ 1;
    await using reader = await ArrayRecordReader.open(file);
    expect((await reader.get(0))[0]).toBe(0);
    const broken = expect.objectContaining({ code: "NTH_CORRUPTION", index: 3 });
    await expect(reader.get(3)).rejects.toThrow(broken);
    expect((await reader.get(5))[0]).toBe(5);
    const report = await reader.verify({ level: "full" });
    expect(report.problems.map(({ index }) => index)).toEqual([2, 3]);
  });
});
