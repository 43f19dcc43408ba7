import { decode, encode } from "@msgpack/msgpack";
import { OffsetTable } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueDecoder } from "../src/values/value-decoder.ts";
import { ValueEncoder } from "../src/values/value-encoder.ts";
import { scanValues } from "../src/wire/scan-values.ts";
import { valueEnd } from "../src/wire/value-walk.ts";
import { commonValue } from "./support/arbitrary-value.ts";

const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`NTHREC_SEED=${seed}`);

/** Bytes of random structure, written by nobody's encoder: every kind of head, also with needlessly wide lengths. */
function randomValue(next: (below: number) => number, depth: number, out: number[]): void {
  const put = (value: number, width: number): void => {
    for (let i = width - 1; i >= 0; i--) out.push(Math.floor(value / 256 ** i) % 256);
  };
  const random = (count: number): void => {
    for (let i = 0; i < count; i++) out.push(next(256));
  };
  const ascii = (count: number): void => {
    for (let i = 0; i < count; i++) out.push(32 + next(95));
  };
  const count = depth > 4 ? 0 : next(4);
  const kind = next(16);
  const width = [1, 2, 4][next(3)] as 1 | 2 | 4;
  const power = [1, 2, 4].indexOf(width);
  if (kind === 0) out.push(next(128));
  else if (kind === 1) out.push(224 + next(32));
  else if (kind === 2) out.push([0xc0, 0xc2, 0xc3][next(3)] as number);
  else if (kind === 3) {
    out.push(0xca + next(2));
    random(out.at(-1) === 0xca ? 4 : 8);
  } else if (kind <= 5) {
    const log = next(4);
    out.push((kind === 4 ? 0xcc : 0xd0) + log);
    random(2 ** log);
  } else if (kind === 6) {
    const size = next(32);
    out.push(0xa0 + size);
    ascii(size);
  } else if (kind === 7 || kind === 8) {
    const size = next(40);
    out.push((kind === 7 ? 0xd9 : 0xc4) + power);
    put(size, width);
    ascii(size);
  } else if (kind === 9) {
    const log = next(5);
    out.push(0xd4 + log, next(128));
    random(2 ** log);
  } else if (kind === 10) {
    const size = next(40);
    out.push(0xc7 + power);
    put(size, width);
    out.push(next(128));
    random(size);
  } else {
    const isMap = kind >= 14;
    const wide = [2, 4][next(2)] as number;
    if (next(2) === 0) out.push((isMap ? 0x80 : 0x90) + count);
    else {
      out.push((isMap ? 0xde : 0xdc) + (wide === 2 ? 0 : 1));
      put(count, wide);
    }
    for (let i = 0; i < count; i++) {
      if (isMap) {
        const size = 1 + next(9);
        out.push(0xa0 + size);
        ascii(size);
      }
      randomValue(next, depth + 1, out);
    }
  }
}

/** A generator of pseudo-random integers below a bound. */
function random(from: number): (below: number) => number {
  let state = from | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Whether @msgpack/msgpack finds exactly one value. */
function isOne(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

describe("the skipper", () => {
  test("ends 100,000 random values where the decoder ends them, and at no cut before", () => {
    const next = random(seed);
    const decoder = new ValueDecoder({ numpy: false });
    for (let i = 0; i < 100_000; i++) {
      const out: number[] = [];
      randomValue(next, 0, out);
      const bytes = Uint8Array.from(out);
      if (valueEnd(bytes) !== bytes.length || !isOne(bytes))
        expect.fail(`seed ${seed}: ${Buffer.from(bytes).toString("hex")}`);
      decoder.decode(bytes);
      // Every truncation, by the skipper; by the decoders, which are slower, one of each value.
      for (let cut = 0; cut < bytes.length; cut++) {
        if (valueEnd(bytes.subarray(0, cut)) !== -1)
          expect.fail(`seed ${seed}: ${cut} of ${Buffer.from(bytes).toString("hex")}`);
      }
      const cut = bytes.slice(0, next(bytes.length));
      if (i % 10 === 0) {
        expect(isOne(cut)).toBe(false);
        expect(() => decoder.decode(cut)).toThrow(
          expect.objectContaining({ code: "NTH_CORRUPTION" }),
        );
      }
    }
  });

  test("knows a byte that begins no value", () => {
    expect(valueEnd(Uint8Array.of(0xc1))).toBe(-1);
    expect(valueEnd(Uint8Array.of(0x92, 1, 0xc1))).toBe(-1);
    expect(valueEnd(new Uint8Array(0))).toBe(-1);
  });

  test("takes a depth of a million in its stride", () => {
    const deep = new Uint8Array(1_000_001).fill(0x91);
    deep[1_000_000] = 7;
    expect(valueEnd(deep)).toBe(deep.length);
    expect(valueEnd(deep.subarray(0, 1_000_000))).toBe(-1);
  });

  test("believes no count that the file is too short for", () => {
    const wide = new Uint8Array(500_000);
    for (let at = 0; at < wide.length; at += 5) wide.set([0xdf, 255, 255, 255, 255], at);
    expect(valueEnd(wide)).toBe(-1);
    expect(scanned(wide, 64)).toEqual({ offsets: [], end: 0 });
  });
});

/** Runs a scan over bytes, giving at most `most` bytes for each of its windows. */
function scanned(bytes: Uint8Array, most: number): { offsets: number[]; end: number } {
  const table = new OffsetTable();
  const plan = scanValues(table, { start: 0, end: bytes.length }, (at) => {
    throw new Error(`damaged at ${at}`);
  });
  let step = plan.next();
  while (!step.done) {
    const { start, end } = step.value;
    step = plan.next(bytes.subarray(start, Math.min(end, start + most)));
  }
  return { offsets: Array.from({ length: table.length }, (_, i) => table.at(i)), end: step.value };
}

describe("a scan", () => {
  test("finds the same offsets however its windows fall", () => {
    const values = fc.array(commonValue, { maxLength: 8 });
    const check = (list: unknown[], most: number, cut: number): void => {
      const parts = list.map((value) => encode(value));
      const bytes = new Uint8Array(Buffer.concat(parts));
      const offsets = parts.map((_, i) =>
        parts.slice(0, i).reduce((sum, part) => sum + part.length, 0),
      );
      expect(scanned(bytes, most)).toEqual({ offsets, end: bytes.length });
      const short = bytes.subarray(0, Math.max(0, bytes.length - cut));
      const ends = [...offsets.slice(1), bytes.length];
      const whole = ends.filter((end) => end <= short.length).length;
      expect(scanned(short, most)).toEqual({
        offsets: offsets.slice(0, whole),
        end: ends[whole - 1] ?? 0,
      });
    };
    fc.assert(fc.property(values, fc.integer({ min: 6, max: 400 }), fc.nat(500), check), {
      seed,
      numRuns: 300,
    });
  });
});

describe("values", () => {
  test("have the bytes that @msgpack/msgpack gives them, and read back the same", () => {
    const encoder = new ValueEncoder({});
    const decoder = new ValueDecoder({});
    fc.assert(
      fc.property(commonValue, (value) => {
        const bytes = encoder.encode(value).slice();
        expect(Buffer.from(bytes).toString("hex")).toBe(Buffer.from(encode(value)).toString("hex"));
        expect(decoder.decode(bytes)).toStrictEqual(value);
        expect(decode(bytes)).toStrictEqual(value);
      }),
      { seed, numRuns: 2000 },
    );
  });
});
