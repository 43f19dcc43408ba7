import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { MemoryStore, type StoreEntry, UrlStore } from "../../src/index.ts";
import { ChangeWait } from "../../src/reader/change-wait.ts";
import { blobs } from "../support/blobs.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

/** Longer than any test: whoever waits for it fails. */
const FOREVER = 3_600_000;

/** An entry of a store that says what is watched, and lets a test make changes. */
function watchedEntry() {
  const store = new MemoryStore();
  const watches = new Map<string, () => void>();
  store.watch = (name, changed) => {
    watches.set(name, changed);
    return () => void watches.delete(name);
  };
  const change = (name: string): void => watches.get(name)?.();
  return { entry: { store, name: "data" }, watches, change };
}

/** Whether a promise is settled once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return settled;
}

describe("waiting for a change", () => {
  test("watches the data and their seal, until it ends", () => {
    const { entry, watches } = watchedEntry();
    const wait = new ChangeWait(entry, FOREVER);
    expect([...watches.keys()]).toEqual(["data", "data.seal"]);
    wait.end();
    wait.end();
    expect([...watches.keys()]).toEqual([]);
  });

  test.each(["data", "data.seal"])("ends when %s changes", async (name) => {
    const { entry, change } = watchedEntry();
    const wait = new ChangeWait(entry, FOREVER);
    for (let round = 0; round < 3; round++) {
      const waiting = wait.until(wait.mark(), undefined);
      expect(await isSettled(waiting)).toBe(false);
      change(name);
      await waiting;
    }
  });

  test("ends at once when something changed since the mark", async () => {
    const { entry, change } = watchedEntry();
    const wait = new ChangeWait(entry, FOREVER);
    const mark = wait.mark();
    change("data");
    change("data");
    await wait.until(mark, undefined);
    await wait.until(mark, undefined);
    const waiting = wait.until(wait.mark(), undefined);
    expect(await isSettled(waiting)).toBe(false);
    change("data");
    await waiting;
  });

  test("ends with the signal, before it begins and on its way", async () => {
    const { entry, change } = watchedEntry();
    const wait = new ChangeWait(entry, FOREVER);
    const early = AbortSignal.abort();
    const mark = wait.mark();
    change("data");
    // Even when there is something new.
    await expect(wait.until(mark, early)).rejects.toMatchObject({ code: "NTH_ABORTED" });
    const controller = new AbortController();
    const waiting = wait.until(wait.mark(), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "NTH_ABORTED", name: "AbortError" });
  });

  test("leaves nothing at the signal", async () => {
    const { entry, change } = watchedEntry();
    const wait = new ChangeWait(entry, FOREVER);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const waiting = wait.until(wait.mark(), signal);
    change("data");
    await waiting;
    expect(added.mock.calls.map(([, listener]) => listener)).toEqual(
      removed.mock.calls.map(([, listener]) => listener),
    );
    expect(added).toHaveBeenCalledOnce();
  });
});

describe("without word from the store", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A live store that watches nothing. */
  const mute = new MemoryStore();
  Object.defineProperty(mute, "watch", { value: undefined });
  const remote = new UrlStore("http://localhost/");
  const places: Record<string, StoreEntry | undefined> = {
    "a store that cannot watch": { store: mute, name: "data" },
    "a store that nobody can write to in place": { store: remote, name: "data" },
    "bytes that lie in no store": undefined,
  };

  test.each(Object.entries(places))("%s is looked at after the pause", async (_name, entry) => {
    const wait = new ChangeWait(entry, 100);
    const waiting = wait.until(wait.mark(), undefined);
    await vi.advanceTimersByTimeAsync(99);
    expect(await isSettled(waiting)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    wait.end();
  });

  test("a watch that says nothing is helped by the pause", async () => {
    const { entry } = watchedEntry();
    const waiting = new ChangeWait(entry, 100).until(0, undefined);
    await vi.advanceTimersByTimeAsync(100);
    await waiting;
  });
});

describe("a follower in memory", () => {
  test("hears of a commit, and does not wait for its next look", async () => {
    const place = { store: new MemoryStore(), name: "data" };
    const records = blobs(1, 2, 3, 4);
    await using writer = await PlainWriter.open(place, { mode: "append" });
    await using reader = await PlainReader.open(place);
    const following = reader.follow({ pollMs: FOREVER });
    onTestFinished(() => void following.return());
    for (const record of records) {
      const next = following.next();
      expect(await isSettled(next)).toBe(false);
      await writer.append(record);
      expect(await next).toEqual({ value: record, done: false });
    }
  });

  test("hears of a file that takes the name", async () => {
    const place = { store: new MemoryStore(), name: "data" };
    const [one, two] = blobs(1, 2) as [Uint8Array, Uint8Array];
    const write = async (record: Uint8Array): Promise<void> => {
      await using writer = await PlainWriter.open(place);
      await writer.append(record);
    };
    await write(one);
    await using reader = await PlainReader.open(place);
    const following = reader.follow({ pollMs: FOREVER, onReplaced: "restart" });
    onTestFinished(() => void following.return());
    const next = following.next();
    expect(await isSettled(next)).toBe(false);
    await write(two);
    expect(await next).toEqual({ value: two, done: false });
  });
});
