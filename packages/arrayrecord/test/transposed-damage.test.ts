import { beforeAll, describe, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { type HandMadeChunk, handMade } from "./support/hand-made-chunk.ts";
import { recordsOf } from "./support/records.ts";

beforeAll(prepareCodecs);

const read = (data: Uint8Array, numRecords: number, decodedDataSize: number): string[] =>
  recordsOf(decodeTransposed({ numRecords, decodedDataSize }, data, defaultCodecs)).map((record) =>
    Buffer.from(record).toString("hex"),
  );

/** Two records `08 05`, `08 06`: the last one first. */
const two: HandMadeChunk = {
  buckets: [[[6, 5]]],
  ids: [8, 3],
  nexts: [3, 0],
  subtypes: [0],
  owners: [0],
  transitions: [0],
};

describe("transposed chunks made by hand", () => {
  test("are read", () => expect(read(handMade(two), 2, 4)).toEqual(["0805", "0806"]));

  test("buffers that nothing uses up are no damage", () => {
    expect(read(handMade({ ...two, buckets: [[[6, 5, 9]]] }), 2, 4)).toEqual(["0805", "0806"]);
  });

  test("a length that is not shortest stays as it is", () => {
    const chunk = { buckets: [[[0x81, 0x00, 7]]], ids: [10, 3], nexts: [3, 0], owners: [0] };
    expect(read(handMade(chunk), 1, 4)).toEqual(["0a810007"]);
  });

  test("states that do nothing are passed, implicit ones too", () => {
    const chunk = {
      ...two,
      ids: [8, 0, 0, 3, 0],
      nexts: [6, 7, 8, 4, 0],
      transitions: [0, 0],
    };
    expect(read(handMade(chunk), 2, 4)).toEqual(["0805", "0806"]);
    expect(read(handMade({ ...chunk, first: 4, transitions: [0, 0, 0] }), 2, 4)).toHaveLength(2);
  });

  test.each<[string, Partial<HandMadeChunk>, string]>([
    ["buffers without buckets", { buckets: [], numBuffers: 1, bufferLengths: [2] }, "no buckets"],
    ["more buffers than bytes", { numBuffers: 2 ** 31 }, "more buffers than its header"],
    ["more buckets than bytes", { numBuckets: 4_000_000_000 }, "more buffers than its header"],
    ["a bucket beyond the chunk", { buckets: [[[6, 5], new Array(90).fill(1)]] }, "expected"],
    ["a buffer beyond its bucket", { bufferLengths: [3] }, "beyond its bucket"],
    ["a bucket longer than its buffers", { bufferLengths: [1] }, "more than its buffers"],
    ["an empty bucket at the beginning", { buckets: [[], [[6, 5]]] }, "beyond its bucket"],
    ["an empty bucket at the end", { buckets: [[[6, 5]], []] }, ""],
    ["more states than bytes", { numStates: 2 ** 32 - 1 }, "more states than its header"],
    ["no states", { numStates: 0 }, "first state out of range"],
    ["a tag without field", { ids: [5, 3] }, "invalid tag 5"],
    ["a tag of wire type 7", { ids: [15, 3] }, "invalid tag 15"],
    ["an end of a submessage without field", { ids: [6, 3] }, "invalid tag 6"],
    ["a state that leads too far", { nexts: [3, 4] }, "state 1 leads out of range"],
    ["an unknown subtype", { subtypes: [138] }, "invalid subtype 138"],
    ["a buffer that is not there", { owners: [1] }, "has no buffer 1"],
    ["a first state that is not there", { first: 2 }, "first state out of range"],
    ["an implicit circle", { nexts: [3, 2] }, "implicit loop"],
    ["an implicit state that leads to itself", { nexts: [3, 3] }, "implicit loop"],
    ["bytes behind the header", { behindHeader: [0] }, "header: end of data expected"],
    ["a transition that leads too far", { transitions: [8] }, "leads out of range"],
    ["a transition too many", { transitions: [0, 0] }, "buffer 0 ends too early"],
    ["a transition too few", { transitions: [] }, "it holds 1 records, not 2"],
    ["a string longer than its buffer", { ids: [10, 3], subtypes: [] }, "ends too early"],
    ["no record but bytes", { ids: [8, 0], nexts: [3, 0] }, "it holds 0 records"],
    [
      "bytes before the first record",
      { nexts: [1, 0], first: 1, transitions: [0, 0, 0] },
      "no beginning",
    ],
    ["a record in a submessage", { ids: [14, 3], subtypes: [], owners: [] }, "inside a submessage"],
    ["a submessage too early", { ids: [2, 3], subtypes: [], owners: [] }, "did not end"],
  ])("%s", (_, change, message) => {
    const data = handMade({ ...two, ...change });
    if (message === "") return expect(read(data, 2, 4)).toHaveLength(2);
    expect(() => read(data, 2, 4)).toThrow(message);
    expect(() => read(data, 2, 4)).toThrow(expect.objectContaining({ code: "NTH_CORRUPTION" }));
  });

  test.each([
    [2, 3, "hold more than 3 bytes"],
    [2, 5, "hold 4 bytes, not 5"],
    [1, 4, "more than 1 records"],
    [3, 4, "holds 2 records, not 3"],
    [2 ** 55, 2 ** 60, "holds 2 records"],
    [0, 0, "at most 0 expected"],
  ])("a header that claims %d records of %d bytes", (numRecords, size, message) => {
    expect(() => read(handMade(two), numRecords, size)).toThrow(message);
  });

  test.each([
    ["", "no compression type"],
    ["00", "ends too early"],
    ["0006", "ends too early"],
    ["00ffffffffffffffffff01", "ends too early"],
    ["63060000010000", "unknown compression type 99"],
    ["7a0400000100", "cannot be decompressed"],
  ])("%s", (hex, message) => {
    const data = new Uint8Array(Buffer.from(hex, "hex"));
    expect(() => read(data, 0, 0)).toThrow(message);
  });

  test("a length of 2^32 or more is none", () => {
    const chunk = (length: number[]): Uint8Array =>
      handMade({ buckets: [[[1], length]], ids: [1], nexts: [0], owners: [0] });
    expect(read(chunk([0x81, 0x80, 0x80, 0x80, 0x00]), 1, 1)).toEqual(["01"]);
    expect(() => read(chunk([255, 255, 255, 255, 16]), 1, 1)).toThrow("no varint32");
    expect(() => read(chunk([255, 255, 255, 255, 15]), 1, 1)).toThrow("ends too early");
  });

  test("open submessages take no more memory than they could ever fill", () => {
    const ids = new Array(5000).fill(14);
    const nexts = ids.map((_, i) => (i + 1 < ids.length ? ids.length + i + 1 : 0));
    const transitions = new Array(100_000).fill(3);
    const data = handMade({ ids, nexts, transitions });
    expect(() => read(data, 1, 1000)).toThrow("hold more than 1000 bytes");
    expect(() => read(data, 1, 2_000_000)).toThrow("hold more than 2000000 bytes");
  });

  test("a million states that do nothing, passed a million times, take no time", () => {
    const size = 1_000_000;
    const ids = new Array(size).fill(0);
    const nexts = ids.map((_, i) => (i + 1 < size ? size + i + 1 : 0));
    const data = handMade({ ids, nexts, transitions: new Array(size).fill(3) });
    const counts = [0, 2 ** 20] as const;
    expect(() => read(data, ...counts)).toThrow("its records hold 0 bytes");
  });

  test("memory grows with what is found, not with what is claimed", () => {
    // Each transition is two records of a field with a long tag and a value in its state.
    const steps = 1_500_000;
    const records = 2 * steps + 1;
    const transitions = new Array(steps).fill(1);
    const ids = [3, 0xfffffff8];
    const chunk = handMade({ ids, nexts: [1, 2], subtypes: [10], first: 1, transitions });
    const counts = { numRecords: records, decodedDataSize: 6 * records };
    const { bytes, ends } = decodeTransposed(counts, chunk, defaultCodecs);
    expect(Buffer.from(bytes.subarray(-6)).toString("hex")).toBe("f8ffffff0f00");
    expect([ends.length, ends[records - 2]]).toEqual([records, 6 * records - 6]);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read(chunk, 2 ** 50, 2 ** 52)).toThrow("not 1125899906842624");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
  });
});
