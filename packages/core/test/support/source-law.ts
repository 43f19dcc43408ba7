import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ByteSource,
  isSyncSource,
  type SyncByteSource,
} from "../../src/source/byte-source.ts";

/** Bytes without a pattern that a wrong offset could hide in. */
export function sampleBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

interface Law {
  /** Makes a source that holds exactly `bytes`. */
  open(bytes: Uint8Array): Promise<ByteSource>;
  /** Properties take so many runs. @default 100 */
  readonly runs?: number;
}

/** What every source owes: the bytes of `Uint8Array.prototype.slice`, or a coded error. */
export function describeSource(what: string, { open, runs = 100 }: Law): void {
  describe(`${what} is a source`, () => {
    const content = sampleBytes(1000);

    test("any read equals the slice, by every verb", async () => {
      await using source = await open(content);
      expect(source.size).toBe(content.length);
      await fc.assert(
        fc.asyncProperty(range(content.length), async ([start, end]) => {
          const expected = content.slice(start, end);
          expect(await source.read(start, end)).toEqual(expected);
          await checkInto(source, start, expected);
          if (isSyncSource(source)) checkSync(source, start, expected);
        }),
        { numRuns: runs },
      );
    });

    test("reads in flight at once do not mix", async () => {
      await using source = await open(content);
      const ranges = fc.sample(range(content.length), { seed: 7, numRuns: 30 });
      const all = await Promise.all(ranges.map(([start, end]) => source.read(start, end)));
      for (const [i, [start, end]] of ranges.entries()) {
        expect(all[i]).toEqual(content.slice(start, end));
      }
    });

    test("the bytes belong to the caller", async () => {
      await using source = await open(content);
      (await source.read(10, 20)).fill(0);
      expect(await source.read(10, 20)).toEqual(content.slice(10, 20));
      if (!isSyncSource(source)) return;
      source.readSync(10, 20).fill(0);
      expect(source.readSync(10, 20)).toEqual(content.slice(10, 20));
    });

    test("an empty source answers the empty range only", async () => {
      await using source = await open(new Uint8Array(0));
      expect(source.size).toBe(0);
      expect(await source.read(0, 0)).toEqual(new Uint8Array(0));
      await expect(source.read(0, 1)).rejects.toMatchObject({ code: "NTH_SHORT_READ" });
    });

    test("a range past the end is NTH_SHORT_READ, with the place", async () => {
      await using source = await open(content);
      const error = { code: "NTH_SHORT_READ", source: source.name, offset: 990 };
      await expect(source.read(990, 1001)).rejects.toMatchObject(error);
      await expect(source.readInto?.(new Uint8Array(11), 990) ?? fail(error)).rejects.toMatchObject(
        error,
      );
      if (!isSyncSource(source)) return;
      expect(() => source.readSync(990, 1001)).toThrow(expect.objectContaining(error));
      if (source.readIntoSync === undefined) return;
      expect(() => source.readIntoSync?.(new Uint8Array(11), 990)).toThrow(
        expect.objectContaining(error),
      );
    });

    test.each([
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [0, 1.5],
      [Number.NaN, 1],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ])("[%d, %d) is no range", async (start, end) => {
      await using source = await open(content);
      await expect(source.read(start, end)).rejects.toThrow(TypeError);
      if (isSyncSource(source)) expect(() => source.readSync(start, end)).toThrow(TypeError);
    });

    test("an aborted signal ends a read before it begins", async () => {
      await using source = await open(content);
      const signal = AbortSignal.abort(new Error("enough"));
      const error = { code: "NTH_ABORTED", name: "AbortError", cause: signal.reason };
      await expect(source.read(0, 10, { signal })).rejects.toMatchObject(error);
      const into = source.readInto?.(new Uint8Array(4), 0, { signal }) ?? fail(error);
      await expect(into).rejects.toMatchObject(error);
      expect(await source.read(0, 10)).toEqual(content.slice(0, 10));
    });

    test("a closed source answers nothing, and closes twice", async () => {
      const source = await open(content);
      await source.close();
      await source.close();
      await source[Symbol.asyncDispose]();
      const error = { code: "NTH_NOT_OPEN", source: source.name };
      await expect(source.read(0, 1)).rejects.toMatchObject(error);
      await expect(source.read(0, 0)).rejects.toMatchObject(error);
      const into = source.readInto?.(new Uint8Array(1), 0) ?? fail(error);
      await expect(into).rejects.toMatchObject(error);
      if (!isSyncSource(source)) return;
      expect(() => source.readSync(0, 1)).toThrow(expect.objectContaining(error));
      if (source.readIntoSync !== undefined) {
        expect(() => source.readIntoSync?.(new Uint8Array(1), 0)).toThrow(
          expect.objectContaining(error),
        );
      }
    });

    test("its synchronous close is a close", async () => {
      const source = await open(content);
      if (!isSyncSource(source)) return void (await source.close());
      source[Symbol.dispose]();
      source.closeSync();
      await source.close();
      expect(() => source.readSync(0, 1)).toThrow(
        expect.objectContaining({ code: "NTH_NOT_OPEN" }),
      );
    });
  });
}

function range(size: number): fc.Arbitrary<[number, number]> {
  return fc
    .tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size }))
    .map(([a, b]) => (a < b ? [a, b] : [b, a]));
}

async function checkInto(source: ByteSource, start: number, expected: Uint8Array): Promise<void> {
  if (source.readInto === undefined) return;
  const buffer = new Uint8Array(expected.length + 2).fill(7);
  await source.readInto(buffer.subarray(1, -1), start);
  expect(buffer).toEqual(Uint8Array.of(7, ...expected, 7));
}

function checkSync(source: SyncByteSource, start: number, expected: Uint8Array): void {
  expect(source.readSync(start, start + expected.length)).toEqual(expected);
  if (source.readIntoSync === undefined) return;
  const buffer = new Uint8Array(expected.length + 2).fill(7);
  source.readIntoSync(buffer.subarray(1, -1), start);
  expect(buffer).toEqual(Uint8Array.of(7, ...expected, 7));
}

/** Stands in for a verb that a source need not have. */
function fail(error: object): Promise<never> {
  return Promise.reject(error);
}
