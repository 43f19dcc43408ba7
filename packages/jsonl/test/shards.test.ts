import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cursor } from "@nthrec/core/order";
import { openShards, openShardsSync, shardNames } from "@nthrec/core/shards";
import { describe, expect, expectTypeOf, test } from "vitest";
import { JsonlReader, JsonlWriter, TextReader } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

interface Row {
  readonly id: number;
}

/** Writes `count` rows to the shards of a set, dealt out in turn; answers the pattern. */
async function written(count: number, shards: number): Promise<string> {
  const pattern = join(tempFolder(), `rows@${shards}.jsonl`);
  const writers = await Promise.all(
    shardNames(pattern).map((path) => JsonlWriter.open(path, { mode: "append" })),
  );
  for (let id = 0; id < count; id++) await writers[id % shards]?.append({ id });
  for (const writer of writers) await writer.close();
  return pattern;
}

describe("shards of JSON lines", () => {
  test("that our writers wrote are one reader, without their sidecars", async () => {
    const pattern = await written(10, 4);
    const ids = [0, 4, 8, 1, 5, 9, 2, 6, 3, 7];
    await using set = await openShards<JsonlReader<Row>>(JsonlReader, pattern);
    expectTypeOf(await set.get(0)).toEqualTypeOf<Row>();
    expect((await set.getMany(ids.keys())).map(({ id }) => id)).toEqual(ids);
    using folder = openShardsSync(JsonlReader, join(pattern, ".."), { blankLines: "skip" });
    expectTypeOf(folder.getSync(0)).toEqualTypeOf<unknown>();
    expect([...folder]).toEqual(ids.map((id) => ({ id })));
    await using text = await openShards(TextReader, pattern, { index: "memory" });
    expectTypeOf(text.getSync(0)).toEqualTypeOf<string>();
    expect(text.getSync(3)).toBe('{"id":1}');
    expect(await set.use(1, (reader) => reader.length)).toBe(3);
  });

  test("are shuffled and shared among workers whose number changes, each row once", async () => {
    const pattern = await written(37, 5);
    await using set = await openShards<JsonlReader<Row>>(JsonlReader, pattern, { maxOpen: 2 });
    const seen: number[] = [];
    let state = { epoch: 0, position: 0 };
    for (const workers of [3, 5, 2, 4]) {
      const cursors = Array.from(
        { length: workers },
        (_, worker) =>
          new Cursor({ length: set.length, seed: 3, epochs: 1, worker, workers, state }),
      );
      for (const cursor of cursors) {
        seen.push(...(await set.getMany(cursor.take(3))).map(({ id }) => id));
      }
      state = JSON.parse(JSON.stringify(cursors[0]));
    }
    expect(state).toEqual({ epoch: 1, position: 0 });
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 37 }, (_, i) => i));
  });

  test("a damaged line is named by its shard and its number there", async () => {
    const pattern = await written(6, 2);
    const [, second] = shardNames(pattern) as [string, string];
    const text = readFileSync(second, "utf8").replace('{"id":3}', '{"id":3');
    writeFileSync(second, text);
    await using set = await openShards(JsonlReader, pattern);
    await expect(set.get(4)).rejects.toMatchObject({
      code: "NTH_DECODE_ERROR",
      source: second,
      index: 1,
    });
    const report = await set.verify({ level: "full" });
    expect(report.problems.map(({ shard, index }) => [shard, index])).toContainEqual([1, 1]);
  });
});
