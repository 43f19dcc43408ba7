import { ByteWriter } from "@nthrec/core";
import { beforeAll, expect, test } from "vitest";
import { encodeSimple } from "../src/chunk/encode-simple.ts";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { ChunkFramer } from "../src/framing/chunk-framer.ts";
import { ChunkType } from "../src/framing/chunk-header.ts";
import { RiegeliReader } from "../src/index.ts";
import { Dice } from "./support/dice.ts";
import { chunkOf } from "./support/records.ts";
import { recover } from "./support/recovery-model.ts";
import { property } from "./support/seed.ts";

beforeAll(prepareCodecs);

const BLOCK = 65_536;
/** 900, as many as were once compared with the original, take `NTHREC_RUNS=900`. */
const FILES = property.numRuns;

/** A file of chunks of any size, some of them longer than blocks, some of many empty records, some not to be decoded. */
function madeFile(dice: Dice): Uint8Array {
  const out = new ByteWriter();
  const framer = new ChunkFramer(out, 0);
  framer.signature();
  const chunks = dice.below(12);
  for (let i = 0; i < chunks; i++) {
    const size = dice.pick([0, 10, 1000, 30_000, 65_400, 65_536, 150_000]);
    const count = dice.below(60) === 0 ? 70_000 : dice.pick([1, 1, 1, 3, 3]);
    const length = (): number => (count > 100 ? 0 : dice.below(size + 1));
    const records = Array.from({ length: count }, () =>
      new Uint8Array(length()).fill(dice.below(256)),
    );
    const chunk = chunkOf(records);
    const codec = dice.pick(["none", "none", "zstd"] as const);
    const data = encodeSimple(chunk, codec, defaultCodecs, {});
    const numRecords = count + (dice.below(15) === 0 ? 1 : 0);
    const type = dice.below(30) === 0 ? 0x71 : ChunkType.simple;
    framer.chunk(type, { numRecords, decodedDataSize: chunk.bytes.length }, data);
    if (dice.below(6) === 0) framer.padToBoundary();
  }
  return out.view().slice();
}

/** Bits flipped, and parts cut off, out, put in, zeroed, or there twice; whole blocks, too, after which headers are sound and wrong. */
function damaged(dice: Dice, file: Uint8Array): Uint8Array {
  if (file.length === 0) return file;
  const block = dice.below(2) === 0;
  const place = dice.below(file.length);
  const at = block
    ? Math.min(file.length, place - (place % BLOCK) + dice.below(2) * dice.below(70))
    : place;
  const length = block ? BLOCK * (1 + dice.below(2)) : 1 + dice.below(dice.pick([3, 70, 5000]));
  const [front, rest] = [file.subarray(0, at), file.subarray(at)];
  const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  switch (dice.below(6)) {
    case 0:
      return front;
    case 1:
      return join(front, rest.subarray(length));
    case 2:
      return join(front, new Uint8Array(length), rest);
    case 3:
      return join(front, rest.subarray(0, length), rest);
    case 4:
      return join(front, new Uint8Array(Math.min(length, rest.length)), rest.subarray(length));
    default: {
      const copy = file.slice();
      const where = dice.below(2) === 0 ? at : dice.below(copy.length);
      if (where < copy.length) copy[where] = (copy[where] as number) ^ (1 << dice.below(8));
      return copy;
    }
  }
}

test(`${FILES} damaged files: records and skipped regions as formats/arrayrecord.md 2.8 has them`, {
  timeout: 300_000,
}, async () => {
  const dice = new Dice(property.seed);
  let [regions, more] = [0, 0];
  for (let i = 0; i < FILES; i++) {
    let file = madeFile(dice);
    for (let times = dice.below(3); times >= 0; times--) file = damaged(dice, file);
    const wanted = recover(file);
    const found: (readonly [number, number])[] = [];
    await using reader = await RiegeliReader.open(file, {
      damage: "skip",
      onSkipped: ({ start, end }) => found.push([start, end]),
    });
    expect(found, `file ${i} of seed ${property.seed}`).toEqual(wanted.regions);
    const records = [...reader];
    expect(records.length).toBe(wanted.records.length);
    expect(
      records.every((each, k) => Buffer.compare(each, wanted.records[k] as Buffer) === 0),
    ).toBe(true);
    regions += found.length;
    more += Number(found.length > 1);
  }
  // Most files are damaged where it shows, and many in several places.
  expect(regions).toBeGreaterThan(FILES / 2);
  expect(more).toBeGreaterThan(FILES / 20);
});
