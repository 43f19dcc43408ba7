import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { TensorBlob, TensorBlobWriter } from "../../src/index.ts";
import { blobOf, codeOf, contents, firsts, pairs, rows } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

// The original's tests of opening, by class and name; where we differ by design the name says so.

const open = TensorBlob.openSync;
const path = (): string => join(tempFolder(), "a.blob");
const conf = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, ".conf"), "utf8")) as Record<string, unknown>;

describe("ModeValidation", () => {
  test.each([
    ["valid_read_mode", "r", "r"],
    ["valid_append_mode", "a", "a"],
    ["valid_read_plus_mode", "+r", "r+"],
    ["valid_append_plus_mode", "a+", "a+"],
  ])("%s", (_, given, mode) => {
    using blob = open(blobOf(path(), 1), given);
    expect(blob.mode).toBe(mode);
  });
  test.each([
    ["valid_write_mode", "w", "w"],
    ["valid_write_plus_mode", "+w", "w+"],
  ])("%s", (_, given, mode) => {
    using blob = open(path(), given, pairs);
    expect(blob.mode).toBe(mode);
  });
  test.each([
    ["invalid_mode_unknown_char", "x"],
    ["invalid_mode_no_base_mode", "+"],
    ["invalid_mode_multiple_base_modes", "rw"],
    ["invalid_mode_multiple_plus", "r++"],
    ["invalid_mode_duplicate_chars", "rr"],
    ["invalid_mode_binary_text", "rb"],
  ])("%s", (_, mode) => {
    expect(() => open(path(), mode, pairs)).toThrow(TypeError);
  });
});

describe("FileExistence", () => {
  test.each([
    ["read_mode_requires_existing_blob", "r"],
    ["read_plus_mode_requires_existing_blob", "r+"],
    ["append_mode_requires_existing_blob", "a"],
    ["append_plus_mode_requires_existing_blob", "a+"],
  ])("%s", async (_, mode) => {
    const missing = path();
    expect(codeOf(() => open(missing, mode, pairs))).toBe("NTH_NOT_FOUND");
    await expect(TensorBlob.open(missing, mode, pairs)).rejects.toThrow(/a\.blob/);
    expect(existsSync(missing)).toBe(false);
  });
  test.each([
    ["write_mode_creates_new_blob", "w"],
    ["write_plus_mode_creates_new_blob", "w+"],
  ])("%s", (_, mode) => {
    const made = path();
    open(made, mode, pairs).closeSync();
    expect(readdirSync(made).sort()).toEqual([".conf", ".stat"]);
    expect(contents(made)).toEqual([]);
  });
  test("write_mode_opens_existing_blob", () => {
    const made = blobOf(path(), 4);
    using blob = open(made, "w");
    expect(blob.shape).toEqual([2]);
    blob.writeSync(rows(1, 9));
    blob.flushSync();
    expect(contents(made)).toEqual([9]);
  });
});

describe("DtypeValidation", () => {
  test("dtype_string_valid", () => {
    using blob = open(path(), "w", { ...pairs, dtype: "double" });
    expect(blob.dtype).toBe("float64");
  });
  test("dtype_torch_dtype_valid (differs: there is no torch here, a type is its name)", () => {
    expect(codeOf(() => open(path(), "w", { ...pairs, dtype: "torch.float32" }))).toBe(
      "NTH_NOT_SUPPORTED",
    );
  });
  test.each([
    ["dtype_missing_for_new_blob", { shape: [2] }],
    ["dtype_none_for_new_blob", { shape: [2], dtype: undefined }],
  ])("%s", (_, options) => {
    expect(codeOf(() => open(path(), "w", options))).toBe("NTH_INVALID_VALUE");
  });
  test("dtype_invalid_type", () => {
    expect(codeOf(() => open(path(), "w", { ...pairs, dtype: 7 as never }))).toBe(
      "NTH_NOT_SUPPORTED",
    );
  });
  test("dtype_not_required_for_existing_blob", () => {
    using blob = open(blobOf(path(), 1), "r+");
    expect(blob.dtype).toBe("float32");
  });
});

describe("ShapeValidation", () => {
  test("shape_tuple_valid", () => {
    using blob = open(path(), "w", { dtype: "int8", shape: [2, 3, 4] });
    expect(blob.shape).toEqual([2, 3, 4]);
  });
  test("shape_int_converted_to_tuple", () => {
    using blob = open(path(), "w", { dtype: "int8", shape: 5 });
    expect(blob.shape).toEqual([5]);
  });
  test.each([
    ["shape_missing_for_new_blob", { dtype: "int8" }],
    ["shape_none_for_new_blob", { dtype: "int8", shape: undefined }],
    ["a shape that no tensor has", { dtype: "int8", shape: [2, -1] }],
    ["a shape too large to count", { dtype: "int8", shape: [2 ** 30, 2 ** 30] }],
    ["a shape without elements", { dtype: "int8", shape: [0] }],
  ])("%s", (_, options) => {
    expect(codeOf(() => open(path(), "w", options))).toBe("NTH_INVALID_VALUE");
  });
  test("shape_not_required_for_existing_blob", () => {
    using blob = open(blobOf(path(), 1), "a");
    expect(blob.shape).toEqual([2]);
  });
});

describe("BlockSize", () => {
  test("default_block_size", () => {
    const made = path();
    open(made, "w", { dtype: "int8", shape: 1 }).closeSync();
    expect(conf(made)["block_size"]).toBe(8192);
  });
  test("custom_block_size", () => {
    expect(conf(blobOf(path(), 1))["block_size"]).toBe(3);
  });
  test("block_size_preserved_on_reopen", () => {
    const made = blobOf(path(), 1);
    open(made, "a", { blockSize: 7 }).closeSync();
    open(made, "w").closeSync();
    expect(conf(made)["block_size"]).toBe(3);
  });
});

