import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DirectoryStore } from "../../src/platform/node/directory-store.ts";
import { isLiveStore, isSyncStore } from "../../src/store/byte-store.ts";
import { mounted, scratchFolder } from "./support/scratch.ts";

async function namesOf(store: DirectoryStore): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list()) names.push(name);
  return names;
}

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

describe("DirectoryStore", () => {
  test("is a live store", () => {
    const store = new DirectoryStore(scratchFolder());
    expect(isSyncStore(store)).toBe(true);
    expect(isLiveStore(store)).toBe(true);
  });

  test("what is created is listed, read, renamed over and removed, by both twins", async () => {
    const store = new DirectoryStore(scratchFolder());
    await using first = await store.create("b");
    await first.write(0, Buffer.from("first"));
    using second = store.createSync("a");
    second.writeSync(0, Buffer.from("second"));
    expect(store.listSync()).toEqual(["a", "b"]);
    expect(await namesOf(store)).toEqual(["a", "b"]);

    await store.rename("a", "b");
    expect(store.listSync()).toEqual(["b"]);
    await using source = await store.open("b", { io: "pool" });
    expect(Buffer.from(await source.read(0, source.size)).toString()).toBe("second");
    using twin = store.openSync("b");
    expect(twin.size).toBe(6);

    store.renameSync("b", "c");
    expect(store.statSync("b")).toBeUndefined();
    const stat = statSync(join(store.name, "c"));
    expect(store.statSync("c")).toEqual({ size: 6, inode: stat.ino, modified: stat.mtimeMs });
    await store.remove("c");
    await store.remove("c");
    store.createSync("d").closeSync();
    store.removeSync("d");
    store.removeSync("d");
    expect(store.listSync()).toEqual([]);
  });

  test("a missing entry is NTH_NOT_FOUND", async () => {
    const store = new DirectoryStore(scratchFolder());
    await expect(store.open("none")).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    expect(() => store.openSync("none")).toThrow(code("NTH_NOT_FOUND"));
    expect(() => store.editSync("none")).toThrow(code("NTH_NOT_FOUND"));
    expect(() => store.editSync("none", { create: false })).toThrow(code("NTH_NOT_FOUND"));
    await expect(store.rename("none", "b")).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    expect(() => store.renameSync("none", "b")).toThrow(code("NTH_NOT_FOUND"));
  });

  test("folders are no entries, links to files are", async () => {
    const store = new DirectoryStore(scratchFolder());
    mkdirSync(join(store.name, "folder"));
    store.createSync("file").closeSync();
    symlinkSync("file", join(store.name, "link"));
    expect(store.listSync()).toEqual(["file", "link"]);
    expect(await namesOf(store)).toEqual(["file", "link"]);
    expect(store.statSync("folder")).toBeUndefined();
    expect(store.statSync("link")).toEqual(store.statSync("file"));
    expect(() => store.createSync("folder")).toThrow(code("NTH_INVALID_VALUE"));
    expect(() => store.openSync("folder")).toThrow(code("NTH_INVALID_VALUE"));
    expect(() => store.removeSync("folder")).toThrow(code("NTH_INVALID_VALUE"));
    await expect(store.remove("folder")).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
  });

  test("missing folders are made with the first entry", async () => {
    const folder = scratchFolder();
    const store = (name: string): DirectoryStore => new DirectoryStore(join(folder, name, "deep"));
    await (await store("one").create("a")).close();
    store("two").createSync("a").closeSync();
    store("three").editSync("a", { create: true }).closeSync();
    expect(readdirSync(folder).sort()).toEqual(["one", "three", "two"]);
    for (const name of ["one", "two", "three"]) expect(store(name).listSync()).toEqual(["a"]);
  });

  test("reading makes no folder", async () => {
    const store = new DirectoryStore(join(scratchFolder(), "none"));
    expect(store.statSync("a")).toBeUndefined();
    await expect(store.open("a")).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    expect(() => store.listSync()).toThrow(code("NTH_NOT_FOUND"));
    await expect(namesOf(store)).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    store.removeSync("a");
    await store.remove("a");
    store.lock("a.lock");
    expect(existsSync(store.name)).toBe(false);
  });

  test("a folder that is a file", async () => {
    const path = join(scratchFolder(), "file");
    writeFileSync(path, "");
    const store = new DirectoryStore(path);
    expect(store.statSync("a")).toBeUndefined();
    await expect(store.create("a")).rejects.toMatchObject({ cause: expect.anything() });
    expect(() => store.createSync("a")).toThrow(/part of its path is not a folder/);
    expect(() => store.listSync()).toThrow(code("NTH_NOT_FOUND"));
    expect(readFileSync(path)).toHaveLength(0);
  });

  test.each(["", ".", "..", "a/b", "../a", "/a", "a\0b"])("%j is no name", async (name) => {
    const store = new DirectoryStore(scratchFolder());
    const refused = code("NTH_INVALID_VALUE");
    await expect(store.open(name)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    await expect(store.create(name)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    await expect(store.rename("a", name)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    await expect(store.remove(name)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    expect(() => store.openSync(name)).toThrow(refused);
    expect(() => store.createSync(name)).toThrow(refused);
    expect(() => store.renameSync(name, "a")).toThrow(refused);
    expect(() => store.removeSync(name)).toThrow(refused);
    expect(() => store.statSync(name)).toThrow(refused);
    expect(() => store.editSync(name)).toThrow(refused);
    expect(() => store.lock(name)).toThrow(refused);
  });

  test("names that only look odd are names", () => {
    const store = new DirectoryStore(scratchFolder());
    const names = ["..a", "a..b", "ä 1", "a\nb", "-"];
    for (const name of names) store.createSync(name).closeSync();
    expect(store.listSync()).toEqual(names.sort());
  });

  test("a name that the file system does not take is coded", () => {
    const store = new DirectoryStore(scratchFolder());
    const name = "x".repeat(300);
    expect(() => store.statSync(name)).toThrow(code("NTH_INVALID_VALUE"));
    expect(() => store.createSync(name)).toThrow(code("NTH_INVALID_VALUE"));
  });

  test("an aborted signal ends a verb before it begins", async () => {
    const store = new DirectoryStore(scratchFolder());
    const signal = AbortSignal.abort();
    const error = { code: "NTH_ABORTED" };
    await expect(store.open("a", { signal })).rejects.toMatchObject(error);
    await expect(store.create("a", { signal })).rejects.toMatchObject(error);
    await expect(store.list({ signal }).next()).rejects.toMatchObject(error);
    expect(store.listSync()).toEqual([]);
  });

  test("an abort ends a listing on its way", async () => {
    const store = new DirectoryStore(scratchFolder());
    for (const name of ["a", "b"]) store.createSync(name).closeSync();
    const controller = new AbortController();
    const names = store.list({ signal: controller.signal });
    expect(await names.next()).toEqual({ value: "a", done: false });
    controller.abort();
    await expect(names.next()).rejects.toMatchObject({ code: "NTH_ABORTED" });
  });

  test("an entry is edited in place", () => {
    const store = new DirectoryStore(scratchFolder());
    using file = store.editSync("a", { create: true });
    file.appendSync(Buffer.from("x"));
    using again = store.editSync("a");
    expect(again.statSync().size).toBe(1);
  });

  test("a lock is a folder of its name beside the data", () => {
    const store = new DirectoryStore(scratchFolder());
    const lock = store.lock("a.lock");
    expect(lock.name).toBe(join(store.name, "a.lock"));
    expect(lock.tryAcquire()).toBe(true);
    expect(store.lock("a.lock").tryAcquire()).toBe(false);
    lock.release();
    expect(store.listSync()).toEqual([]);
  });

  test("names are flushed; a missing folder cannot be", async () => {
    const store = new DirectoryStore(scratchFolder());
    store.createSync("a").closeSync();
    store.flushSync();
    await store.flush();
    const none = new DirectoryStore(join(store.name, "none"));
    expect(() => none.flushSync()).toThrow(code("NTH_NOT_FOUND"));
    await expect(none.flush()).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
  });

  test("Windows has nothing to flush in a folder", async () => {
    const { platform } = process;
    onTestFinished(() => void Object.defineProperty(process, "platform", { value: platform }));
    Object.defineProperty(process, "platform", { value: "win32" });
    const none = new DirectoryStore(join(scratchFolder(), "none"));
    none.flushSync();
    await none.flush();
  });

  test("a read-only folder is NTH_READONLY for whoever would change it", async (context) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "a"), "x");
    if (!mounted(folder, "--bind", folder) || !mounted(folder, "-o", "remount,ro,bind")) {
      return context.skip();
    }
    const store = new DirectoryStore(folder);
    expect(store.listSync()).toEqual(["a"]);
    expect(store.openSync("a")).toMatchObject({ size: 1 });
    const error = { code: "NTH_READONLY" };
    await expect(store.create("b")).rejects.toMatchObject(error);
    await expect(store.rename("a", "b")).rejects.toMatchObject(error);
    await expect(store.remove("a")).rejects.toMatchObject(error);
    expect(() => store.createSync("b")).toThrow(expect.objectContaining(error));
    expect(() => store.renameSync("a", "b")).toThrow(expect.objectContaining(error));
    expect(() => store.removeSync("a")).toThrow(expect.objectContaining(error));
    expect(() => store.editSync("a")).toThrow(expect.objectContaining(error));
    expect(() => store.lock("a.lock").tryAcquire()).toThrow(expect.objectContaining(error));
    const deep = new DirectoryStore(join(folder, "deep"));
    await expect(deep.create("b")).rejects.toMatchObject(error);
    expect(() => deep.createSync("b")).toThrow(expect.objectContaining(error));
  });
});
