import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { assemble, targetOf } from "../scripts/assemble.mjs";
import { property } from "./support/seed.ts";
import { slowHighwayHash } from "./support/slow-highwayhash.ts";

type Hashing = typeof import("../src/highwayhash/highwayhash.ts");

interface Vectors {
  readonly vectors: { readonly len: number; readonly input: string; readonly hash: string }[];
}

const file = new URL("vectors/arrayrecord/highwayhash.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as Vectors;

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, "hex"));

const platforms = [
  { name: "with WebAssembly", refused: false },
  { name: "where WebAssembly is refused", refused: true },
];

describe.each(platforms)("HighwayHash $name", ({ refused }) => {
  let hashing: Hashing;

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
    hashing = await import("../src/highwayhash/highwayhash.ts");
  });

  afterEach(() => vi.unstubAllGlobals());

  function hashOf(bytes: Uint8Array, start?: number, end?: number): bigint {
    const stored = new Uint8Array(11);
    hashing.putHash(stored, 3, bytes, start, end);
    expect(hashing.hashMatches(stored, 3, bytes, start, end)).toBe(true);
    expect([...stored.subarray(0, 3)]).toEqual([0, 0, 0]);
    return new DataView(stored.buffer).getBigUint64(3, true);
  }

  test("gives the hashes of the original", () => {
    expect(vectors).toHaveLength(134);
    for (const { len, input, hash } of vectors) {
      expect(input).toBe("bytes 0,1,2,... mod 256");
      expect(hashOf(counting(len)).toString(16).padStart(16, "0"), `${len} bytes`).toBe(hash);
    }
  });

  test.each([
    ["a", text("a"), 0x24793c7da388949fn],
    ["hello world", text("hello world"), 0x341762bc386e85fen],
    ["a block header", hex("00000000000000004000000000000000"), 0x3f4a880dd170af83n],
    [
      "a chunk header",
      hex("0400000000000000da1033287d4f0c3b72010000000000000100000000000000"),
      0x791738e47c243208n,
    ],
    ["65034 zeros", new Uint8Array(65034), 0x1633406ff07931b4n],
    ["65388 zeros", new Uint8Array(65388), 0xe60680374a0d3130n],
  ])("gives the published hash of %s", (_, bytes, hash) => {
    expect(hashOf(bytes)).toBe(hash);
  });

  test("agrees with the definition, at any length and alignment, and leaves the bytes as they are", () => {
    const length = fc.oneof(fc.nat(200), fc.nat(1000));
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(255)), length, fc.nat(40), (noise, size, shift) => {
        const bytes = Uint8Array.from(noise.take(shift + size + 5));
        const before = bytes.slice();
        const part = bytes.slice(shift, shift + size);
        expect(hashOf(bytes, shift, shift + size)).toBe(slowHighwayHash(part));
        expect(hashOf(part)).toBe(slowHighwayHash(part));
        expect(bytes).toStrictEqual(before);
      }),
      property,
    );
  });

  test("agrees with the definition around the pieces in which long data are hashed", () => {
    const bytes = counting(50_000);
    for (const middle of [64, 16384, 32768, 49152]) {
      for (const length of [-33, -32, -1, 0, 1, 15, 32, 33].map((d) => middle + d)) {
        const expected = slowHighwayHash(bytes.subarray(7, 7 + length));
        expect(hashOf(bytes, 7, 7 + length), `${length} bytes`).toBe(expected);
      }
    }
  });

  test("is the same of two runs of bytes, wherever they part", () => {
    const bytes = counting(50_000);
    for (const length of [0, 1, 31, 64, 65, 200, 16384, 16385, 32768, 49_999]) {
      const whole = bytes.subarray(0, length);
      const parts = [0, 1, 4, 32, 63, 65, 16383, 16384, 16385, length - 1, length];
      for (const at of parts.filter((at) => at >= 0 && at <= length)) {
        const stored = new Uint8Array(8);
        hashing.putHashOfBoth(stored, 0, whole.subarray(0, at), whole.subarray(at));
        expect(hashing.hashMatches(stored, 0, whole), `${at} of ${length} bytes`).toBe(true);
      }
    }
  });

  test("notices one changed bit of the data or of the hash", () => {
    const bytes = counting(100);
    const stored = new Uint8Array(8);
    hashing.putHash(stored, 0, bytes);
    for (const place of [...bytes.keys()]) {
      const damaged = bytes.slice();
      damaged[place] = (damaged[place] as number) ^ 0x10;
      expect(hashing.hashMatches(stored, 0, damaged)).toBe(false);
    }
    for (const place of stored.keys()) {
      const wrong = stored.slice();
      wrong[place] = (wrong[place] as number) ^ 0x80;
      expect(hashing.hashMatches(wrong, 0, bytes)).toBe(false);
    }
  });
});

test("the embedded module is the one that its text assembles to, byte for byte", async () => {
  expect(await assemble("highwayhash")).toBe(readFileSync(targetOf("highwayhash"), "utf8"));
});
