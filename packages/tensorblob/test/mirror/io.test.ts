import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Tensor, TensorBlob } from "../../src/index.ts";
import { blobOf, codeOf, contents, firsts, pairs, rows } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const open = TensorBlob.openSync;
const path = (): string => join(tempFolder(), "a.blob");
const some = (count: number): TensorBlob => open(blobOf(path(), count));

describe("BasicWrite", () => {
  test("write_single_tensor", () => {
    using blob = open(path(), "w+", pairs);
    expect(blob.writeSync(new Tensor("float32", [2], new Float32Array([1, 2])))).toBe(1);
    expect(blob.getSync(0).values()).toEqual([1, 2]);
  });
  test("write_multiple_tensors", async () => {
    await using blob = await TensorBlob.open(path(), "w+", pairs);
    expect(await blob.write(rows(7))).toBe(7);
    expect(blob.length).toBe(7);
  });
  test("write_updates_position", () => {
    using blob = open(path(), "w", pairs);
    blob.writeSync(rows(2));
    expect(blob.tell()).toBe(2);
  });
  test("write_with_reshape", () => {
    using blob = open(path(), "w+", pairs);
    expect(blob.writeSync(new Tensor("float32", [6, 1], new Float32Array(6)))).toBe(3);
    expect(codeOf(() => blob.writeSync([1, 2, 3]))).toBe("NTH_INVALID_VALUE");
    expect(blob.writeSync([])).toBe(0);
    expect(blob.length).toBe(3);
  });
  test("write_dtype_mismatch", () => {
    using blob = open(path(), "w", pairs);
    const wrong = new Tensor("float64", [2], new Float64Array(2));
    expect(codeOf(() => blob.writeSync(wrong))).toBe("NTH_INVALID_VALUE");
    expect(blob.length).toBe(0);
  });
  test("write_dtype_mismatch_int_blob", () => {
    using blob = open(path(), "w", { ...pairs, dtype: "int32" });
    for (const wrong of [[1.5, 2], [2 ** 31, 0], new Float32Array(2), ["a", "b"]]) {
      expect(codeOf(() => blob.writeSync(wrong as never))).toBe("NTH_INVALID_VALUE");
    }
  });
});

describe("BasicRead", () => {
  test("read_all", () => {
    using blob = some(7);
    expect(blob.readSync()?.shape).toEqual([7, 2]);
  });
  test("read_partial", () => {
    using blob = some(7);
    expect(firsts(blob.readSync(4))).toEqual([0, 1, 2, 3]);
    expect(firsts(blob.readSync(99))).toEqual([4, 5, 6]);
  });
  test("read_updates_position", () => {
    using blob = some(7);
    blob.readSync(5);
    expect(blob.tell()).toBe(5);
  });
  test("read_from_position", async () => {
    await using blob = await TensorBlob.open(blobOf(path(), 7));
    blob.seek(5);
    expect(firsts(await blob.read())).toEqual([5, 6]);
  });
  test("read_empty_returns_none (as the seed version; 0.3.0 answers an empty tensor)", () => {
    using blob = some(0);
    expect(blob.readSync()).toBe(null);
    expect(blob.readSync(3)).toBe(null);
  });
  test("read_size_zero", () => {
    using blob = some(2);
    expect(blob.readSync(0)?.shape).toEqual([0, 2]);
    expect(blob.tell()).toBe(0);
  });
  test("a negative size is refused (differs: the original reads all but the last)", () => {
    using blob = some(2);
    expect(() => blob.readSync(-1)).toThrow(TypeError);
  });
  test("tensors are read into one that is there", async () => {
    await using blob = await TensorBlob.open(blobOf(path(), 7));
    const into = Tensor.zeros("float32", [4, 2]);
    const batch = await blob.read(4, { into });
    expect(batch?.data.buffer).toBe(into.data.buffer);
    expect(firsts(into)).toEqual([0, 1, 2, 3]);
    expect((await blob.read(4, { into }))?.shape).toEqual([3, 2]);
    expect(codeOf(() => blob.gatherSync([0, 1, 2, 3, 4], { into }))).toBe("NTH_INVALID_VALUE");
    const wrong = Tensor.zeros("int32", [4, 2]);
    expect(codeOf(() => blob.gatherSync([0], { into: wrong }))).toBe("NTH_INVALID_VALUE");
  });
});

