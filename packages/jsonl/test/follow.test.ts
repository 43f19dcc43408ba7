import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FollowOptions, MemoryStore, type StoreEntry } from "@nthrec/core";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nthrec-follow-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Follows until `count` records came, or the following ended by itself. */
async function take(
  data: string | StoreEntry,
  count: number,
  options: FollowOptions = {},
): Promise<{ values: unknown[]; error: unknown }> {
  const reader = await JsonlReader.open(data);
  const values: unknown[] = [];
  let error: unknown;
  try {
    for await (const value of reader.follow({ pollMs: 10, ...options })) {
      values.push(value);
      if (values.length === count) break;
    }
  } catch (caught) {
    error = caught;
  }
  await reader.close();
  return { values, error };
}

const soon = (ms = 40): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

describe("follow", () => {
  test("delivers what is there from `from` on and what writers add, each once, across their restarts", async () => {
    const path = join(folder, "a.jsonl");
    const first = await JsonlWriter.open(path, { mode: "append" });
    await first.extend(numbers(0, 5));
    const followed = take(path, 37, { from: 3 });
    for (const i of numbers(5, 20)) await first.append(i);
    await first.close();
    const second = await JsonlWriter.open(path, { mode: "append" });
    for (const i of numbers(20, 30)) await second.append(i);
    await soon();
    await second.extend(numbers(30, 40));
    await second.close();
    expect(await followed).toEqual({ values: numbers(3, 40), error: undefined });
  });

  test("in memory, too, and over many pages of offsets", async () => {
    const entry = { store: new MemoryStore(), name: "a" };
    const writer = await JsonlWriter.open(entry, { mode: "append" });
    await writer.extend(numbers(0, 8191));
    const followed = take(entry, 20_000);
    await soon();
    await writer.extend(numbers(8191, 28_191));
    expect((await followed).values).toEqual(numbers(8191, 28_191));
    await writer.close();
  });

  test("without a seal delivers terminated lines only", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "0\n");
    const followed = take(path, 2);
    await soon();
    appendFileSync(path, "1\n2");
    await soon();
    appendFileSync(path, "3\n");
    expect((await followed).values).toEqual([1, 23]);
  });

  test("says with a code that the file was truncated, or is another one", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "0\n1\n");
    const truncated = take(path, 1);
    await soon();
    truncateSync(path, 2);
    expect((await truncated).error).toMatchObject({ code: "NTH_TRUNCATED", index: 2, offset: 4 });

    writeFileSync(path, "0\n1\n");
    const replaced = take(path, 1);
    await soon();
    writeFileSync(`${path}.other`, "7\n8\n9\n");
    renameSync(`${path}.other`, path);
    expect((await replaced).error).toMatchObject({ code: "NTH_SOURCE_CHANGED", index: 2 });
  });

  test("starts over when it is told to, and waits for a file that was taken away", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "0\n1\n");
    const followed = take(path, 3, { onReplaced: "restart" });
    await soon();
    rmSync(path);
    await soon();
    writeFileSync(path, "7\n8\n9\n");
    expect((await followed).values).toEqual([7, 8, 9]);
  });

  test("ends with the signal, and at once when it has fired already", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "0\n");
    const abort = new AbortController();
    const followed = take(path, 1, { signal: abort.signal, pollMs: 60_000 });
    await soon();
    abort.abort();
    expect((await followed).error).toMatchObject({ name: "AbortError", code: "NTH_ABORTED" });
    expect((await take(path, 1, { signal: abort.signal })).error).toMatchObject({
      code: "NTH_ABORTED",
    });
  });

  test("refuses data that cannot grow, and a beginning that does not exist", async () => {
    const reader = JsonlReader.openSync(new TextEncoder().encode("1\n"));
    await expect(reader.follow().next()).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED" });
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "0\n");
    expect((await take(path, 1, { from: 5 })).error).toMatchObject({ code: "NTH_OUT_OF_RANGE" });
  });
});
