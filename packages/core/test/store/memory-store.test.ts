import { describe, expect, test } from "vitest";
import { isLiveStore, isSyncStore } from "../../src/store/byte-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { describeSink } from "../support/sink-law.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

const text = (value: string) => new TextEncoder().encode(value);

describeSource("an entry of a memory store", {
  open: (bytes) => new MemoryStore({ entries: [["a", bytes]] }).open("a"),
});

describeSink("an entry of a memory store", {
  open: async () => {
    const store = new MemoryStore();
    const sink = await store.create("a");
    return {
      sink,
      content: async () => store.openSync("a").readSync(0, store.statSync("a")?.size ?? 0),
    };
  },
});

describe("a folder in memory", () => {
  test("is a store of every kind", () => {
    const store = new MemoryStore({ name: "m" });
    expect(isSyncStore(store)).toBe(true);
    expect(isLiveStore(store)).toBe(true);
    expect(store.name).toBe("m");
    expect(new MemoryStore().name).toBe("memory");
  });

  test("begins with entries, which are copied", () => {
    const bytes = text("hello");
    const store = new MemoryStore({ entries: new Map([["a", bytes]]) });
    bytes.fill(0);
    expect(store.openSync("a").readSync(0, 5)).toEqual(text("hello"));
    expect(store.openSync("a").name).toBe("memory/a");
  });

  test("lists the names in order, by both verbs", async () => {
    const store = new MemoryStore();
    for (const name of ["b", "a", "c"]) store.createSync(name).closeSync();
    expect(store.listSync()).toEqual(["a", "b", "c"]);
    const names: string[] = [];
    for await (const name of store.list()) names.push(name);
    expect(names).toEqual(["a", "b", "c"]);
    const listing = store.list({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject({ code: "NTH_ABORTED" });
  });

  test("has no entry that was not made", async () => {
    const store = new MemoryStore();
    const error = { code: "NTH_NOT_FOUND", source: "memory/a" };
    await expect(store.open("a")).rejects.toMatchObject(error);
    await expect(store.rename("a", "b")).rejects.toMatchObject(error);
    expect(() => store.openSync("a")).toThrow(expect.objectContaining(error));
    expect(() => store.editSync("a")).toThrow(expect.objectContaining(error));
    expect(store.statSync("a")).toBeUndefined();
    await store.remove("a");
    await expect(store.create("")).rejects.toThrow(TypeError);
  });

  test("an aborted signal opens and creates nothing", async () => {
    const store = new MemoryStore({ entries: [["a", text("x")]] });
    const signal = AbortSignal.abort();
    await expect(store.open("a", { signal })).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect(store.create("b", { signal })).rejects.toMatchObject({ code: "NTH_ABORTED" });
    expect(store.listSync()).toEqual(["a"]);
  });

  test("a source is as long as when it was opened, with the bytes of now", () => {
    const store = new MemoryStore({ entries: [["a", text("hello")]] });
    const source = store.openSync("a");
    const live = store.editSync("a");
    live.appendSync(text(" world"));
    live.writeSync(0, text("J"));
    expect(source.size).toBe(5);
    expect(source.readSync(0, 5)).toEqual(text("Jello"));
    expect(() => source.readSync(0, 6)).toThrow(
      expect.objectContaining({ code: "NTH_SHORT_READ" }),
    );
    expect(store.openSync("a").size).toBe(11);
    live.truncateSync(3);
    expect(source.readSync(0, 3)).toEqual(text("Jel"));
    expect(() => source.readSync(0, 5)).toThrow(
      expect.objectContaining({ code: "NTH_SHORT_READ", offset: 0, source: "memory/a" }),
    );
  });

  test("who has an entry open keeps it when the name goes to another", async () => {
    const store = new MemoryStore({
      entries: [
        ["a", text("old")],
        ["b", text("new")],
      ],
    });
    const source = store.openSync("a");
    const old = store.statSync("a")?.inode;
    await store.rename("b", "a");
    expect(store.listSync()).toEqual(["a"]);
    expect(source.readSync(0, 3)).toEqual(text("old"));
    expect(store.openSync("a").readSync(0, 3)).toEqual(text("new"));
    expect(store.statSync("a")?.inode).not.toBe(old);
    store.renameSync("a", "a");
    expect(store.listSync()).toEqual(["a"]);
    const last = store.openSync("a");
    store.removeSync("a");
    expect(last.readSync(0, 3)).toEqual(text("new"));
    expect(store.listSync()).toEqual([]);
  });

  test("creating empties the entry, and keeps its inode", () => {
    const store = new MemoryStore({ entries: [["a", text("old")]] });
    const before = store.statSync("a");
    store.createSync("a").writeSync(0, text("x"));
    expect(store.statSync("a")).toMatchObject({ size: 1, inode: before?.inode });
  });

  test("every change of content shows in the time of the last one", () => {
    let time = 1;
    const store = new MemoryStore({ now: () => time });
    const live = store.editSync("a", { create: true });
    const modified = () => store.statSync("a")?.modified;
    expect(modified()).toBe(1);
    time = 2;
    live.writeSync(0, text("x"));
    expect(modified()).toBe(2);
    time = 3;
    live.appendSync(text("x"));
    expect(modified()).toBe(3);
    time = 4;
    live.truncateSync(0);
    expect(modified()).toBe(4);
    time = 5;
    live.flushSync();
    store.openSync("a");
    store.renameSync("a", "b");
    expect(store.statSync("b")?.modified).toBe(4);
    const real = new MemoryStore({ entries: [["a", text("x")]] }).statSync("a")?.modified;
    expect(real).toBeGreaterThan(Date.UTC(2020));
  });

  test("an entry may not outgrow its limit", () => {
    const store = new MemoryStore({ maxBytes: 10 });
    const live = store.editSync("a", { create: true });
    live.appendSync(new Uint8Array(10));
    expect(() => live.appendSync(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR", source: "memory/a" }),
    );
    expect(live.statSync().size).toBe(10);
  });
});

describe("a live file in memory", () => {
  test("is created only when asked, and then found", () => {
    const store = new MemoryStore();
    store.editSync("a", { create: true }).appendSync(text("x"));
    store.editSync("a", { create: true }).appendSync(text("y"));
    expect(store.editSync("a").readSync(0, 2)).toEqual(text("xy"));
  });

  test("reads what is there, as copies, and no more", () => {
    const store = new MemoryStore({ entries: [["a", sampleBytes(10)]] });
    const live = store.editSync("a");
    live.readSync(0, 10).fill(0);
    expect(live.readSync(2, 5)).toEqual(sampleBytes(10).slice(2, 5));
    expect(() => live.readSync(5, 11)).toThrow(
      expect.objectContaining({ code: "NTH_SHORT_READ", offset: 5 }),
    );
    expect(() => live.readSync(5, 4)).toThrow(TypeError);
  });

  test("appends at the end of the moment", () => {
    const store = new MemoryStore();
    const one = store.editSync("a", { create: true });
    const two = store.editSync("a");
    one.appendSync(text("a"));
    two.appendSync(text("b"));
    one.appendSync(text("c"));
    expect(two.readSync(0, 3)).toEqual(text("abc"));
  });

  test("is flushed, and closed", async () => {
    const live = new MemoryStore().editSync("a", { create: true });
    await live.flush();
    live.flushSync();
    live[Symbol.dispose]();
    live.closeSync();
    const closed = expect.objectContaining({ code: "NTH_NOT_OPEN" });
    expect(() => live.statSync()).toThrow(closed);
    expect(() => live.readSync(0, 0)).toThrow(closed);
    expect(() => live.appendSync(new Uint8Array(1))).toThrow(closed);
    await expect(live.flush()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });
});

describe("a lock in memory", () => {
  test("has one holder among all who know its name", () => {
    const store = new MemoryStore();
    const one = store.lock("a.lock");
    const two = store.lock("a.lock");
    const other = store.lock("b.lock");
    expect(one.name).toBe("memory/a.lock");
    expect(one.heldByThisThread).toBe(false);
    expect(one.tryAcquire()).toBe(true);
    expect(two.tryAcquire()).toBe(false);
    expect(one.tryAcquire()).toBe(false);
    expect(other.tryAcquire()).toBe(true);
    expect(two.heldByThisThread).toBe(true);
    two.release();
    expect(one.heldByThisThread).toBe(true);
    one.release();
    one.release();
    expect(one.heldByThisThread).toBe(false);
    expect(two.tryAcquire()).toBe(true);
    one.release();
    expect(two.heldByThisThread).toBe(true);
  });

  test("writes nothing into the store", () => {
    const store = new MemoryStore();
    store.lock("a").tryAcquire();
    expect(store.listSync()).toEqual([]);
  });
});

describe("a watch of an entry in memory", () => {
  /** A store with a watch of `a`, and how often it was called so far. */
  function watched(entries: readonly (readonly [string, Uint8Array])[] = []) {
    const store = new MemoryStore({ entries });
    const seen = { calls: 0 };
    const end = store.watch("a", () => seen.calls++);
    return { store, seen, end };
  }

  /** Lets everything run that is due at the end of this turn. */
  const settled = (): Promise<void> => Promise.resolve();

  test("reports every way in which the entry, or what has its name, changes", async () => {
    const { store, seen } = watched();
    const expectCall = async (change: () => unknown): Promise<void> => {
      const before = seen.calls;
      change();
      expect(seen.calls, "a call in the middle of a change").toBe(before);
      await settled();
      expect(seen.calls, String(change)).toBe(before + 1);
    };
    await expectCall(() => store.createSync("a"));
    await expectCall(() => store.createSync("a").writeSync(0, text("x")));
    const live = store.editSync("a");
    await expectCall(() => live.appendSync(text("y")));
    await expectCall(() => live.writeSync(0, text("z")));
    await expectCall(() => live.truncateSync(1));
    await expectCall(() => store.renameSync("a", "b"));
    await expectCall(() => store.renameSync("b", "a"));
    await expectCall(() => store.removeSync("a"));
    await expectCall(() => store.editSync("a", { create: true }));
  });

  test("says nothing when nothing happened to it", async () => {
    const { store, seen } = watched([
      ["a", text("1")],
      ["b", text("2")],
    ]);
    await settled();
    store.editSync("b").appendSync(text("x"));
    store.removeSync("c");
    store.openSync("a").readSync(0, 1);
    store.editSync("a").flushSync();
    await settled();
    expect(seen.calls).toBe(0);
    // Its name went to another; who has the old one open writes where nobody looks.
    const old = store.editSync("a");
    store.renameSync("b", "a");
    await settled();
    expect(seen.calls).toBe(1);
    old.appendSync(text("x"));
    await settled();
    expect(seen.calls).toBe(1);
    store.editSync("a").appendSync(text("x"));
    await settled();
    expect(seen.calls).toBe(2);
  });

  test("takes what happens in one turn as one change", async () => {
    const { store, seen } = watched([["a", text("1")]]);
    const live = store.editSync("a");
    for (let i = 0; i < 10; i++) live.appendSync(text("x"));
    store.renameSync("a", "a");
    await settled();
    expect(seen.calls).toBe(1);
    live.appendSync(text("x"));
    await settled();
    expect(seen.calls).toBe(2);
  });

  test("is silent once it has ended, even about what is due; others go on", async () => {
    const { store, seen, end } = watched([["a", text("1")]]);
    let others = 0;
    const endOther = store.watch("a", () => others++);
    store.editSync("a").appendSync(text("x"));
    end();
    end();
    await settled();
    expect([seen.calls, others]).toEqual([0, 1]);
    endOther();
    // The last one has gone; a new one begins anew.
    const endNew = store.watch("a", () => others++);
    end();
    endOther();
    store.editSync("a").appendSync(text("x"));
    await settled();
    expect([seen.calls, others]).toEqual([0, 2]);
    endNew();
  });
});
