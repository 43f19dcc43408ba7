import { readFileSync } from "node:fs";
import { isNthrecError } from "@nthrec/core";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { assemble, targetOf } from "../scripts/assemble.mjs";
import { ByteCursor } from "../src/bytes/byte-cursor.ts";
import { putVarint } from "../src/bytes/put-varint.ts";
import type { ChunkRecords } from "../src/chunk/chunk-records.ts";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import { replayInWasm } from "../src/replay/replay-in-wasm.ts";
import { type Columns, readColumns } from "../src/transposed/columns.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { encodeTransposed } from "../src/transposed/encode-transposed.ts";
import { Replay } from "../src/transposed/replay.ts";
import { StateTable } from "../src/transposed/state-table.ts";
import { message } from "./support/arbitrary-message.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { Dice } from "./support/dice.ts";
import { handMade } from "./support/hand-made-chunk.ts";
import { chunkOf, recordsOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

const MUTATIONS = 5000;
const plain = chunkVectors.filter(
  ({ type, compression }) => type === "t" && compression === "none",
);

/** What stands in an uncompressed chunk, and how it is replayed. */
interface Parts {
  readonly states: StateTable;
  readonly columns: Columns;
  readonly transitions: Uint8Array;
}

function partsOf(data: Uint8Array): Parts | undefined {
  try {
    const cursor = new ByteCursor(data, 1);
    const header = new ByteCursor(cursor.take(cursor.varint64()));
    const columns = readColumns(header, cursor, "none", defaultCodecs, 2 ** 30);
    const states = new StateTable(header, columns.borders.length - 1);
    return { states, columns, transitions: cursor.take(cursor.left) };
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
    return undefined;
  }
}

type Counts = { numRecords: number; decodedDataSize: number };

function inJavaScript(
  counts: Counts,
  { states, columns, transitions }: Parts,
): ChunkRecords | undefined {
  try {
    return new Replay(counts, states, columns).run(transitions);
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
    return undefined;
  }
}

function inWasm(counts: Counts, { states, columns, transitions }: Parts): ChunkRecords | undefined {
  return replayInWasm(counts, states, columns, transitions, true);
}

function expectSame(counts: Counts, data: Uint8Array, where: string): boolean {
  const parts = partsOf(data);
  if (parts === undefined) return false;
  const wanted = inJavaScript(counts, parts);
  const found = inWasm(counts, parts);
  expect(found === undefined, where).toBe(wanted === undefined);
  if (found === undefined || wanted === undefined) return false;
  expect(Buffer.compare(found.bytes, wanted.bytes), where).toBe(0);
  expect([...found.ends], where).toEqual([...wanted.ends]);
  return true;
}

describe("a replay in WebAssembly", () => {
  test("does what the one in JavaScript does, to damaged chunks, too", () => {
    const dice = new Dice(property.seed);
    let read = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const { data, counts } = dice.pick(plain);
      const bytes = Uint8Array.from(data);
      for (let k = dice.below(4); k > 0; k--) {
        bytes[dice.below(bytes.length)] = dice.pick([0, 1, 3, 4, 127, 128, 255, dice.below(256)]);
      }
      const { numRecords, decodedDataSize } = counts;
      const off = dice.below(16) - 8;
      const said = {
        numRecords: Math.max(0, numRecords + (dice.below(20) === 0 ? off : 0)),
        decodedDataSize: Math.max(0, decodedDataSize + (dice.below(10) === 0 ? off : 0)),
      };
      if (expectSame(said, bytes, `mutation ${i} of seed ${property.seed}`)) read += 1;
    }
    expect(read).toBeGreaterThan(MUTATIONS / 20);
  });

  test("gives back messages of every kind", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (records) => {
        const chunk = chunkOf(records);
        const data = encodeTransposed(chunk, "none", defaultCodecs, {});
        const counts = { numRecords: records.length, decodedDataSize: chunk.bytes.length };
        expect(expectSame(counts, data, "")).toBe(true);
      }),
      property,
    );
  });

  test.each([0, 1, 15, 16, 17, 31, 32, 33, 127, 128, 511, 512, 513, 16_383, 16_384, 70_000])(
    "strings, submessages and other records of %i bytes",
    (length) => {
      const payload = new Uint8Array(length).fill(0xff);
      const field = new Uint8Array(length + 6);
      field[0] = 10;
      const start = putVarint(field, 1, length);
      field.set(payload, start);
      const string = field.subarray(0, start + length);
      const outer = new Uint8Array(string.length + 6);
      outer[0] = 18;
      const begin = putVarint(outer, 1, string.length);
      outer.set(string, begin);
      const records = [string, payload, outer.subarray(0, begin + string.length), string];
      const chunk = chunkOf(records);
      const data = encodeTransposed(chunk, "none", defaultCodecs, {});
      const counts = { numRecords: 4, decodedDataSize: chunk.bytes.length };
      expect(expectSame(counts, data, "")).toBe(true);
    },
  );

  test("leaves to the other one what needs more memory than it says", () => {
    const parts = partsOf((plain[0] as (typeof plain)[number]).data) as Parts;
    expect(inWasm({ numRecords: 1, decodedDataSize: 2 ** 40 }, parts)).toBeUndefined();
    expect(inWasm({ numRecords: 2 ** 40, decodedDataSize: 1 }, parts)).toBeUndefined();
    const columns = { ...parts.columns, bytes: { length: 2 ** 28 } as Uint8Array };
    expect(
      inWasm({ numRecords: 1, decodedDataSize: 2 ** 28 }, { ...parts, columns }),
    ).toBeUndefined();
  });

  test("gives memory back that one large chunk needed", () => {
    const large = chunkOf([new Uint8Array(17 * 1024 * 1024).fill(0xff)]);
    const counts = { numRecords: 1, decodedDataSize: large.bytes.length };
    const parts = partsOf(encodeTransposed(large, "none", defaultCodecs, {})) as Parts;
    expect(inWasm({ ...counts }, parts)).toBeDefined();
    const small = partsOf(handMade({ ids: [3], nexts: [0] })) as Parts;
    const { buffer } = (inWasm({ numRecords: 1, decodedDataSize: 0 }, small) as ChunkRecords).bytes;
    expect(buffer.byteLength).toBeLessThan(1024 * 1024);
  });

  test("keeps no memory of what it lends to nobody", () => {
    const { data, counts } = plain.find(
      ({ records }) => records.length > 1,
    ) as (typeof plain)[number];
    const first = decodeTransposed(counts, data, defaultCodecs);
    const before = recordsOf(first).map((record) => [...record]);
    decodeTransposed(
      { numRecords: 1, decodedDataSize: 5 },
      handMade({
        buckets: [[[6, 5, 4, 3]]],
        ids: [13, 3],
        nexts: [3, 0],
        owners: [0],
      }),
      defaultCodecs,
      true,
    );
    expect(recordsOf(first).map((record) => [...record])).toEqual(before);
  });

  test("the module is the one of its text", async () => {
    expect(await assemble("replay")).toBe(readFileSync(targetOf("replay"), "utf8"));
  });
});

describe("where WebAssembly is refused", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("chunks are read all the same", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", {
      Module: class {
        constructor() {
          throw new Error("refused by the page's policy");
        }
      },
    });
    const { decodeTransposed: decode } = await import("../src/transposed/decode-transposed.ts");
    for (const { data, counts, records } of plain) {
      expect(recordsOf(decode(counts, data, defaultCodecs))).toEqual(records);
    }
  });
});
