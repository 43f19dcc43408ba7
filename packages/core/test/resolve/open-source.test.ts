import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entryOf, isNthrecError, MemorySource, MemoryStore, openSource } from "@nthrec/core";
import { expect, onTestFinished, test } from "vitest";

const bytes = Uint8Array.of(1, 2, 3);

test("every kind of data opens as bytes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-core-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "data");
  writeFileSync(path, bytes);
  const store = new MemoryStore({ entries: [["data", bytes]] });
  for (const data of [path, bytes, new Blob([bytes]), { store, name: "data" }]) {
    await using source = await openSource(data);
    expect(new Uint8Array(await source.read(1, 3))).toStrictEqual(Uint8Array.of(2, 3));
  }
});

test("a source that was passed in is answered as it is", async () => {
  const source = new MemorySource(bytes);
  expect(await openSource(source)).toBe(source);
});

test("what is not there and what was given up has its code", async () => {
  const missing = openSource("/no/such/file");
  await expect(missing).rejects.toSatisfy((error) => isNthrecError(error, "NTH_NOT_FOUND"));
  const aborted = openSource(bytes, { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toSatisfy((error) => isNthrecError(error, "NTH_ABORTED"));
});

test("a path names an entry, whose neighbours can be opened; so does a URL", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-core-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "b"), bytes);
  const { store, name } = entryOf(join(folder, "a"));
  expect(name).toBe("a");
  await using beside = await store.open("b");
  expect(beside.size).toBe(3);
  expect(entryOf("https://example.com/x/y?z=1").name).toBe("y");
  const entry = { store: new MemoryStore(), name: "n" };
  expect(entryOf(entry)).toBe(entry);
});
