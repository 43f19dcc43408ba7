import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Tensor, TensorBlob } from "../../src/index.ts";
import { blobOf, codeOf, firsts } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const some = (count: number): TensorBlob =>
  TensorBlob.openSync(blobOf(join(tempFolder(), "a.blob"), count));
const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

// name, start, end, step, and what Python's list answers
const slices: [string, number | undefined, number | undefined, number | undefined, number[]][] = [
  ["BasicSlicing slice_start_stop", 2, 5, undefined, [2, 3, 4]],
  ["BasicSlicing slice_start_only", 7, undefined, undefined, [7, 8, 9]],
  ["BasicSlicing slice_stop_only", undefined, 3, undefined, [0, 1, 2]],
  ["BasicSlicing slice_entire_range", undefined, undefined, undefined, ten],
  ["BasicSlicing empty_slice", 5, 5, undefined, []],
  ["BasicSlicing single_element_slice", 5, 6, undefined, [5]],
  ["NegativeSlicing negative_start", -3, undefined, undefined, [7, 8, 9]],
  ["NegativeSlicing negative_stop", undefined, -7, undefined, [0, 1, 2]],
  ["NegativeSlicing both_negative", -4, -2, undefined, [6, 7]],
  ["StepSlicing positive_step", undefined, undefined, 3, [0, 3, 6, 9]],
  ["StepSlicing step_with_start_stop", 1, 8, 2, [1, 3, 5, 7]],
  ["StepSlicing negative_step", undefined, undefined, -1, [...ten].reverse()],
  ["StepSlicing negative_step_with_indices", 8, 2, -2, [8, 6, 4]],
  ["StepSlicing large_step", undefined, undefined, 99, [0]],
  ["SlicingAcrossBlocks slice_single_block", 0, 3, undefined, [0, 1, 2]],
  ["SlicingAcrossBlocks slice_across_two_blocks", 2, 4, undefined, [2, 3]],
  ["SlicingAcrossBlocks slice_across_all_blocks", 0, 10, undefined, ten],
  ["SlicingAcrossBlocks slice_with_step_across_blocks", 1, 10, 4, [1, 5, 9]],
  ["SliceEdgeCases out_of_bounds_slice", 8, 99, undefined, [8, 9]],
  ["SliceEdgeCases reversed_indices", 8, 2, undefined, []],
];

test.each(slices)("%s", async (_, start, end, step, expected) => {
  using blob = some(10);
  expect(firsts(blob.sliceSync(start, end, step))).toEqual(expected);
  expect(firsts(await blob.slice(start, end, step))).toEqual(expected);
});

test("SliceEdgeCases slice_empty_blob", () => {
  using blob = some(0);
  expect(blob.sliceSync().shape).toEqual([0, 2]);
});

test("SliceEdgeCases invalid_index_type", () => {
  using blob = some(2);
  expect(() => blob.getSync("0" as never)).toThrow(TypeError);
  expect(() => blob.sliceSync(0.5)).toThrow(TypeError);
  expect(() => blob.sliceSync(0, 1, 0)).toThrow(TypeError);
});

test("SliceReturnsCopy slice_modification_doesnt_affect_original", () => {
  using blob = some(4);
  blob.sliceSync(0, 2).data.fill(9 as never);
  expect(firsts(blob.sliceSync(0, 2))).toEqual([0, 1]);
});

test("SliceComparison slice_equals_repeated_indexing", () => {
  using blob = some(10);
  const batch = blob.sliceSync(2, 9, 3);
  [2, 5, 8].forEach((index, i) => {
    expect(batch.row(i).values()).toEqual(blob.getSync(index).values());
  });
});

test("SliceComparison slice_consistency_with_data", () => {
  using blob = some(10);
  expect(blob.sliceSync().values()).toEqual(blob.readSync()?.values());
});

describe("BatchIndexing", () => {
  test("batch_matches_row_by_row", () => {
    using blob = some(10);
    const list = [3, 1, 8];
    expect(firsts(blob.gatherSync(list))).toEqual(list.map((i) => blob.getSync(i).values()[0]));
  });
  test("batch_order_and_duplicates", async () => {
    using blob = some(10);
    expect(firsts(await blob.gather([5, 5, 0, 9, 5]))).toEqual([5, 5, 0, 9, 5]);
  });
  test("batch_negative_indices", () => {
    using blob = some(10);
    expect(firsts(blob.gatherSync([-1, -10, 3]))).toEqual([9, 0, 3]);
  });
  test("batch_torch_tensor (here a tensor of this package)", () => {
    using blob = some(10);
    const indices = new Tensor("int64", [2], BigInt64Array.of(4n, -1n));
    expect(firsts(blob.gatherSync(indices))).toEqual([4, 9]);
  });
  test("batch_numpy_array (here a typed array)", () => {
    using blob = some(10);
    expect(firsts(blob.gatherSync(Int32Array.of(4, -1)))).toEqual([4, 9]);
  });
  test("batch_tuple (here any iterable)", () => {
    using blob = some(10);
    expect(firsts(blob.gatherSync(new Set([4, 2])))).toEqual([4, 2]);
  });
  test("batch_single_element", () => {
    using blob = some(10);
    expect(blob.gatherSync([7]).shape).toEqual([1, 2]);
  });
  test("batch_empty", () => {
    using blob = some(10);
    expect(blob.gatherSync([]).shape).toEqual([0, 2]);
  });
  test("batch_across_blocks", () => {
    using blob = some(10);
    expect(firsts(blob.gatherSync([0, 3, 4, 5, 9]))).toEqual([0, 3, 4, 5, 9]);
  });
  test("batch_out_of_bounds", async () => {
    using blob = some(10);
    expect(codeOf(() => blob.gatherSync([0, 10]))).toBe("NTH_OUT_OF_RANGE");
    await expect(blob.gather([-11])).rejects.toThrow(/-11/);
  });
  test("batch_invalid_dtypes", () => {
    using blob = some(10);
    const floats = new Tensor("float32", [1], Float32Array.of(1));
    const square = new Tensor("int32", [1, 1], Int32Array.of(1));
    for (const wrong of [[1.5], [true], floats, square]) {
      expect(() => blob.gatherSync(wrong as never)).toThrow(TypeError);
    }
  });
  test("batch_returns_copy", () => {
    using blob = some(10);
    blob.gatherSync([0, 1]).data.fill(9 as never);
    expect(firsts(blob.gatherSync([0, 1]))).toEqual([0, 1]);
  });
  test("batch_sorted_fast_path_equivalence", () => {
    using blob = some(10);
    expect(firsts(blob.gatherSync(ten))).toEqual(ten);
    expect(firsts(blob.gatherSync([...ten].reverse()))).toEqual([...ten].reverse());
  });
});
