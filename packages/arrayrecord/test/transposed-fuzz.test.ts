import { isNthrecError } from "@nthrec/core";
import { beforeAll, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { encodeTransposed } from "../src/transposed/encode-transposed.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { Dice } from "./support/dice.ts";
import { chunkOf, recordsOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

beforeAll(prepareCodecs);

const MUTATIONS = 30_000;
const vectors = chunkVectors.filter(({ type }) => type === "t");

/** The same chunk as its vector, but for some bytes, and sometimes for what its header says of it. */
function damaged(dice: Dice): { data: Uint8Array; numRecords: number; decodedDataSize: number } {
  const { data, counts, compression } = dice.pick(vectors);
  const bytes = [...data];
  // In a compressed chunk nearly every change is the codec's to find: damage the plain ones more.
  const changes = compression === "none" ? dice.below(4) + 1 : 1;
  for (let i = 0; i < changes; i++) damage(bytes, dice);
  const { numRecords, decodedDataSize } = counts;
  const other = dice.below(20) === 0;
  return {
    data: Uint8Array.from(bytes),
    numRecords: other ? dice.size() : numRecords,
    decodedDataSize: other || dice.below(8) === 0 ? dice.size() : decodedDataSize,
  };
}

function damage(bytes: number[], dice: Dice): void {
  const at = dice.below(bytes.length);
  switch (dice.below(6)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << dice.below(8));
      break;
    case 1:
      bytes[at] = dice.below(256);
      break;
    case 2:
      bytes[at] = dice.pick([0, 1, 2, 3, 127, 128, 255]);
      break;
    case 3:
      bytes.splice(at, 0, ...Array.from({ length: 1 + dice.below(5) }, () => dice.below(256)));
      break;
    case 4:
      bytes.splice(at, 1 + dice.below(5));
      break;
    default:
      bytes.splice(at, 0, ...bytes.slice(at, at + dice.below(30)));
  }
}

test(`${MUTATIONS} damaged chunks are read as what they say, or refused with a code`, {
  timeout: 120_000,
}, () => {
  const dice = new Dice(property.seed);
  let read = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const { data, ...counts } = damaged(dice);
    const where = `mutation ${i} of seed ${property.seed}: ${Buffer.from(data).toString("hex")}`;
    let records: Uint8Array[] = [];
    try {
      records = recordsOf(decodeTransposed(counts, data, defaultCodecs));
    } catch (error) {
      if (!isNthrecError(error, "NTH_CORRUPTION")) throw new Error(where, { cause: error });
      continue;
    }
    read += 1;
    const size = records.reduce((sum, { length }) => sum + length, 0);
    expect([records.length, size], where).toEqual([counts.numRecords, counts.decodedDataSize]);
  }
  // Most damage is found; some changes only the bytes of a record, which the hash of a chunk covers.
  expect(read).toBeGreaterThan(MUTATIONS / 100);
  expect(read).toBeLessThan(MUTATIONS / 2);
});

test("random bytes as records, and bytes that are nearly messages", { timeout: 60_000 }, () => {
  const dice = new Dice(property.seed);
  const messages = vectors.flatMap(({ records }) => records);
  for (let i = 0; i < 1000; i++) {
    const records = Array.from({ length: dice.below(20) }, () => {
      const bytes = [...dice.pick(messages)];
      if (bytes.length > 0 && dice.below(3) === 0) damage(bytes, dice);
      return Uint8Array.from(bytes);
    });
    const chunk = chunkOf(records);
    const data = encodeTransposed(chunk, "none", defaultCodecs, {});
    const counts = { numRecords: records.length, decodedDataSize: chunk.bytes.length };
    const where = `round ${i} of seed ${property.seed}`;
    expect(recordsOf(decodeTransposed(counts, data, defaultCodecs)), where).toEqual(records);
  }
});
