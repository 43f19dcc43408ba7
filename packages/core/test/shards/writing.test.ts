import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MemoryStore } from "../../src/index.ts";
import { openShards, openShardWriter, shardNames } from "../../src/shards/index.ts";
import { scratchFolder } from "../platform/support/scratch.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";
import { property } from "../support/property.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

const code = (value: string): unknown => expect.objectContaining({ code: value });
const blob = (i: number): Uint8Array => Uint8Array.of(i, i >> 8);

/** The records of each shard, as numbers. */
async function shardsOf(store: MemoryStore, name: string): Promise<number[][]> {
  await using set = await openShards(PlainReader, { store, name });
  const all = [...set].map(([low = 0, high = 0]) => low + 256 * high);
  return set.shards.map(({ start, length }) => all.slice(start, start + length));
}

describe("records go to the shards", () => {
  const sittings = fc.array(fc.nat(12), { minLength: 1, maxLength: 5 });
  const counts = fc.integer({ min: 1, max: 6 });
  const mode = fc.constantFrom("shared", "exclusive");

  test("in turn, in as many sittings as one likes", async () => {
    await fc.assert(
      fc.asyncProperty(sittings, counts, mode, async (sizes, shards, how) => {
        const store = new MemoryStore();
        const name = `s@${shards}`;
        let next = 0;
        for (const size of sizes) {
          const options = { mode: "append", exclusive: how === "exclusive" } as const;
          await using writer = await openShardWriter(PlainWriter, { store, name }, options);
          expect(writer.length).toBe(next);
          const places = await Promise.all(
            Array.from({ length: size }, () => writer.append(blob(next++))),
          );
          for (const [i, { shard, index }] of places.entries()) {
            const number = next - size + i;
            expect([shard, index]).toEqual([number % shards, Math.floor(number / shards)]);
          }
        }
        const found = await shardsOf(store, name);
        const expected = Array.from({ length: shards }, (_, shard) =>
          Array.from({ length: next }, (_, i) => i).filter((i) => i % shards === shard),
        );
        expect(found).toEqual(expected);
      }),
      { ...property, numRuns: Math.min(property.numRuns, 40) },
    );
  });

  test("or fill one after the other, and no more than fit", async () => {
    await fc.assert(
      fc.asyncProperty(sittings, counts, counts, async (sizes, shards, recordsPerShard) => {
        const store = new MemoryStore();
        const name = `s@${shards}`;
        let next = 0;
        for (const size of sizes) {
          const options = { mode: "append", exclusive: true, recordsPerShard } as const;
          await using writer = await openShardWriter(PlainWriter, { store, name }, options);
          for (let i = 0; i < size; i++) {
            if (next === shards * recordsPerShard) {
              await expect(writer.append(blob(0))).rejects.toThrow(code("NTH_OUT_OF_RANGE"));
              expect(() => writer.appendSync(blob(0))).toThrow("s@");
            } else {
              const place = await writer.append(blob(next));
              expect(place.shard * recordsPerShard + place.index).toBe(next++);
            }
          }
        }
        const found = await shardsOf(store, name);
        expect(found.flat()).toEqual(Array.from({ length: next }, (_, i) => i));
        const full = Math.floor(next / recordsPerShard);
        expect(found.slice(0, full).every((shard) => shard.length === recordsPerShard)).toBe(true);
      }),
      { ...property, numRuns: Math.min(property.numRuns, 40) },
    );
  });
});

