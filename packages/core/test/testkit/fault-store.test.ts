import { expect, test } from "vitest";
import { type LiveStore, MemoryStore } from "../../src/index.ts";
import { FaultStore } from "../../src/testkit/index.ts";

test("changes in a folder are counted with the others, and fail as told", () => {
  const disk = new MemoryStore();
  const seen: string[] = [];
  const store = new FaultStore(disk, ({ step, op, name }) => {
    seen.push(`${step} ${op} ${name}`);
    return name === "a/b/full" ? 0 : undefined;
  });
  store.createSync("file").closeSync();
  const folder = store.folder("a");
  folder.createSync("one").closeSync();
  const inner = folder.folder?.("b") as LiveStore;
  expect(() => inner.createSync("full")).toThrow(/no space left/);
  store.removeSync("file");
  store.removeFolderSync("c");
  expect(seen).toEqual([
    "1 create file",
    "2 create a/one",
    "3 create a/b/full",
    "4 remove file",
    "5 remove c",
  ]);
  expect(store.steps).toBe(5);
  expect(disk.listSync()).toEqual(["a/one"]);
});

test("the locks of a folder are one, however often the folder is asked for", () => {
  const store = new FaultStore(new MemoryStore(), () => undefined);
  const [one, two] = [store.folder("a").lock("lock"), store.folder("a").lock("lock")];
  expect(one.tryAcquire()).toBe(true);
  expect(two.tryAcquire()).toBe(false);
  one.release();
});

test("a store without folders has none here either", () => {
  const disk: LiveStore = Object.create(new MemoryStore(), { folder: { value: undefined } });
  const store = new FaultStore(disk, () => undefined);
  expect(() => store.folder("a")).toThrow(/has no folders/);
});
