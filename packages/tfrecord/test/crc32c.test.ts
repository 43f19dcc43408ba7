import { readFileSync } from "node:fs";
import oracle from "crc-32/crc32c.js";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { assemble, target } from "../scripts/assemble.mjs";
import { property } from "./support/seed.ts";
import { slowCrc32c } from "./support/slow-crc32c.ts";

type Crc = typeof import("../src/crc32c/crc32c.ts");

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes without a pattern, from a number. */
function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Lengths around every border of the algorithm: words, vectors, folds, pieces of the module's memory. */
const borders = [
  0, 1, 8, 15, 16, 17, 209, 273, 319, 320, 511, 512, 5275, 5339, 84400, 84464, 226816,
];
const lengths = [...new Set(borders.flatMap((n) => [n - 1, n, n + 1, n + 63, n + 64, n + 65]))]
  .concat([1_000_003, 3 * 226816 + 100])
  .filter((n) => n >= 0);

const platforms = [
  { name: "with WebAssembly", refused: false },
  { name: "where WebAssembly is refused", refused: true },
];

describe.each(platforms)("crc32c $name", ({ refused }) => {
  let crc: Crc;

  beforeEach(async () => {
    vi.resetModules();
    if (refused) {
      vi.stubGlobal("WebAssembly", {
        Module: class {
          constructor() {
            throw new Error("refused by the page's policy");
          }
        },
      });
    }
    crc = await import("../src/crc32c/crc32c.ts");
  });

  afterEach(() => vi.unstubAllGlobals());

  test("gives the published check values", () => {
    expect(crc.crc32c(text("123456789"))).toBe(0xe3069283);
    expect(crc.crc32c(new Uint8Array(0))).toBe(0);
    expect(crc.crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc.crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc.crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  test("agrees with the definition at every border of the algorithm, at any alignment", () => {
    for (const length of lengths.filter((n) => n < 100_000)) {
      for (const shift of [0, 1, 3]) {
        const bytes = noise(length + shift, length + shift).subarray(shift);
        expect(crc.crc32c(bytes), `${length} bytes`).toBe(slowCrc32c(bytes));
      }
    }
  });

  test("agrees with crc-32 on long data, from any seed", () => {
    for (const length of lengths) {
      const bytes = noise(length, length);
      for (const seed of [0, 1, 0x80000000, 0xffffffff]) {
        expect(crc.crc32c(bytes, seed), `${length} bytes, seed ${seed}`).toBe(
          oracle.buf(bytes, seed) >>> 0,
        );
      }
    }
  });

  test("of two parts is that of the whole, and the bytes stay as they are", () => {
    const part = fc.uint8Array({ maxLength: 3000 });
    fc.assert(
      fc.property(part, part, (a, b) => {
        const whole = new Uint8Array([...a, ...b]);
        const before = whole.slice();
        expect(crc.crc32c(whole)).toBe(crc.crc32c(b, crc.crc32c(a)));
        expect(crc.crc32c(whole)).toBe(oracle.buf(whole) >>> 0);
        expect(whole).toStrictEqual(before);
      }),
      property,
    );
  });

  test("leaves nothing behind for the next call", () => {
    const long = noise(500_000);
    const expected = slowCrc32c(noise(90_000, 7));
    for (const before of [0, 600, 90_000, 200_000, 500_000]) {
      crc.crc32c(long.subarray(0, before));
      expect(crc.crc32c(noise(90_000, 7))).toBe(expected);
    }
  });
});

test("the embedded module is the one that its text assembles to, byte for byte", async () => {
  expect(await assemble()).toBe(readFileSync(target, "utf8"));
});

test("the module is small enough for a browser's main thread to compile at once", async () => {
  const { WASM_BASE64 } = await import("../src/crc32c/wasm-module.ts");
  expect(Buffer.from(WASM_BASE64, "base64").length).toBeLessThan(4096);
});
