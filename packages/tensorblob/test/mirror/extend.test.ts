import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TensorBlob } from "../../src/index.ts";
import { blobOf, codeOf, contents, firsts, pairs, rows } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const open = TensorBlob.openSync;
const path = (): string => join(tempFolder(), "a.blob");
const blocks = (folder: string): string[] =>
  (JSON.parse(readFileSync(join(folder, ".stat"), "utf8")) as { bds: string[] }).bds;

describe("TruncateBasic", () => {
  test("truncate_at_position", async () => {
    const made = blobOf(path(), 7);
    await using blob = await TensorBlob.open(made, "r+");
    expect(await blob.truncate(4)).toBe(4);
    expect(contents(made)).toEqual([0, 1, 2, 3]);
  });
  test("truncate_at_current_position", () => {
    using blob = open(blobOf(path(), 7), "r+");
    blob.seek(2);
    expect(blob.truncateSync()).toBe(2);
    expect(blob.length).toBe(2);
  });
  test("truncate_to_zero", () => {
    const made = blobOf(path(), 7);
    using blob = open(made, "r+");
    expect(blob.truncateSync(0)).toBe(0);
    expect(blocks(made)).toEqual([]);
  });
  test("truncate_to_zero_from_nonzero_position", () => {
    using blob = open(blobOf(path(), 7), "a");
    blob.truncateSync(0);
    expect(blob.tell()).toBe(0);
  });
  test("truncate_negative_position", () => {
    using blob = open(blobOf(path(), 7), "r+");
    expect(codeOf(() => blob.truncateSync(-1))).toBe("NTH_OUT_OF_RANGE");
    expect(blob.truncateSync(99)).toBe(7);
  });
  test("truncate_then_write", () => {
    const made = blobOf(path(), 7);
    {
      using blob = open(made, "r+");
      blob.truncateSync(4);
      blob.seek(0, 2);
      blob.writeSync(rows(2, 40));
    }
    expect(contents(made)).toEqual([0, 1, 2, 3, 40, 41]);
  });
  test("truncate_requires_writable_mode", () => {
    using blob = open(blobOf(path(), 7));
    expect(codeOf(() => blob.truncateSync(0))).toBe("NTH_READONLY");
  });
});

describe("TruncateMultiBlock", () => {
  test.each([
    ["truncate_partial_block", 8, 3],
    ["truncate_at_block_boundary", 6, 2],
    ["truncate_removes_blocks", 1, 1],
  ])("%s", (_, length, count) => {
    const made = blobOf(path(), 10);
    using blob = open(made, "r+");
    blob.truncateSync(length);
    expect(readdirSync(made).sort()).toEqual([".conf", ".stat", ...blocks(made)].sort());
    expect(blocks(made)).toHaveLength(count);
    expect(contents(made)).toHaveLength(length);
  });
  test("truncate_persists_across_sessions", () => {
    const made = blobOf(path(), 10);
    open(made, "r+").truncateSync(5);
    expect(contents(made)).toEqual([0, 1, 2, 3, 4]);
  });
  test("who reads the state before sees nothing of a truncation and what is written after", () => {
    const made = blobOf(path(), 5);
    using before = open(made);
    before.getSync(4);
    using blob = open(made, "r+");
    blob.truncateSync(4);
    blob.seek(0, 2);
    blob.writeSync(rows(1, 99));
    expect(before.getSync(4).values()).toEqual([4, -4]);
    expect(blob.getSync(4).values()).toEqual([99, -99]);
  });
});

const twoBlobs = (own: number, other: number): { a: string; b: string } => {
  const folder = tempFolder();
  const a = blobOf(join(folder, "a"), own);
  using blob = open(join(folder, "b"), "w", pairs);
  blob.writeSync(rows(other, 100));
  return { a, b: join(folder, "b") };
};

