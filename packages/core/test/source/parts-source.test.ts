import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ByteSource, isSyncSource } from "../../src/source/byte-source.ts";
import { InPlaceSource } from "../../src/source/in-place-source.ts";
import { MemorySource } from "../../src/source/memory-source.ts";
import { PartMap } from "../../src/source/part-map.ts";
import type { Part } from "../../src/source/part-slot.ts";
import { PartsSource } from "../../src/source/parts-source.ts";
import { joinParts, SyncPartsSource } from "../../src/source/sync-parts-source.ts";
import { threadTurns } from "../../src/source/turn-watch.ts";
import { asyncOnly, FaultSource, type Faults } from "../support/fault-source.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

/** `bytes` in pieces that end at `cuts`, each made a part by `part`. */
function cutAt(
  bytes: Uint8Array,
  cuts: readonly number[],
  part: (piece: Uint8Array, number: number) => Part,
): Part[] {
  const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
  return ends.map((end, i) => part(bytes.slice(ends[i - 1] ?? 0, end), i));
}

const cuts = [0, 1, 1, 100, 101, 400, 990];
const memory = (piece: Uint8Array) => new MemorySource(piece);

describeSource("parts in memory", { open: async (bytes) => joinParts(cutAt(bytes, cuts, memory)) });
describeSource("one part", { open: async (bytes) => joinParts([new MemorySource(bytes)]) });
describeSource("parts that lack readInto", {
  open: async (bytes) => joinParts(cutAt(bytes, cuts, (piece) => new FaultSource(memory(piece)))),
});
describeSource("asynchronous parts", {
  open: async (bytes) => joinParts(cutAt(bytes, cuts, (piece) => asyncOnly(memory(piece)))),
});
describeSource("parts that are opened when needed", {
  open: async (bytes) =>
    joinParts(
      cutAt(bytes, cuts, (piece) => ({
        size: piece.length,
        open: async () => new MemorySource(piece),
        openSync: () => new MemorySource(piece),
      })),
    ),
});
describeSource("slow asynchronous parts that are opened when needed", {
  runs: 20,
  open: async (bytes) =>
    joinParts(
      cutAt(bytes, cuts, (piece) => ({
        size: piece.length,
        open: async () => asyncOnly(new FaultSource(memory(piece), { delayMs: 1 })),
      })),
    ),
});

describe("the map of the parts", () => {
  test("splits any range at the borders", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.nat(100), fc.nat(100), (all, a, b) => {
        const map = new PartMap(all);
        const owner = all.flatMap((size, number) => Array.from({ length: size }, () => number));
        const [start, end] = [Math.min(a, b, map.size), Math.min(Math.max(a, b), map.size)];
        const covered: number[] = [];
        for (const slice of map.split(start, end)) {
          expect(slice.at).toBe(covered.length);
          expect(slice.end).toBeGreaterThan(slice.start);
          const base = owner.indexOf(slice.number);
          for (let i = slice.start; i < slice.end; i++) covered.push(owner[base + i] as number);
        }
        expect(covered).toEqual(owner.slice(start, end));
        const owners = new Set(covered);
        expect(map.only(start, end)?.number).toBe(owners.size === 1 ? covered[0] : undefined);
      }),
    );
  });

  test("refuses sizes that cannot be", () => {
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => new PartMap([1, size])).toThrow("part 1");
    }
    expect(() => new PartMap([Number.MAX_SAFE_INTEGER, 1])).toThrow(TypeError);
  });
});

