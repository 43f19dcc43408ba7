import { MemoryStore } from "@nthrec/core";
import { beforeAll, describe, expect, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const records = Array.from({ length: 14 }, (_, i) => new Uint8Array(i * 9000).fill(i));

/** A store that lets a writer's write number `step` through only in part, and then nothing any more. */
function dying(store: MemoryStore, step: number): MemoryStore {
  let left = step;
  const held = (file: object): object =>
    new Proxy(file, {
      get(target, key) {
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        if (!/^(write|append|truncate)Sync$/.test(String(key))) return value.bind(target);
        return (...args: unknown[]) => {
          if (left < 0) throw new Error("the writer is dead");
          if (left-- > 0) return value.apply(target, args);
          const bytes = args.at(-1);
          if (bytes instanceof Uint8Array && bytes.length > 1) {
            value.apply(target, [...args.slice(0, -1), bytes.subarray(0, bytes.length >> 1)]);
          }
          throw new Error("the writer dies");
        };
      },
    });
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key === "editSync") return (...args: unknown[]) => held(value.apply(target, args));
      return value.bind(target);
    },
  });
}

describe("a writer that dies while it replaces the footer and the last chunk", () => {
  const name = "file";
  test.each([1, 3, 5])("groups of %i", async (groupSize) => {
    let deaths = 0;
    for (let step = 0; step < 40; step++) {
      const store = new MemoryStore();
      await using writer = await ArrayRecordWriter.open(
        { store, name },
        { mode: "append", groupSize },
      );
      await writer.extend(records.slice(0, 7));
      await writer.close();
      const failed = await ArrayRecordWriter.open({ store: dying(store, step), name } as never, {
        mode: "append",
      })
        .then((second) => second.extend(records.slice(7)))
        .then(
          () => false,
          () => true,
        );
      if (failed) deaths++;
      // Nobody has mended anything yet.
      const reader = await ArrayRecordReader.open({ store, name } as never);
      const count = reader.length;
      expect(count === 7 || count === 14).toBe(true);
      if (!failed) expect(count).toBe(14);
      expect([...reader].map((record) => record.length)).toEqual(
        records.slice(0, count).map((record) => record.length),
      );
      await reader.close();
    }
    expect(deaths).toBeGreaterThan(3);
  });

  // A first group of one record looks like a file of groups of one, but for the options in its footer.
  test.each([1, 2, 5, 7])("a reader goes on with %i records while a writer adds", async (count) => {
    const store = new MemoryStore();
    const options = { mode: "append", groupSize: 5 } as const;
    await using writer = await ArrayRecordWriter.open({ store, name }, options);
    await writer.extend(records.slice(0, count));
    await using reader = await ArrayRecordReader.open({ store, name } as never);
    for (const record of records.slice(count)) await writer.append(record);
    expect([...reader].map((record) => record.length)).toEqual(
      records.slice(0, count).map((record) => record.length),
    );
    await reader.refresh();
    expect(reader.length).toBe(14);
    expect((await reader.get(13)).length).toBe(13 * 9000);
  });

  test("is followed", async () => {
    const store = new MemoryStore();
    const options = { mode: "append", groupSize: 5 } as const;
    await using writer = await ArrayRecordWriter.open({ store, name }, options);
    await writer.extend(records.slice(0, 3));
    await using reader = await ArrayRecordReader.open({ store, name } as never);
    const seen: number[] = [];
    const following = (async () => {
      for await (const record of reader.follow({ from: 1, pollMs: 1 })) {
        seen.push(record.length / 9000);
        if (seen.length === 13) return;
      }
    })();
    for (const record of records.slice(3)) await writer.append(record);
    await following;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });
});
