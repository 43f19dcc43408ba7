import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Codec } from "../src/codecs/codec.ts";
import { loadZstdDecoder, loadZstdEncoder } from "../src/codecs/zstd-wasm.ts";
import { findBinding, napiZstd, type ZstdBinding } from "../src/platform/node/napi-zstd.ts";
import { property } from "./support/seed.ts";

const bytes = new Uint8Array(50_000).map((_, i) => (i * i) >> 8);

test("what is not installed, or does not load, is as good as none", () => {
  expect(findBinding("no-such-package/binding.js")).toBeUndefined();
  expect(findBinding("zstd-napi/binding.js", [undefined, "[worker eval]"])).toBeUndefined();
  expect(findBinding("node:zlib", ["/anywhere/program.js"])).toBeDefined();
});

test("its contexts get level and window, and are made once for each", () => {
  const made: [number, number][][] = [];
  const binding: ZstdBinding = {
    CParameter: { compressionLevel: 100, windowLog: 101 },
    CCtx: class {
      readonly #set: [number, number][] = [];
      constructor() {
        made.push(this.#set);
      }
      setParameter(parameter: number, value: number): void {
        this.#set.push([parameter, value]);
      }
      compress2(target: Uint8Array, from: Uint8Array): number {
        target.set(from.subarray(0, 2));
        return 2;
      }
    },
    DCtx: class {
      decompress(target: Uint8Array): number {
        return target.fill(9).length - 1;
      }
    },
    compressBound: (size) => size + 100,
  };
  const codec = napiZstd(binding);
  expect(codec.compress(bytes, {})).toEqual(bytes.slice(0, 2));
  codec.compress(bytes, { level: 3 });
  codec.compress(bytes, { level: 7, windowLog: 12 });
  expect(made).toEqual([
    [[100, 3]],
    [
      [100, 7],
      [101, 12],
    ],
  ]);
  // What is stored needs no codec; another stream must hold what its size says.
  const stored = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, 65);
  expect(codec.decompress(stored, 1)).toEqual(Uint8Array.of(65));
  expect(() => codec.decompress(stored, 2)).toThrow("its stream holds 1 bytes");
});

const binding = findBinding();

describe.skipIf(binding === undefined)("zstd-napi, where it is installed", () => {
  let napi: Codec;
  let wasm: Codec;
  beforeAll(async () => {
    napi = napiZstd(binding as ZstdBinding);
    wasm = { ...(await loadZstdEncoder()), ...(await loadZstdDecoder()) };
  });

  test("reads what the others write, and they what it writes", () => {
    const kinds = fc.oneof(
      fc.uint8Array({ maxLength: 20_000 }),
      fc.integer({ min: 0, max: 300_000 }).map((size) => new Uint8Array(size).fill(size)),
    );
    fc.assert(
      fc.property(kinds, fc.integer({ min: -5, max: 9 }), (wanted, level) => {
        const ours = napi.compress(wanted, { level });
        expect(Buffer.compare(wasm.decompress(ours, wanted.length), wanted)).toBe(0);
        const theirs = wasm.compress(wanted, { level });
        expect(Buffer.compare(napi.decompress(theirs, wanted.length), wanted)).toBe(0);
        expect(() => napi.decompress(ours, wanted.length + 1)).toThrow();
      }),
      { ...property, numRuns: 60 },
    );
  });

  test.each([10, 20, 27, 31])("a window of 2 to the power of %i is honoured", (windowLog) => {
    const stream = napi.compress(bytes, { windowLog });
    expect(Buffer.compare(wasm.decompress(stream, bytes.length), bytes)).toBe(0);
    expect(Buffer.compare(napi.decompress(stream, bytes.length), bytes)).toBe(0);
    // Beyond the window nothing repeats: two halves that are the same do not help each other.
    let state = 1;
    const half = new Uint8Array(4096).map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    const twice = new Uint8Array(8192);
    twice.set(half);
    twice.set(half, 4096);
    const size = napi.compress(twice, { windowLog }).length;
    expect(size > 6000).toBe(windowLog === 10);
  });

  test("damage is an error or other bytes of the same number, and the next stream is read", () => {
    const stream = napi.compress(bytes, {});
    fc.assert(
      fc.property(fc.nat(stream.length * 8 - 1), (bit) => {
        const damaged = stream.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        try {
          expect(napi.decompress(damaged, bytes.length).length).toBe(bytes.length);
        } catch (error) {
          expect((error as Error).name).not.toBe("AssertionError");
        }
        expect(Buffer.compare(napi.decompress(stream, bytes.length), bytes)).toBe(0);
      }),
      { ...property, numRuns: 200 },
    );
  });
});