describe("parts", () => {
  const faulty = (faults: Faults, size = 10) =>
    new FaultSource(new MemorySource(sampleBytes(size), { name: "a" }), faults);
  const good = () => faulty({});

  test("answer before they return exactly where all of them can", () => {
    const lazy = { size: 1, open: async (): Promise<ByteSource> => memory(new Uint8Array(1)) };
    const lazySync = {
      size: 1,
      open: async () => memory(new Uint8Array(1)),
      openSync: () => memory(new Uint8Array(1)),
    };
    expect(isSyncSource(joinParts([good(), lazySync]))).toBe(true);
    expect(isSyncSource(joinParts([good(), asyncOnly(good())]))).toBe(false);
    expect(isSyncSource(joinParts([good(), lazy]))).toBe(false);
    expect(isSyncSource(new PartsSource([good()]))).toBe(false);
  });

  test("have a name", () => {
    expect(joinParts([good(), good()]).name).toBe("a (2 parts)");
    expect(joinParts([]).name).toBe("nothing (0 parts)");
    expect(joinParts([good()], { name: "blocks" }).name).toBe("blocks");
  });

  test("that lie within one part are passed through, not copied", async () => {
    const one = good();
    const two = good();
    await joinParts([one, two]).read(12, 15);
    expect(one.reads).toEqual([]);
    expect(two.reads).toEqual([[2, 5]]);
  });

  test("fail as the part fails, and the next read tries again", async () => {
    const cause = new Error("no");
    const parts = joinParts([
      good(),
      faulty({
        before: (read) => {
          if (read === 1) throw cause;
        },
      }),
      good(),
    ]);
    await expect(parts.read(5, 25)).rejects.toBe(cause);
    expect(await parts.read(5, 25)).toHaveLength(20);
  });

  test("write nothing into the caller's memory after a failure", async () => {
    const parts = joinParts([
      faulty({
        before: () => {
          throw new Error("no");
        },
      }),
      faulty({ delayMs: 5 }),
    ]);
    const target = new Uint8Array(20);
    await expect(parts.readInto(target, 0)).rejects.toThrow("no");
    const then = target.slice();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(target).toEqual(then);
  });

  test("are read few at a time", async () => {
    let now = 0;
    let most = 0;
    const parts = Array.from({ length: 50 }, () => ({
      size: 1,
      open: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now--;
        return asyncOnly(memory(new Uint8Array(1)));
      },
    }));
    expect(await joinParts(parts).read(0, 50)).toHaveLength(50);
    expect(most).toBe(8);
  });

  test("all close, and every failure is reported", async () => {
    const error = (message: string) => ({
      onClose: () => {
        throw new Error(message);
      },
    });
    const make = () => [faulty(error("x")), good(), faulty(error("y"))];
    for (const close of [
      async (parts: PartsSource | SyncPartsSource) => parts.close(),
      async (parts: PartsSource | SyncPartsSource) => (parts as SyncPartsSource).closeSync(),
    ]) {
      const parts = make();
      const joined = joinParts(parts, { name: "blocks" });
      const failure = await close(joined).catch((reason: unknown) => reason);
      expect(failure).toMatchObject({ code: "NTH_IO_ERROR", source: "blocks" });
      const { errors } = (failure as Error).cause as AggregateError;
      expect(errors.map(String)).toEqual(["Error: x", "Error: y"]);
      expect(parts.map((part) => part.closed)).toEqual([1, 1, 1]);
      await close(joined);
      expect(parts.map((part) => part.closed)).toEqual([1, 1, 1]);
    }
    const single = joinParts([good(), faulty(error("z"))]);
    await expect(single.close()).rejects.toMatchObject({ cause: new Error("z") });
  });

  test("may be read in place unless the part in use or the event loop objects", () => {
    class Reluctant extends MemorySource {
      override mayInline(): boolean {
        return false;
      }
    }
    const parts = new SyncPartsSource([good(), new Reluctant(sampleBytes(10))]);
    expect(parts.mayInline(10)).toBe(true);
    parts.readSync(0, 10);
    expect(parts.mayInline(10)).toBe(true);
    expect(parts.mayInline(65_537)).toBe(false);
    parts.readIntoSync(new Uint8Array(5), 12);
    expect(parts.mayInline(10)).toBe(false);
  });

  test("that prove slow go to the pool", async () => {
    class Slow extends InPlaceSource {
      protected override _copy(start: number, end: number): Uint8Array {
        const until = performance.now() + 1.5;
        while (performance.now() < until);
        return new Uint8Array(end - start);
      }
      protected override _fill(): void {}
    }
    const parts = new SyncPartsSource([new Slow("slow", 10)]);
    // The turn of the event loop is not what is at stake.
    await threadTurns.breathe();
    expect(parts.mayInline(1)).toBe(true);
    parts.readSync(0, 1);
    expect(parts.mayInline(1)).toBe(false);
  });
});

