import { type LiveStore, MemoryStore } from "@nthrec/core";
import { FaultStore } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { TensorBlob, TensorBlobReader, TensorBlobWriter } from "../src/index.ts";
import { firsts, pairs, rows } from "./support/blobs.ts";
import { copyOf, stopEverywhere } from "./support/faulty.ts";

// A writer that has the blob for itself hands tensors to blocks before it commits; readers see them with the commit.

const ahead = { exclusive: true, highWaterMark: 16 } as const;
const place = (store: LiveStore) => ({ store, name: "a" });
const row = (i: number): [number, number] => [i, -i];

function shown(store: LiveStore): unknown[] {
  using blob = TensorBlob.openSync(place(store));
  return firsts(blob.readSync());
}

/** Names of the files in the blob's folder, and those that its state names. */
function files(store: LiveStore): { there: string[]; named: string[] } {
  const there = store.listSync().filter((name) => name.startsWith("a/"));
  const stat = store.openSync("a/.stat");
  const { bds } = JSON.parse(new TextDecoder().decode(stat.readSync(0, stat.size))) as {
    bds: string[];
  };
  return {
    there: there.sort(),
    named: [".conf", ".stat", ...bds].map((name) => `a/${name}`).sort(),
  };
}

function start(count: number): MemoryStore {
  const store = new MemoryStore();
  using blob = TensorBlob.openSync(place(store), "w", pairs);
  blob.writeSync(rows(count));
  return store;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("tensors that are written ahead of a commit", () => {
  test.each([
    ["append", 5],
    ["write", 4],
  ] as const)("are seen by nobody before it, mode %s", async (mode, count) => {
    const store = start(5);
    const writer = await TensorBlobWriter.open(place(store), { mode, ...ahead });
    if (mode === "write") {
      await writer.extend(numbers(4).map(row));
      await writer.commit();
    }
    const before = TensorBlobReader.openSync(place(store));
    for (let i = count; i < count + 6; i++) {
      await writer.append(row(i));
      expect(shown(store)).toEqual(numbers(count));
      before.refreshSync();
      expect(before.length).toBe(count);
    }
    expect(files(store).there.length).toBeGreaterThan(files(store).named.length);
    await writer.commit();
    expect(shown(store)).toEqual(numbers(count + 6));
    before.refreshSync();
    expect(before.length).toBe(count + 6);
    before.closeSync();
    await writer.append(row(count + 6));
    await writer.close();
    expect(shown(store)).toEqual(numbers(count + 7));
    expect(files(store).there).toEqual(files(store).named);
  });

  test("are gone with the writer that is not committed", async () => {
    const store = start(4);
    const writer = await TensorBlobWriter.open(place(store), { mode: "append", ...ahead });
    for (let i = 4; i < 12; i++) await writer.append(row(i));
    await writer.abort();
    expect(shown(store)).toEqual(numbers(4));
    expect(files(store).there).toEqual(files(store).named);
  });

  test("leave the state before or the one after when the writer is stopped", () => {
    const left = new Set<string>();
    stopEverywhere(
      start(4),
      (store) => {
        const writer = TensorBlobWriter.openSync(place(store), { mode: "append", ...ahead });
        writer.extendSync([4, 5, 6, 7, 8].map(row));
        writer.extendSync([9, 10].map(row));
        writer.commitSync();
        writer.closeSync();
      },
      (store, step) => {
        const state = shown(store);
        left.add(String(state.length));
        TensorBlob.sweepSync(place(store));
        expect(files(store).there, step).toEqual(files(store).named);
        using blob = TensorBlob.openSync(place(store), "a");
        blob.writeSync(rows(1, 20));
        blob.flushSync();
        expect(shown(store), step).toEqual([...state, 20]);
      },
    );
    expect([...left].sort()).toEqual(["11", "4"]);
  });

  test("wait for the next try when a commit fails at any step", () => {
    const first = start(4);
    const work = (store: LiveStore): void => {
      const writer = TensorBlobWriter.openSync(place(store), { mode: "append", ...ahead });
      for (let i = 4; i < 9; i++) writer.extendSync([row(i)]);
      commits(writer, store);
      writer.extendSync([row(9)]);
      commits(writer, store);
      writer.closeSync();
    };
    let failures = 0;
    /** Tries until it works; what is published meanwhile is what was. */
    const commits = (writer: TensorBlobWriter, store: LiveStore): void => {
      const before = shown(store);
      for (;;) {
        try {
          writer.commitSync();
          return;
        } catch {
          failures++;
          expect(shown(store)).toEqual(before);
        }
      }
    };
    const whole = new FaultStore(copyOf(first), () => undefined);
    const opened = TensorBlobWriter.openSync(place(whole), { mode: "append", ...ahead });
    for (let i = 4; i < 9; i++) opened.extendSync([row(i)]);
    const from = whole.steps;
    opened.commitSync();
    const to = whole.steps;
    opened.closeSync();
    for (let stop = from + 1; stop <= to; stop++) {
      const store = copyOf(first);
      work(new FaultStore(store, ({ step }) => (step === stop ? 0 : undefined)));
      expect(shown(store), `step ${stop}`).toEqual(numbers(10));
    }
    expect(failures).toBeGreaterThan(2);
  });

  test("are not put over what another program published meanwhile", async () => {
    const store = start(4);
    const writer = await TensorBlobWriter.open(place(store), { mode: "append", ...ahead });
    for (let i = 4; i < 9; i++) await writer.append(row(i));
    const stat = store.editSync("a/.stat");
    const bytes = stat.readSync(0, stat.statSync().size);
    // The original, which takes no lock, cuts its blob.
    stat.writeSync(0, new TextEncoder().encode(new TextDecoder().decode(bytes).replace("4", "3")));
    stat.closeSync();
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await writer.abort();
    expect(shown(store)).toEqual(numbers(3));
    expect(files(store).there).toEqual(files(store).named);
  });
});
