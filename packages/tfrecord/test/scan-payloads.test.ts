import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fileOf, filled, walk } from "./support/frames.ts";
import { property } from "./support/seed.ts";
import { tempFile } from "./support/temp.ts";

type Library = typeof import("../src/index.ts");

const WINDOW = 1024 * 1024;
const options = { checksums: "payload", index: "memory" } as const;
const platforms = [
  { name: "with WebAssembly", refused: false },
  { name: "where WebAssembly is refused", refused: true },
];

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = length | 1; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function flipped(file: Uint8Array, at: number): Uint8Array {
  const copy = file.slice();
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

describe.each(platforms)("a scan of payloads $name", ({ refused }) => {
  let library: Library;

  beforeEach(async () => {
    vi.resetModules();
    if (refused) vi.stubGlobal("WebAssembly", undefined);
    library = await import("../src/index.ts");
  });

  afterEach(() => vi.unstubAllGlobals());

  function offsets(data: Uint8Array | string): number[] {
    using reader = library.TFRecordReader.openSync(data, options);
    return Array.from({ length: reader.length }, (_, i) => reader.locateSync(i).start);
  }

  test("finds every record wherever a window cuts its head, payload or checksum", () => {
    for (let cut = -20; cut <= 20; cut++) {
      const file = fileOf([
        noise(WINDOW - 16 + cut),
        noise(700),
        noise(3 * WINDOW + cut),
        noise(5),
      ]);
      expect(offsets(file), `${cut}`).toStrictEqual(walk(file));
    }
  });

  test("finds more short records than one walk has room for, in memory and in a file", () => {
    const file = fileOf(Array.from({ length: 20_000 }, (_, i) => filled(i % 90, i)));
    expect(offsets(file)).toStrictEqual(walk(file));
    expect(offsets(tempFile(file))).toStrictEqual(walk(file));
  });

  test("names the record that any flipped bit is in", () => {
    const sizes = [0, 1, 122, 511, 512, 6000, 90_000, 400_000, WINDOW, 2_500_000, 33];
    const file = fileOf(sizes.map(noise));
    const starts = walk(file);
    const path = tempFile(file);
    expect(offsets(path)).toStrictEqual(starts);
    const at = fc.oneof(
      fc.nat(file.length - 1),
      // As often in a short record as in a long one.
      fc
        .tuple(fc.constantFrom(...starts), fc.nat(600))
        .map(([a, b]) => Math.min(a + b, file.length - 1)),
    );
    fc.assert(
      fc.property(at, (place) => {
        const index = starts.filter((start) => start <= place).length - 1;
        const expected = { code: "NTH_CORRUPTION", index, offset: starts[index] };
        expect(() => offsets(flipped(file, place))).toThrow(expect.objectContaining(expected));
      }),
      { ...property, numRuns: Math.min(property.numRuns, 60) },
    );
  });

  test("goes on side by side with others that wait for the same thread", async () => {
    const long = fileOf([noise(2_500_000), noise(10), noise(1_500_000)]);
    const short = fileOf(Array.from({ length: 40_000 }, (_, i) => filled(i % 70, i)));
    const files = [long, short, long, flipped(long, 3_000_000), short];
    const opened = await Promise.allSettled(
      files.map((file) => library.TFRecordReader.open(tempFile(file), { ...options, io: "pool" })),
    );
    expect(
      opened.map((result) => (result.status === "fulfilled" ? result.value.length : -1)),
    ).toStrictEqual([3, 40_000, 3, -1, 40_000]);
    for (const result of opened) if (result.status === "fulfilled") await result.value.close();
  });

  test("takes up after damage, and after an abort", async () => {
    const file = fileOf([noise(3_000_000), noise(20), noise(900)]);
    expect(() => offsets(flipped(file, 2_999_000))).toThrow("its payload does not fit");
    const stop = AbortSignal.abort();
    const open = library.TFRecordReader.open(tempFile(file), { ...options, signal: stop });
    await expect(open).rejects.toMatchObject({ code: "NTH_ABORTED" });
    expect(offsets(tempFile(file))).toStrictEqual(walk(file));
  });
});