describe("Indexing", () => {
  test("positive_index", async () => {
    using blob = some(7);
    expect(blob.getSync(4).values()).toEqual([4, -4]);
    expect((await blob.get(4)).shape).toEqual([2]);
  });
  test("negative_index", () => {
    using blob = some(7);
    expect(blob.getSync(-7).values()).toEqual([0, 0]);
  });
  test("index_out_of_bounds", async () => {
    using blob = some(7);
    expect(codeOf(() => blob.getSync(7))).toBe("NTH_OUT_OF_RANGE");
    await expect(blob.get(-8)).rejects.toThrow(/has 7/);
  });
  test("indexing_returns_clone", () => {
    using blob = some(7);
    blob.getSync(0).data.fill(9 as never);
    expect(blob.getSync(0).values()).toEqual([0, 0]);
  });
});

describe("Iteration", () => {
  test("iterate_all", async () => {
    using blob = some(7);
    expect([...blob].map((row) => row.values()[0])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(blob.tell()).toBe(7);
  });
  test("iterate_from_position", async () => {
    using blob = some(7);
    blob.seek(5);
    const seen: unknown[] = [];
    for await (const row of blob) seen.push(row.values()[0]);
    expect(seen).toEqual([5, 6]);
  });
});

describe("SeekAndTell", () => {
  test("seek_absolute", () => {
    using blob = some(7);
    expect(blob.seek(3)).toBe(3);
  });
  test("seek_relative", () => {
    using blob = some(7);
    blob.seek(3);
    expect(blob.seek(-2, 1)).toBe(1);
  });
  test("seek_from_end", () => {
    using blob = some(7);
    expect(blob.seek(-2, 2)).toBe(5);
  });
  test("seek_clamping", () => {
    using blob = some(7);
    expect([blob.seek(99), blob.seek(-99)]).toEqual([7, 0]);
    expect(() => blob.seek(0, 3 as never)).toThrow(/whence/);
    expect(() => blob.seek(0.5)).toThrow(TypeError);
  });
});

describe("MixedModes", () => {
  test("read_plus_mode", () => {
    const made = blobOf(path(), 7);
    {
      using blob = open(made, "r+");
      blob.seek(2);
      blob.writeSync(rows(2, 20));
      expect(firsts(blob.readSync())).toEqual([4, 5, 6]);
      blob.seek(6);
      blob.writeSync(rows(3, 60));
      expect(blob.tell()).toBe(9);
    }
    expect(contents(made)).toEqual([0, 1, 20, 21, 4, 5, 60, 61, 62]);
  });
  test("write_plus_mode", () => {
    using blob = open(path(), "w+", pairs);
    blob.writeSync(rows(5));
    blob.seek(1);
    blob.writeSync(rows(1, 9));
    blob.seek(0);
    expect(firsts(blob.readSync())).toEqual([0, 9, 2, 3, 4]);
  });
  test("append_mode_behavior", () => {
    const made = blobOf(path(), 4);
    using blob = open(made, "a+");
    blob.seek(0);
    blob.writeSync(rows(1, 9));
    expect(blob.tell()).toBe(5);
    blob.seek(3);
    expect(firsts(blob.readSync())).toEqual([3, 9]);
  });
  test("a mode that does not read or write says so", () => {
    const made = blobOf(path(), 2);
    using reader = open(made);
    expect(codeOf(() => reader.writeSync([1, 2]))).toBe("NTH_READONLY");
    expect(codeOf(() => reader.truncateSync(0))).toBe("NTH_READONLY");
    using appender = open(made, "a");
    expect(codeOf(() => appender.readSync())).toBe("NTH_NOT_SUPPORTED");
  });
});

describe("FlushAndPersistence", () => {
  test("flush_persists_data", async () => {
    const made = path();
    await using blob = await TensorBlob.open(made, "w", pairs);
    await blob.write(rows(4));
    await blob.flush();
    expect(contents(made)).toHaveLength(4);
  });
  test("auto_flush_on_close", () => {
    expect(contents(blobOf(path(), 4))).toHaveLength(4);
  });
  test("what others publish is seen after a refresh", async () => {
    const made = blobOf(path(), 2);
    using blob = open(made);
    using appender = open(made, "a");
    appender.writeSync(rows(2, 2));
    expect(blob.length).toBe(2);
    await blob.refresh();
    expect(blob.length).toBe(4);
    appender.writeSync(rows(2, 4));
    blob.refreshSync();
    expect(firsts(blob.readSync())).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("MultiBlock", () => {
  test("write_across_blocks", () => {
    using blob = open(path(), "w+", { ...pairs, blockSize: 2 });
    blob.writeSync(rows(3));
    blob.writeSync(rows(6, 3));
    blob.seek(0);
    expect(firsts(blob.readSync())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
  test("read_across_blocks", () => {
    using blob = some(10);
    blob.seek(2);
    expect(firsts(blob.readSync(5))).toEqual([2, 3, 4, 5, 6]);
  });
});
