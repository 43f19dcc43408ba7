import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { entryOf, type LiveStore, MemoryStore, UrlStore } from "../../src/index.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

function directory(): LiveStore {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-folders-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return entryOf(join(folder, "any")).store as LiveStore;
}

const kinds = [
  { kind: "a directory", make: directory },
  { kind: "memory", make: (): LiveStore => new MemoryStore() },
];

describe.each(kinds)("folders in $kind", ({ make }) => {
  test("hold entries of their own", async () => {
    const store = make();
    const folder = store.folder?.("data") as LiveStore;
    await using sink = await folder.create("a");
    await sink.write(0, bytes("one"));
    const file = folder.editSync("b", { create: true });
    file.appendSync(bytes("two"));
    file.closeSync();
    expect(folder.listSync()).toEqual(["a", "b"]);
    const listed: string[] = [];
    for await (const name of folder.list()) listed.push(name);
    expect(listed).toEqual(["a", "b"]);
    using source = folder.openSync("b");
    expect(text(source.readSync(0, 3))).toBe("two");
    await using again = await folder.open("a");
    expect(text(await again.read(0, 3))).toBe("one");
    expect(folder.statSync("b")?.size).toBe(3);
    expect(folder.statSync("c")).toBeUndefined();
    expect(folder.name.endsWith("/data")).toBe(true);
  });

  test("rename, remove and lock as any store does", async () => {
    const folder = make().folder?.("data") as LiveStore;
    folder.createSync("a").closeSync();
    folder.renameSync("a", "b");
    await folder.rename("b", "c");
    expect(folder.listSync()).toEqual(["c"]);
    const lock = folder.lock("c.lock");
    expect(lock.tryAcquire()).toBe(true);
    expect(folder.lock("c.lock").tryAcquire()).toBe(false);
    lock.release();
    folder.removeSync("c");
    await folder.remove("c");
    expect(folder.statSync("c")).toBeUndefined();
  });

  test("have folders in them, which are no entries", () => {
    const outer = make().folder?.("data") as LiveStore;
    const inner = outer.folder?.("deeper") as LiveStore;
    inner.createSync("x").closeSync();
    expect(outer.listSync()).toEqual([]);
    expect(inner.listSync()).toEqual(["x"]);
    inner.removeSync("x");
    outer.removeFolderSync?.("deeper");
    outer.removeFolderSync?.("deeper");
  });

  test("tell who watches", async () => {
    const folder = make().folder?.("data") as LiveStore;
    folder.createSync("x").closeSync();
    await new Promise<void>((resolve) => {
      const end = folder.watch?.("x", () => {
        end?.();
        resolve();
      });
      const file = folder.editSync("x");
      file.appendSync(bytes("more"));
      file.closeSync();
    });
  });
});

test("a folder on disk is removed when it is empty, and only then", () => {
  const store = directory();
  mkdirSync(join(store.name, "full"));
  store.folder?.("full");
  const folder = store.folder?.("full") as LiveStore;
  folder.createSync("x").closeSync();
  expect(() => store.removeFolderSync?.("full")).toThrow(
    expect.objectContaining({ code: "NTH_IO_ERROR" }),
  );
  expect(readFileSync(join(store.name, "full/x")).length).toBe(0);
  folder.removeSync("x");
  store.removeFolderSync?.("full");
  expect(existsSync(join(store.name, "full"))).toBe(false);
});

test("a folder below a URL keeps the query", () => {
  const { store } = UrlStore.entry("https://example.org/data/blob?token=1");
  expect(store.folder("blob").url(".conf").href).toBe(
    "https://example.org/data/blob/.conf?token=1",
  );
});
