import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MemorySource } from "../../src/index.ts";
import { openShards, openShardsSync, type ShardedReader } from "../../src/shards/index.ts";
import { asyncOnly, FaultSource } from "../support/fault-source.ts";
import { LineReader } from "../support/line-format.ts";
import { property } from "../support/property.ts";
import { lines, numbered, storeOf } from "./line-sets.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

const code = (value: string): unknown => expect.objectContaining({ code: value });
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}.txt`);

/** Shards of given lengths, and their records one after the other. */
function shardsOf(sizes: readonly number[]) {
  const files = Object.fromEntries(sizes.map((size, i) => [`${i}.txt`, numbered(`${i}:`, size)]));
  const store = storeOf(files);
  const list = names(sizes.length).map((name) => ({ store, name }));
  return { store, list, all: Object.values(files).flat() };
}

async function collected<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const each of iterable) list.push(each);
  return list;
}

describe("a set is its shards one after the other", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 7 });
  const bound = fc.option(fc.integer({ min: -90, max: 90 }), { nil: undefined });
  const steps = fc.integer({ min: -9, max: 9 }).filter((step) => step !== 0);

  test("by every verb, at once and with waiting, with any number of open files", async () => {
    const picks = fc.array(fc.nat(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.integer({ min: 1, max: 4 }),
        picks,
        bound,
        bound,
        steps,
        async (sizes, maxOpen, picked, start, end, step) => {
          const { list, all } = shardsOf(sizes);
          await using set = await openShards(LineReader, list, { maxOpen });
          expect(set.length).toBe(all.length);
          expect([...set]).toEqual(all);
          expect(await collected(set)).toEqual(all);
          const view = set.slice(start, end, step);
          const expected = [...new Array(all.length).keys()].map((i) => all[i]);
          const cut = [...view.indices()].map((i) => expected[i]);
          expect([...view]).toEqual(cut);
          expect(await collected(view)).toEqual(cut);
          expect(await view.getMany(cut.keys())).toEqual(cut);
          const inner = view.slice(1, undefined, 2);
          expect([...inner]).toEqual(cut.filter((_, i) => i % 2 === 1));
          for (let i = -all.length - 1; i <= all.length; i++) {
            expect(await set.at(i)).toBe(all.at(i));
            expect(set.atSync(i)).toBe(all.at(i));
          }
          if (all.length === 0) return;
          const indices = picked.map((pick) => pick % all.length);
          const chosen = indices.map((i) => all[i]);
          expect(await set.getMany(indices)).toEqual(chosen);
          expect(set.getManySync(indices)).toEqual(chosen);
          expect(await Promise.all(indices.map((i) => set.get(i)))).toEqual(chosen);
          expect(indices.map((i) => set.getSync(i))).toEqual(chosen);
          for (const index of indices) {
            const { shard, index: local, start: from, end: to } = await set.locate(index);
            expect(set.locateSync(index)).toEqual({ ...set.shardOf(index), start: from, end: to });
            expect(`${shard}:${local}`).toBe(all[index]);
            expect(new TextDecoder().decode(await set.getBytes(index))).toBe(`${all[index]}\n`);
            expect(set.getBytesSync(index).length).toBe(to - from);
          }
          expect(set.openShards).toBeLessThanOrEqual(maxOpen);
        },
      ),
      { ...property, numRuns: Math.min(property.numRuns, 60) },
    );
  });

  test("of parts of files, the parts", async () => {
    const parts = fc.array(fc.record({ size: fc.nat(12), skip: fc.nat(14), take: fc.nat(14) }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(parts, steps, async (shape, step) => {
        const { list, all } = shardsOf(shape.map(({ size }) => size));
        const wanted: string[] = [];
        let before = 0;
        const specs = shape.map(({ size, skip, take }, i) => {
          const from = Math.min(skip, size);
          const count = Math.min(take, size - from);
          wanted.push(...all.slice(before + from, before + from + count));
          before += size;
          return { filename: list[i] as never, skip: from, take: count };
        });
        await using set = await openShards(LineReader, specs, { maxOpen: 2 });
        expect(set.openShards).toBe(0);
        expect([...set]).toEqual(wanted);
        const view = set.slice(undefined, undefined, step);
        expect([...view]).toEqual([...view.indices()].map((i) => wanted[i]));
        expect(await set.getMany(wanted.keys())).toEqual(wanted);
      }),
      { ...property, numRuns: Math.min(property.numRuns, 60) },
    );
  });
});

describe("files are opened when they are wanted", () => {
  /** A set whose lengths are known, and the most readers that were open at once. */
  async function watched(count: number, maxOpen: number) {
    let open = 0;
    let most = 0;
    let opened = 0;
    class Watched extends LineReader {
      static override async open(data: never, options: never): Promise<never> {
        most = Math.max(most, ++open);
        opened++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return (await super.open(data, options)) as never;
      }
      static override openSync(data: never, options: never): never {
        open++;
        return super.openSync(data, options) as never;
      }
      override async close(): Promise<void> {
        await super.close();
        open--;
      }
      override closeSync(): void {
        super.closeSync();
        open--;
      }
    }
    const { list, all } = shardsOf(new Array(count).fill(3));
    const specs = list.map((filename) => ({ filename, examplesInShard: 3 }));
    const set = (await openShards(Watched, specs, { maxOpen })) as unknown as ShardedReader<string>;
    return { set, all, seen: () => ({ open, most, opened }) };
  }

  test("none at first, and never more than allowed, however many ask at once", async () => {
    const { set, all, seen } = await watched(20, 3);
    expect(seen().opened).toBe(0);
    expect(set.length).toBe(60);
    expect(await set.get(59)).toBe("19:2");
    expect(seen().opened).toBe(1);
    expect(await Promise.all(all.map((_, i) => set.get(i)))).toEqual(all);
    expect(await set.getMany([...all.keys()].reverse())).toEqual([...all].reverse());
    const iterators = Array.from({ length: 8 }, () => collected(set));
    for (const list of await Promise.all(iterators)) expect(list).toEqual(all);
    expect(seen().most).toBeLessThanOrEqual(3);
    await set.close();
    expect(seen().open).toBe(0);
  });

  test("iterations that are left standing hold nothing up", async () => {
    const { set, seen } = await watched(6, 2);
    const standing = Array.from({ length: 6 }, (_, shard) => set.slice(shard * 3).values());
    for (const [shard, each] of standing.entries()) {
      expect((await each.next()).value).toBe(`${shard}:0`);
    }
    for (const [shard, each] of standing.entries()) {
      expect((await each.next()).value).toBe(`${shard}:1`);
    }
    expect(seen().most).toBeLessThanOrEqual(2);
    const now = Array.from({ length: 6 }, (_, shard) => set.slice(shard * 3)[Symbol.iterator]());
    for (const part of [0, 1, 2]) {
      for (const [shard, each] of now.entries()) expect(each.next().value).toBe(`${shard}:${part}`);
    }
    await set.close();
    expect(seen().open).toBe(0);
    expect(() => now[0]?.next()).toThrow(code("NTH_NOT_OPEN"));
    await expect(standing[0]?.next()).rejects.toThrow(code("NTH_NOT_OPEN"));
  });

  test("a verb that does not wait goes on beside one that does", async () => {
    const { set, seen } = await watched(4, 1);
    const waiting = set.get(0);
    expect(set.getSync(1)).toBe("0:1");
    const iterator = set[Symbol.iterator]();
    expect([iterator.next().value, iterator.next().value]).toEqual(["0:0", "0:1"]);
    expect(set.getSync(11)).toBe("3:2");
    expect(await waiting).toBe("0:0");
    expect([...iterator]).toHaveLength(10);
    expect(set.openShards).toBe(1);
    await set.close();
    expect(seen().open).toBe(0);
  });

  test("a reader in use stays open, and more may be opened meanwhile", async () => {
    const { set } = await watched(4, 1);
    const answer = await set.use(2, async (reader) => {
      const inner = await set.use(3, async (other) => [await set.get(0), other.getSync(0)]);
      return [...inner, await reader.get(1)];
    });
    expect(answer).toEqual(["0:0", "3:0", "2:1"]);
    expect(set.useSync(1, (reader) => reader.length)).toBe(3);
    await expect(set.use(4, () => 0)).rejects.toThrow("shard 4 does not exist");
    expect(() => set.useSync(-1, () => 0)).toThrow(code("NTH_OUT_OF_RANGE"));
    expect(() => set.useSync(0.5, () => 0)).toThrow(TypeError);
    await set.close();
  });

  test("who stops waiting gives back what it waited for", async () => {
    const { set, all } = await watched(4, 1);
    const control = new AbortController();
    const waits = all.map((_, i) => set.get(i, { signal: control.signal }));
    control.abort();
    const ends = await Promise.allSettled(waits);
    for (const end of ends) expect(end).toMatchObject({ reason: { code: "NTH_ABORTED" } });
    expect(await set.getMany(all.keys())).toEqual(all);
    const iterator = set.values({ signal: AbortSignal.abort() });
    await expect(iterator.next()).rejects.toThrow(code("NTH_ABORTED"));
    await expect(set.at(0, { signal: AbortSignal.abort() })).rejects.toThrow(code("NTH_ABORTED"));
    await expect(set.getMany([0], { signal: AbortSignal.abort() })).rejects.toThrow(
      code("NTH_ABORTED"),
    );
    await set.close();
  });
});

describe("what fails", () => {
  test("numbers, and verbs after close", async () => {
    const { list } = shardsOf([2, 2]);
    const set = await openShards(LineReader, list);
    await expect(set.get(4)).rejects.toThrow("0.txt and 1 more has 4 records");
    expect(() => set.getSync(-1)).toThrow(code("NTH_OUT_OF_RANGE"));
    expect(() => set.shardOf(0.5)).toThrow(TypeError);
    await expect(set.getMany([0, 4])).rejects.toThrow(code("NTH_OUT_OF_RANGE"));
    expect(() => set.getManySync([0, 4])).toThrow(code("NTH_OUT_OF_RANGE"));
    expect(set.closed).toBe(false);
    const view = set.slice();
    const before = set.values();
    set.closeSync();
    set.closeSync();
    await set.close();
    expect(set.closed).toBe(true);
    const verbs = [
      () => set.get(0),
      () => set.at(0),
      () => set.getMany([]),
      () => set.getBytes(0),
      () => set.locate(0),
      () => set.verify(),
      () => set.use(0, () => 0),
      () => view.get(0),
      () => before.next(),
    ];
    for (const verb of verbs) await expect(verb()).rejects.toThrow(code("NTH_NOT_OPEN"));
    const now = [
      () => set.length,
      () => set.getSync(0),
      () => set.getManySync([]),
      () => [...set],
      () => [...view],
      () => set.slice(),
      () => set.values(),
      () => set.verifySync(),
    ];
    for (const verb of now) expect(verb).toThrow(code("NTH_NOT_OPEN"));
  });

  test("a record, by its shard and its number there; an iteration goes on behind it", async () => {
    const store = storeOf({ a: ["0", "1"], b: ["2", "!3", "4"] });
    const list = ["a", "b"].map((name) => ({ store, name }));
    await using set = await openShards(LineReader, list);
    const broken = expect.objectContaining({
      code: "NTH_DECODE_ERROR",
      index: 1,
      source: "memory/b",
    });
    await expect(set.get(3)).rejects.toThrow(broken);
    await expect(set.getMany([0, 3])).rejects.toThrow(broken);
    expect(() => set.getSync(3)).toThrow(broken);
    const waited = set.slice(2).values();
    const now = set.slice(2)[Symbol.iterator]();
    expect([(await waited.next()).value, now.next().value]).toEqual(["2", "2"]);
    await expect(waited.next()).rejects.toThrow(broken);
    expect(() => now.next()).toThrow(broken);
    expect([(await waited.next()).value, now.next().value]).toEqual(["4", "4"]);
    expect([(await waited.next()).done, now.next().done]).toEqual([true, true]);
    const report = await set.verify({ level: "full" });
    expect(report).toMatchObject({ ok: false, shards: 2, records: 5, checked: 5, problemCount: 1 });
    expect(report.problems).toEqual([expect.objectContaining({ shard: 1, name: "b", index: 1 })]);
    expect(set.verifySync({ level: "quick" })).toMatchObject({ ok: true, level: "quick" });
  });

  test("a description that is wrong, when the shard is opened", async () => {
    const store = storeOf({ a: ["0", "1"] });
    const spec = [{ filename: { store, name: "a" }, examplesInShard: 3 }];
    await using set = await openShards(LineReader, spec);
    await expect(set.get(0)).rejects.toThrow(
      'examplesInShard says that a has 3 records, but it has 2: open the set with lengths: "files"',
    );
    expect(() => set.getSync(0)).toThrow(code("NTH_INDEX_STALE"));
    await using sound = await openShards(LineReader, spec, { lengths: "files" });
    expect(sound.length).toBe(2);
  });

  test("a file that shrank meanwhile", async () => {
    const store = storeOf({ a: ["0", "1", "2"], b: ["3"] });
    const list = ["a", "b"].map((name) => ({ store, name }));
    await using set = await openShards(LineReader, list, { maxOpen: 1, index: "memory" });
    store.removeSync("a");
    store.createSync("a").writeSync(0, lines("0"));
    expect(await set.get(3)).toBe("3");
    await expect(set.get(2)).rejects.toThrow(code("NTH_SOURCE_CHANGED"));
  });

  test("several at once: the first, after all have ended", async () => {
    const store = storeOf({ a: ["!0"], b: ["!1"], c: ["2"] });
    await using set = await openShards(LineReader, store);
    await expect(set.getMany([0, 1, 2])).rejects.toThrow(code("NTH_DECODE_ERROR"));
    expect(await set.get(2)).toBe("2");
  });

  test("an iteration whose reads fail ends with that", async () => {
    let broken = false;
    const before = (): void => {
      if (broken) throw new Error("no more");
    };
    const source = new FaultSource(new MemorySource(lines("0", "1")), { before });
    await using set = await openShards(LineReader, [lines("a"), source, lines("b")]);
    const waited = set.values();
    const now = set[Symbol.iterator]();
    expect([(await waited.next()).value, now.next().value]).toEqual(["a", "a"]);
    broken = true;
    await expect(waited.next()).rejects.toThrow();
    expect(() => now.next()).toThrow();
    expect([(await waited.next()).done, now.next().done]).toEqual([true, true]);
  });

  test("a shard that ends too early is no end of the set", async () => {
    class Short extends LineReader {
      override slice(start?: number): ReturnType<LineReader["slice"]> {
        return super.slice(start, 1);
      }
    }
    await using set = await openShards(Short, [lines("a", "b"), lines("c")]);
    await expect(collected(set)).rejects.toThrow("has fewer records than when the set was opened");
    expect(() => [...set]).toThrow(code("NTH_SOURCE_CHANGED"));
  });

  test("an iteration that was left is over", async () => {
    const { list } = shardsOf([2, 2]);
    await using set = await openShards(LineReader, list);
    const waited = set.values();
    for await (const record of waited) {
      expect(record).toBe("0:0");
      break;
    }
    expect(await waited.next()).toEqual({ value: undefined, done: true });
    const now = set[Symbol.iterator]();
    for (const record of now) {
      expect(record).toBe("0:0");
      break;
    }
    expect(now.next()).toEqual({ value: undefined, done: true });
    const standing = set.values();
    const coming = standing.next();
    await standing.return?.();
    await coming;
    expect((await standing.next()).done).toBe(true);
  });

  test("what is no data is said, and nothing stays open", async () => {
    const opening = openShards(LineReader, [lines("b"), {} as never]);
    await expect(opening).rejects.toThrow(TypeError);
    expect(() => openShardsSync(LineReader, [lines("b"), {} as never])).toThrow(TypeError);
  });
});

describe("sources that were passed in", () => {
  test("are closed with the set when it is told to, once", async () => {
    const kept = new FaultSource(new MemorySource(lines("a")));
    await (await openShards(LineReader, [kept])).close();
    expect(kept.closed).toBe(0);
    const owned = new FaultSource(new MemorySource(lines("a", "b")));
    const twice = [
      { filename: owned, take: 1 },
      { filename: owned, skip: 1 },
    ];
    const set = await openShards(LineReader, twice, { closeSource: true, maxOpen: 1 });
    expect(await set.getMany([1, 0])).toEqual(["b", "a"]);
    expect(owned.closed).toBe(0);
    await set.close();
    expect(owned.closed).toBe(1);
    const other = new FaultSource(new MemorySource(lines("c")));
    const now = openShardsSync(LineReader, other, { closeSource: true });
    expect([...now]).toEqual(["c"]);
    now.closeSync();
    expect(other.closed).toBe(1);
  });

  test("that answer only later refuse the verbs that do not wait", async () => {
    const source = asyncOnly(new MemorySource(lines("a")));
    const set = await openShards(LineReader, [source], { closeSource: true });
    expect(() => set.getSync(0)).toThrow(code("NTH_NOT_SUPPORTED"));
    expect(() => set.verifySync()).toThrow(code("NTH_NOT_SUPPORTED"));
    expect(() => set.closeSync()).toThrow(code("NTH_NOT_SUPPORTED"));
    expect(await set.get(0)).toBe("a");
    await set.close();
    {
      await using disposed = await openShards(LineReader, [lines("a")]);
      expect(disposed.name).toContain("2 bytes");
    }
    {
      using disposed = openShardsSync(LineReader, lines("a"));
      expect(disposed.shards).toEqual([{ name: "2 bytes", start: 0, length: 1, skip: 0 }]);
    }
  });
});