describe("a part that is opened when needed", () => {
  function lazy(sizes: { stated: number; real: number }) {
    const made: FaultSource[] = [];
    const make = () => {
      const source = new FaultSource(memory(sampleBytes(sizes.real)));
      made.push(source);
      return source;
    };
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const part = {
      name: "block",
      size: sizes.stated,
      open: async () => {
        await gate;
        return make();
      },
      openSync: make,
    };
    return { part, made, release };
  }
  const right = { stated: 10, real: 10 };

  test("is opened once for all reads, and closed with the whole", async () => {
    const { part, made, release } = lazy(right);
    const parts = joinParts([part]);
    release();
    await Promise.all([parts.read(0, 5), parts.read(5, 10)]);
    await parts.read(0, 1);
    expect(made).toHaveLength(1);
    await parts.close();
    expect(made[0]?.closed).toBe(1);
  });

  test("that was never needed is never opened", async () => {
    const { part, made } = lazy(right);
    const parts = joinParts([part]);
    await parts.read(3, 3);
    await parts.close();
    expect(made).toEqual([]);
  });

  test("is opened once even when a read in place overtakes", async () => {
    const { part, made, release } = lazy(right);
    const parts = joinParts([part]) as SyncPartsSource;
    const slow = parts.read(0, 5);
    expect(parts.readSync(0, 5)).toEqual(sampleBytes(10).slice(0, 5));
    release();
    expect(await slow).toEqual(sampleBytes(10).slice(0, 5));
    expect(made.map((source) => source.closed)).toEqual([0, 1]);
    await parts.close();
    expect(made.map((source) => source.closed)).toEqual([1, 1]);
  });

  test("with another size than stated has changed, and is closed again", async () => {
    const { part, made, release } = lazy({ stated: 10, real: 9 });
    const parts = joinParts([part]) as SyncPartsSource;
    release();
    const error = { code: "NTH_SOURCE_CHANGED", source: "block" };
    await expect(parts.read(0, 5)).rejects.toMatchObject(error);
    expect(() => parts.readSync(0, 5)).toThrow(expect.objectContaining(error));
    expect(made.map((source) => source.closed)).toEqual([1, 1]);
  });

  test("that cannot be opened is tried again by the next read", async () => {
    let tries = 0;
    const parts = joinParts([
      {
        size: 10,
        open: async () => {
          if (++tries === 1) throw new Error("not yet");
          return memory(sampleBytes(10));
        },
      },
    ]);
    await expect(parts.read(0, 1)).rejects.toThrow("not yet");
    expect(await parts.read(0, 1)).toHaveLength(1);
  });

  test("that is being opened when the whole closes is closed too", async () => {
    for (const close of ["close", "closeSync"] as const) {
      const { part, made, release } = lazy(right);
      const parts = joinParts([part]) as SyncPartsSource;
      const read = parts.read(0, 5);
      const closed = Promise.resolve(parts[close]());
      release();
      await expect(read).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
      await closed;
      expect(made.map((source) => source.closed)).toEqual([1]);
    }
  });

  test("that fails to open while the whole closes does not fail the close", async () => {
    const parts = joinParts([
      {
        size: 10,
        open: async () => {
          throw new Error("no");
        },
      },
    ]);
    const read = parts.read(0, 5);
    await Promise.all([parts.close(), expect(read).rejects.toThrow("no")]);
  });
});