describe("a set of shards", () => {
  test("is made whole, empty shards too, with its indexes", async () => {
    const folder = scratchFolder();
    const writer = await openShardWriter(PlainWriter, join(folder, "new", "t@3.bin"));
    expect(await writer.extend([blob(0), blob(1)])).toBe(2);
    expect(writer.names).toEqual(shardNames("t@3.bin"));
    await writer.commit();
    expect(writer.closed).toBe(false);
    await writer.close();
    await writer.close();
    expect(writer.closed).toBe(true);
    await using set = await openShards(PlainReader, join(folder, "new"));
    expect(set.shards.map(({ length }) => length)).toEqual([1, 1, 0]);
    expect(existsSync(join(folder, "new", "t-00002-of-00003.bin.idx"))).toBe(true);
    await expect(writer.append(blob(1))).rejects.toThrow(code("NTH_NOT_OPEN"));
  });

  test("at once, too", async () => {
    const store = new MemoryStore();
    const writer = await openShardWriter(PlainWriter, { store, name: "t@2" }, { index: "none" });
    expect(writer.appendSync(blob(0))).toEqual({ shard: 0, index: 0 });
    expect(writer.appendSync(blob(1))).toEqual({ shard: 1, index: 0 });
    writer.commitSync();
    {
      using closing = writer;
      expect(closing.length).toBe(2);
    }
    expect(store.listSync().some((name) => name.endsWith(".idx"))).toBe(false);
    expect(await shardsOf(store, "t@2")).toEqual([[0], [1]]);
  });

  test("that is given up is not there", async () => {
    const store = new MemoryStore();
    const writer = await openShardWriter(PlainWriter, { store, name: "t@2" });
    await writer.append(blob(0));
    await writer.abort();
    expect(store.listSync().filter((name) => name.startsWith("t-"))).toEqual([]);
  });

  test("gives no turn to what cannot be written", async () => {
    const store = new MemoryStore();
    await using writer = await openShardWriter(PlainWriter, { store, name: "t@2" });
    await writer.append(blob(0));
    await expect(writer.append("text" as never)).rejects.toThrow(code("NTH_INVALID_VALUE"));
    expect(() => writer.appendSync(7 as never)).toThrow(code("NTH_INVALID_VALUE"));
    expect((await writer.append(blob(1))).shard).toBe(1);
  });

  test("stops when it is told to", async () => {
    const store = new MemoryStore();
    await using writer = await openShardWriter(PlainWriter, { store, name: "t@2" });
    const control = new AbortController();
    const values = (function* () {
      yield blob(0);
      control.abort();
      yield blob(1);
    })();
    const extending = writer.extend(values, { signal: control.signal });
    await expect(extending).rejects.toThrow(code("NTH_ABORTED"));
    expect(writer.length).toBe(1);
    const opening = openShardWriter(
      PlainWriter,
      { store, name: "t@2" },
      { signal: control.signal },
    );
    await expect(opening).rejects.toThrow(code("NTH_ABORTED"));
  });

  test("needs a count, a number of records, and a place to write to", async () => {
    const store = new MemoryStore();
    for (const name of ["t", "t@*", "t@0"]) {
      const opening = openShardWriter(PlainWriter, { store, name });
      await expect(opening).rejects.toThrow(code("NTH_INVALID_VALUE"));
    }
    for (const recordsPerShard of [0, 1.5]) {
      const opening = openShardWriter(PlainWriter, { store, name: "t@2" }, { recordsPerShard });
      await expect(opening).rejects.toThrow(TypeError);
    }
    const remote = openShardWriter(PlainWriter, "https://example.com/t@2");
    await expect(remote).rejects.toThrow(code("NTH_READONLY"));
  });

  test("that cannot be opened whole leaves no lock behind", async () => {
    const store = new MemoryStore();
    const options = { mode: "append", exclusive: true, lockTimeoutMs: 0 } as const;
    const [, second] = shardNames("t@2") as [string, string];
    const held = await PlainWriter.open({ store, name: second }, options);
    const opening = openShardWriter(PlainWriter, { store, name: "t@2" }, options);
    await expect(opening).rejects.toThrow(code("NTH_LOCKED"));
    await held.close();
    await using writer = await openShardWriter(PlainWriter, { store, name: "t@2" }, options);
    expect(writer.length).toBe(0);
  });
});
