import { type AbortOptions, NthrecError } from "@nthrec/core";
import { dataOver } from "../values/dtype.ts";
import type { Layout } from "../values/layout.ts";
import { countOf, Tensor } from "../values/tensor.ts";

/** Options of reads that answer with one tensor for many. */
export interface BatchOptions extends AbortOptions {
  /** Where to put what is read; its type must be the blob's, and its size fit. @default a new tensor */
  readonly into?: Tensor | undefined;
}

/** Numbers of tensors: an array, a typed array of integers, or a tensor of integers with one dimension. */
export type RowIndices = Iterable<number> | Iterable<bigint> | Tensor;

/** The tensor that a batch of `count` is read into: the first of `into`, or a new one. */
export function batchTarget(layout: Layout, count: number, into: Tensor | undefined): Tensor {
  const { dtype, shape, rowBytes } = layout;
  if (into === undefined) {
    return new Tensor(dtype, [count, ...shape], dataOver(dtype, new Uint8Array(count * rowBytes)));
  }
  const room = into.data.byteLength / rowBytes;
  if (into.dtype !== dtype || room < count) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${count} tensors of ${dtype} and ${countOf(shape)} elements cannot be read into ${into}`,
    );
  }
  const words = (into.data.length / into.data.byteLength) * count * rowBytes;
  return new Tensor(dtype, [count, ...shape], into.data.subarray(0, words));
}

/** Numbers of tensors from the front. @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, {@link TypeError} */
export function resolveIndices(indices: RowIndices, length: number, name: string): number[] {
  const list = Array.isArray(indices) ? (indices as (number | bigint)[]) : [...valuesOf(indices)];
  const places = new Array<number>(list.length);
  for (let i = 0; i < list.length; i++) {
    const index = Number(list[i]);
    const place = index < 0 ? index + length : index;
    if (place >= 0 && place < length && Number.isInteger(place) && isCount(list[i])) {
      places[i] = place;
      continue;
    }
    if (!isCount(list[i]) || !Number.isInteger(index)) {
      throw new TypeError(`${String(list[i])} is no number of a tensor`);
    }
    throw new NthrecError(
      "NTH_OUT_OF_RANGE",
      `tensor ${index} does not exist: ${name} has ${length}`,
      { source: name, index },
    );
  }
  return places;
}

function isCount(index: unknown): boolean {
  return typeof index === "number" || typeof index === "bigint";
}

function valuesOf(indices: Iterable<number | bigint> | Tensor): Iterable<number | bigint> {
  if (!(indices instanceof Tensor)) return indices;
  if (/^u?int/.test(indices.dtype) && indices.shape.length === 1) {
    return indices.data as Iterable<number | bigint>;
  }
  throw new TypeError(`${indices} is no list of numbers of tensors`);
}

/** The reads of a batch: neighbours in file and target travel together. */
export function* rowsOf(
  list: readonly number[],
  target: Uint8Array,
  rowBytes: number,
): Generator<{ readonly first: number; readonly bytes: Uint8Array }> {
  for (let at = 0; at < list.length; ) {
    const first = list[at] as number;
    let next = at + 1;
    while (next < list.length && list[next] === first + next - at) next++;
    yield { first, bytes: target.subarray(at * rowBytes, next * rowBytes) };
    at = next;
  }
}
