import { describe, expect, test } from "vitest";
import { MemorySource, type RecordRun } from "../../src/index.ts";
import { ChunkedReader, ChunkedWriter } from "../support/chunked-format.ts";
import { disk, NAME, openWriter } from "../support/crash.ts";
import { asyncOnly } from "../support/fault-source.ts";

const GROUP = 4;
const COUNT = 30;
const value = (i: number): Uint8Array => Uint8Array.of(i, i, i);
const values = Array.from({ length: COUNT }, (_, i) => value(i));

/** Chunks that are decoded once for all of their records, which are asked for in lists. */
class WholeChunks extends ChunkedReader {
  readonly lists: number[][] = [];
  failing = -1;

  protected override _chunk(index: number): RecordRun {
    const start = index - (index % GROUP);
    return { start, end: Math.min(this.offsets.length, start + GROUP) };
  }

  protected override _getMany(bytes: Uint8Array, indices: readonly number[]): Uint8Array[] {
    this.lists.push([...indices]);
    if (indices.includes(this.failing)) throw new Error("not now");
    return indices.map((index) => super._get(bytes, index));
  }
}

/** One that reads records in its own way. */
class OwnRecords extends WholeChunks {
  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    return Uint8Array.of(...super._get(bytes, index), 99);
  }
}

/** One that does so for lists as well. */
class OwnLists extends OwnRecords {
  protected override _getMany(bytes: Uint8Array, indices: readonly number[]): Uint8Array[] {
    return super._getMany(bytes, indices).map(() => Uint8Array.of(7));
  }
}

function file(): Uint8Array {
  const store = disk();
  const writer = openWriter({ Reader: ChunkedReader, Writer: ChunkedWriter }, store, {});
  writer.extendSync(values);
  writer.closeSync();
  const source = store.openSync(NAME);
  return source.readSync(0, source.size);
}

const bytes = file();
const runs = (indices: readonly number[]): number[][] => {
  const lists: number[][] = [];
  for (const index of indices) {
    const chunk = (i: number | undefined): number => Math.floor((i ?? -1) / GROUP);
    const last = lists.at(-1);
    if (last !== undefined && chunk(last[0]) === chunk(index)) last.push(index);
    else lists.push([index]);
  }
  return lists;
};

describe("a format that decodes whole chunks", () => {
  test("is asked once for each chunk, in order, backwards and with steps", () => {
    const reader = WholeChunks.openSync(bytes, { index: "memory" });
    for (const step of [1, -1, 3, -2, 5]) {
      reader.lists.length = 0;
      const slice = reader.slice(undefined, undefined, step);
      const wanted = [...slice.indices()];
      expect([...slice]).toEqual(wanted.map(value));
      expect(reader.lists).toEqual(runs(wanted));
    }
    reader.closeSync();
  });

  test("and in batches in any order, a record twice too", async () => {
    const wanted = [29, 3, 3, 0, 17, 16, 5, 28, 1];
    const reader = WholeChunks.openSync(bytes, { index: "memory" });
    expect(reader.getManySync(wanted)).toEqual(wanted.map(value));
    expect(reader.lists).toEqual(runs([...wanted].sort((a, b) => a - b)));
    expect(await reader.getMany(wanted)).toEqual(wanted.map(value));
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
    await reader.close();
  });

  test("over data that answer only later", async () => {
    const far = await WholeChunks.open(asyncOnly(new MemorySource(bytes)), {
      index: "memory",
      remoteScan: true,
    });
    const read: Uint8Array[] = [];
    for await (const each of far) read.push(each);
    expect(read).toEqual(values);
    expect(far.lists.length).toBe(Math.ceil(COUNT / GROUP));
    await far.close();
  });

  test("goes on behind a record that failed with its neighbours", () => {
    const reader = WholeChunks.openSync(bytes, { index: "memory" });
    reader.failing = 9;
    const iterator = reader[Symbol.iterator]();
    const read: (number | undefined)[] = [];
    for (let i = 0; i < COUNT; i++) {
      try {
        read.push((iterator.next().value as Uint8Array)[0]);
      } catch (error) {
        expect((error as Error).message).toBe("not now");
        read.push(undefined);
      }
    }
    const lost = values.map((_, i) => (i >= 8 && i < 12 ? undefined : i));
    expect(read).toEqual(lost);
    expect(iterator.next().done).toBe(true);
    reader.closeSync();
  });

  test("is asked for single records where a class has its own way to read them", () => {
    const own = OwnRecords.openSync(bytes, { index: "memory" });
    expect([...own]).toEqual(values.map((each) => Uint8Array.of(...each, 99)));
    expect(own.getManySync([3])).toEqual([own.getSync(3)]);
    expect(own.lists).toEqual([]);
    own.closeSync();
    const lists = OwnLists.openSync(bytes, { index: "memory" });
    expect([...lists][0]).toEqual(Uint8Array.of(7));
    lists.closeSync();
  });
});