describe("Truncation", () => {
  test.each([
    ["write_mode_truncates_existing_data", "w"],
    ["write_plus_mode_truncates_existing_data", "w+"],
  ])("%s", (_, mode) => {
    const made = blobOf(path(), 7);
    open(made, mode).closeSync();
    expect(contents(made)).toEqual([]);
    expect(readdirSync(made).sort()).toEqual([".conf", ".stat"]);
  });
  test("nothing is gone until the first flush", async () => {
    const made = blobOf(path(), 7);
    await using blob = await TensorBlob.open(made, "w");
    await blob.write(rows(1));
    expect(contents(made)).toHaveLength(7);
    await blob.flush();
    expect(contents(made)).toHaveLength(1);
  });
  test("a type, shape and block size that are given count (differs: the original ignores them)", () => {
    const made = blobOf(path(), 7);
    using blob = open(made, "w+", { dtype: "int16", shape: [3], blockSize: 2 });
    blob.writeSync([1, 2, 3, 4, 5, 6]);
    expect(blob.getSync(1).values()).toEqual([4, 5, 6]);
    expect(conf(made)).toMatchObject({ dtype: "int16", shape: [3], block_size: 2 });
  });
  test("a writer that gives up leaves the blob that was there, and no folder where none was", async () => {
    const made = blobOf(path(), 4);
    const files = readdirSync(made);
    const writer = await TensorBlobWriter.open(made, { mode: "write" });
    await writer.append([1, 2]);
    await writer.abort();
    expect(readdirSync(made)).toEqual(files);
    const fresh = await TensorBlobWriter.open(`${made}2`, pairs);
    await fresh.abort();
    expect(existsSync(`${made}2`)).toBe(false);
  });
});

test.each([
  ["AppendModePosition append_mode_starts_at_end", "a", 4],
  ["AppendModePosition append_plus_mode_starts_at_end", "a+", 4],
  ["ReadModePosition read_mode_starts_at_beginning", "r", 0],
  ["ReadModePosition read_plus_mode_starts_at_beginning", "r+", 0],
  ["WriteModePosition write_mode_starts_at_beginning", "w", 0],
  ["WriteModePosition write_plus_mode_starts_at_beginning", "w+", 0],
])("%s", (_, mode, place) => {
  using blob = open(blobOf(path(), 4), mode);
  expect(blob.tell()).toBe(place);
});

describe("ConfigPersistence", () => {
  test("dtype_persisted", () => {
    const made = path();
    open(made, "w", { ...pairs, dtype: "half" }).closeSync();
    expect(conf(made)["dtype"]).toBe("half");
    using blob = open(made);
    expect(blob.dtype).toBe("float16");
  });
  test("shape_persisted", () => {
    expect(conf(blobOf(path(), 0))["shape"]).toEqual([2]);
  });
  test("data_persisted", () => {
    expect(contents(blobOf(path(), 5))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("PathHandling", () => {
  test("path_object", async () => {
    const made = blobOf(path(), 2);
    await using blob = await TensorBlob.open(pathToFileURL(`${made}/`), "a");
    expect(blob.length).toBe(2);
  });
  test("string_path", () => {
    expect(contents(`${blobOf(path(), 2)}/`)).toEqual([0, 1]);
  });
  test("expanduser_in_path (differs: a tilde is a letter, which shells expand)", () => {
    const folder = tempFolder();
    blobOf(join(folder, "~"), 1);
    expect(readdirSync(folder)).toContain("~");
    expect(contents(join(folder, "~"))).toEqual([0]);
  });
  test("relative_path_resolved", () => {
    const made = blobOf(path(), 2);
    expect(contents(relative(process.cwd(), made))).toEqual([0, 1]);
  });
});

describe("EdgeCases", () => {
  test("empty_mode_string", () => {
    expect(() => open(path(), "", pairs)).toThrow(TypeError);
  });
  test.each([
    ["zero_block_size (differs: the original fails at the first write)", 0],
    ["negative_block_size", -1],
    ["half a block", 1.5],
  ])("%s", (_, blockSize) => {
    const made = path();
    expect(codeOf(() => open(made, "w", { ...pairs, blockSize }))).toBe("NTH_INVALID_VALUE");
    expect(existsSync(made)).toBe(false);
  });
  test("empty_shape_tuple", () => {
    const made = path();
    using blob = open(made, "w+", { dtype: "int64", shape: [] });
    blob.writeSync([1n, 2n]);
    expect(blob.getSync(1)).toMatchObject({ shape: [], size: 1 });
    expect(blob.getSync(-1).values()).toEqual([2n]);
  });
  test("an empty folder becomes a blob (differs: the original fails)", () => {
    const made = path();
    mkdirSync(made);
    expect(codeOf(() => open(made))).toBe("NTH_NOT_FOUND");
    expect(contents(blobOf(made, 2))).toEqual([0, 1]);
  });
  test("no blob outlives its close", async () => {
    const made = blobOf(path(), 2);
    const blob = await TensorBlob.open(made, "r+");
    await blob.close();
    await blob.close();
    blob.closeSync();
    expect(blob.closed).toBe(true);
    for (const work of [() => blob.tell(), () => blob.getSync(0), () => blob.length]) {
      expect(codeOf(work)).toBe("NTH_NOT_OPEN");
    }
    expect(codeOf(() => blob.writeSync([1, 2]))).toBe("NTH_NOT_OPEN");
    rmSync(made, { recursive: true });
    expect(firsts(null)).toEqual([]);
  });
});