describe("ExtendBasic", () => {
  test("extend_order_preserving", async () => {
    const { a, b } = twoBlobs(4, 5);
    await using blob = await TensorBlob.open(a, "a");
    await using other = await TensorBlob.open(b);
    expect(await blob.extend(other, { maintainOrder: true })).toBe(5);
    await blob.flush();
    expect(contents(a)).toEqual([0, 1, 2, 3, 100, 101, 102, 103, 104]);
  });
  test("extend_fast_mode", async () => {
    const { a, b } = twoBlobs(4, 5);
    await using blob = await TensorBlob.open(a, "r+");
    await using other = await TensorBlob.open(b);
    expect(await blob.extend(other)).toBe(5);
    expect(contents(a)).toEqual([0, 1, 2, 100, 101, 102, 3, 103, 104]);
  });
  test("extend_empty_blob", () => {
    const { a, b } = twoBlobs(0, 5);
    using blob = open(a, "a");
    expect(blob.extendSync(open(b))).toBe(5);
    expect(contents(a)).toEqual([100, 101, 102, 103, 104]);
  });
  test.each([true, false])("extend_with_empty_blob (order kept: %s)", (maintainOrder) => {
    const { a, b } = twoBlobs(4, 0);
    using blob = open(a, "a");
    expect(blob.extendSync(open(b), { maintainOrder })).toBe(0);
    expect(contents(a)).toEqual([0, 1, 2, 3]);
  });
  test("a blob extends itself", () => {
    const { a } = twoBlobs(4, 0);
    using blob = open(a, "r+");
    expect(blob.extendSync(blob)).toBe(4);
    expect(contents(a)).toEqual([0, 1, 2, 0, 1, 2, 3, 3]);
    expect(blob.extendSync(blob, { maintainOrder: true })).toBe(8);
    expect(contents(a)).toEqual([0, 1, 2, 0, 1, 2, 3, 3, 0, 1, 2, 0, 1, 2, 3, 3]);
  });
});

describe("ExtendValidation", () => {
  const against = (options: object, extend: object = {}): string | undefined => {
    const folder = tempFolder();
    using blob = open(join(folder, "a"), "w", pairs);
    using other = open(join(folder, "b"), "w+", { ...pairs, ...options });
    return codeOf(() => blob.extendSync(other, extend));
  };
  test("extend_dtype_mismatch", () => {
    expect(against({ dtype: "int32" })).toBe("NTH_INVALID_VALUE");
  });
  test("extend_shape_mismatch", () => {
    expect(against({ shape: [3] })).toBe("NTH_INVALID_VALUE");
  });
  test("extend_block_size_mismatch_fast_mode", () => {
    expect(against({ blockSize: 4 })).toBe("NTH_INVALID_VALUE");
    expect(against({ blockSize: 4 }, { maintainOrder: true })).toBeUndefined();
  });
  test("extend_requires_writable_mode", () => {
    const { a, b } = twoBlobs(1, 1);
    using blob = open(a);
    expect(codeOf(() => blob.extendSync(open(b)))).toBe("NTH_READONLY");
  });
});

describe("ExtendFastMode", () => {
  test("fast_extend_copies_blocks", () => {
    const { a, b } = twoBlobs(3, 6);
    using blob = open(a, "r+");
    blob.extendSync(open(b));
    expect(blocks(a)).toHaveLength(3);
    expect(blocks(a).some((name) => blocks(b).includes(name))).toBe(false);
    expect(contents(b)).toEqual([100, 101, 102, 103, 104, 105]);
  });
  test("fast_extend_merges_partial_blocks", () => {
    const { a, b } = twoBlobs(2, 2);
    using blob = open(a, "r+");
    blob.extendSync(open(b));
    expect(contents(a)).toEqual([0, 1, 100, 101]);
    expect(blocks(a)).toHaveLength(2);
  });
  test("fast_extend_destination_smaller_than_block", () => {
    const { a, b } = twoBlobs(1, 7);
    using blob = open(a, "r+");
    blob.extendSync(open(b));
    expect(contents(a)).toEqual([100, 101, 102, 103, 104, 105, 0, 106]);
  });
});

describe("TruncateAndExtendCombined", () => {
  test("truncate_then_extend", () => {
    const { a, b } = twoBlobs(5, 3);
    using blob = open(a, "r+");
    blob.truncateSync(2);
    blob.extendSync(open(b), { maintainOrder: true });
    blob.flushSync();
    expect(contents(a)).toEqual([0, 1, 100, 101, 102]);
  });
  test("extend_then_truncate", () => {
    const { a, b } = twoBlobs(3, 3);
    using blob = open(a, "r+");
    blob.extendSync(open(b));
    blob.truncateSync(4);
    expect(firsts(blob.readSync())).toEqual([0, 1, 2, 100]);
  });
});
