import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OffsetTable } from "../../src/index.ts";
import {
  checkMagic,
  encodeHeader,
  HEADER_BYTES,
  headerDataSize,
  judgeHeader,
} from "../../src/offsets/idv1.ts";
import { property } from "../support/property.ts";
import { vectors } from "../vectors/idv1.ts";

const stateOf = (file: Uint8Array, dataSize: number, magic?: string): string =>
  judgeHeader(file.subarray(0, HEADER_BYTES), file.length, dataSize, magic).state;
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

describe.each(vectors)("an index that megstore wrote: $name", ({ hex, dataSize, offsets }) => {
  const file = fromHex(hex);

  test("holds these offsets, and we write the same bytes", () => {
    const table = OffsetTable.decode(file.subarray(HEADER_BYTES));
    expect(Array.from({ length: table.length }, (_, i) => table.at(i))).toEqual(offsets);
    const again = new OffsetTable();
    for (const offset of offsets) again.push(offset);
    expect(again.encode()).toEqual(file.slice(HEADER_BYTES));
    expect(encodeHeader(dataSize)).toEqual(file.slice(0, HEADER_BYTES));
  });

  test("is judged sound, cut anywhere or with a flipped bit in its header never", () => {
    expect(stateOf(file, dataSize)).toBe("valid");
    for (let cut = 0; cut < file.length; cut++) {
      const state = stateOf(file.subarray(0, cut), dataSize);
      const whole = cut >= HEADER_BYTES && (cut - HEADER_BYTES) % 8 === 0;
      // Whole offsets that are missing at the end only show in the data.
      expect(state === "valid", `cut at ${cut}: ${state}`).toBe(whole);
    }
    for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
      const bad = file.slice();
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      const expected = bit < 32 ? "foreign" : bit < 64 ? "invalid" : "stale";
      expect(stateOf(bad, dataSize), `bit ${bit}`).toBe(expected);
    }
  });
});

describe("a header", () => {
  test("states any size up to 2^53", () => {
    const check = fc.property(fc.maxSafeNat(), fc.nat(5), (size, count) => {
      const header = encodeHeader(size);
      expect(header.length).toBe(HEADER_BYTES);
      expect(headerDataSize(header)).toBe(size);
      expect(judgeHeader(header, HEADER_BYTES + 8 * count, size).state).toBe("valid");
      expect(judgeHeader(header, HEADER_BYTES, size + 1).state).toBe("stale");
    });
    fc.assert(check, property);
    const huge = encodeHeader(0).fill(0xff, 8);
    expect(headerDataSize(huge)).toBe(Number.POSITIVE_INFINITY);
    expect(judgeHeader(huge, HEADER_BYTES, 5).state).toBe("stale");
  });

  test("without a size is that of an unfinished index, unless the data are empty", () => {
    expect(judgeHeader(encodeHeader(0), HEADER_BYTES, 5)).toEqual({
      state: "stale",
      reason: "the index is unfinished: its header states no size",
    });
    expect(judgeHeader(encodeHeader(0), HEADER_BYTES, 0).state).toBe("valid");
    expect(judgeHeader(new Uint8Array(0), 0, 5).state).toBe("stale");
  });

  test("is padded with ASCII white space of any kind, and nothing else", () => {
    const padded = (...pad: number[]): Uint8Array => {
      const header = encodeHeader(5);
      header.set(pad, 5);
      return header;
    };
    expect(stateOf(padded(9, 10, 13), 5)).toBe("valid");
    for (const pad of [0, 0x41, 0xa0, 0x85]) {
      expect(stateOf(padded(32, 32, pad), 5), String(pad)).toBe("invalid");
    }
  });

  test("begins with the magic that was asked for", () => {
    expect(stateOf(encodeHeader(5, "KEYS"), 5, "KEYS")).toBe("valid");
    expect(stateOf(encodeHeader(5, "KEYS"), 5)).toBe("foreign");
    for (const magic of ["", "IDV", "IDV11", "ID 1", "IDVé", "ID\n1"]) {
      expect(() => checkMagic(magic), magic).toThrow(TypeError);
    }
  });
});
