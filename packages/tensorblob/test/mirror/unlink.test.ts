import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { MemoryStore, UrlStore } from "@nthrec/core";
import { expect, test } from "vitest";
import { TensorBlob, TensorBlobWriter } from "../../src/index.ts";
import { blobOf, codeOf, contents } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const unlink = TensorBlob.unlinkSync;
const path = (): string => join(tempFolder(), "a.blob");

test.each([
  ["unlink_existing_blob", 2],
  ["unlink_multi_block_blob", 20],
  ["unlink_empty_blob", 0],
])("%s", async (_, count) => {
  const made = blobOf(path(), count);
  expect(await TensorBlob.unlink(made)).toBe(true);
  expect(existsSync(made)).toBe(false);
});

test("unlink_nonexistent_blob", async () => {
  const made = path();
  expect(unlink(made)).toBe(true);
  expect(await TensorBlob.unlink(join(made, "deeper"))).toBe(true);
  expect(existsSync(made)).toBe(false);
});

test("unlink_with_tilde_path (differs: a tilde is a letter)", () => {
  expect(unlink("~nobody/such.blob")).toBe(true);
});

test("unlink_with_relative_path", () => {
  const made = blobOf(path(), 2);
  unlink(relative(process.cwd(), made));
  expect(existsSync(made)).toBe(false);
});

test("unlink_after_read", () => {
  const made = blobOf(path(), 2);
  contents(made);
  expect(unlink(made)).toBe(true);
});

test("unlink_multiple_times", () => {
  const made = blobOf(path(), 2);
  expect([unlink(made), unlink(made)]).toEqual([true, true]);
});

test.each([
  ["unlink_with_corrupted_status", ".stat"],
  ["a corrupted configuration", ".conf"],
])("%s", (_, name) => {
  const made = blobOf(path(), 5);
  writeFileSync(join(made, name), "{");
  expect(unlink(made)).toBe(true);
  expect(existsSync(made)).toBe(false);
});

test("unlink_with_missing_config (differs: nothing of the blob stays)", () => {
  const made = blobOf(path(), 5);
  rmSync(join(made, ".conf"));
  expect(unlink(made)).toBe(true);
  expect(existsSync(made)).toBe(false);
});

test("unlink_does_not_affect_other_blobs", () => {
  const made = blobOf(path(), 2);
  const other = blobOf(`${made}.other`, 3);
  unlink(made);
  expect(contents(other)).toEqual([0, 1, 2]);
});

test("unlink_with_pathlib_path (here a URL)", () => {
  const made = blobOf(path(), 2);
  unlink(pathToFileURL(made));
  expect(existsSync(made)).toBe(false);
});

test("unlink_with_string_path", () => {
  const made = blobOf(path(), 2);
  unlink(`${made}/`);
  expect(existsSync(made)).toBe(false);
});

test("unlink_returns_false_on_permission_error (differs: what cannot be removed is an error, and nothing is)", async () => {
  const made = blobOf(path(), 5);
  writeFileSync(join(made, "notes.txt"), "mine");
  const files = readdirSync(made);
  await expect(TensorBlob.unlink(made)).rejects.toThrow(/notes\.txt/);
  expect(readdirSync(made)).toEqual(files);
  expect(contents(made)).toHaveLength(5);
  const remote = { store: new UrlStore("http://localhost/"), name: "a.blob" };
  expect(codeOf(() => unlink(remote))).toBe("NTH_READONLY");
});

test("unlink_recreate_blob", () => {
  const made = blobOf(path(), 5);
  unlink(made);
  expect(contents(blobOf(made, 2))).toEqual([0, 1]);
});

test("what belongs to a blob and lies beside it goes too", async () => {
  const made = path();
  const options = { mode: "append", dtype: "int8", shape: [] } as const;
  await using writer = await TensorBlobWriter.open(made, options);
  await writer.append(1);
  await writer.close();
  unlink(made);
  const left = readdirSync(join(made, "..")).filter((name) => !name.includes(".lock"));
  expect(left).toEqual([]);
});

test("in memory", async () => {
  const store = new MemoryStore();
  const place = { store, name: "a" };
  await using blob = await TensorBlob.open(place, "w", { dtype: "int8", shape: [] });
  await blob.write([1, 2, 3]);
  await blob.close();
  mkdirSync(path());
  expect(store.listSync().some((name) => name.startsWith("a/"))).toBe(true);
  await TensorBlob.unlink(place);
  expect(store.listSync().filter((name) => name.startsWith("a/"))).toEqual([]);
});
