import {
  type AbortOptions,
  BlobSource,
  type ByteSource,
  type DataInput,
  entryOf,
  MemorySource,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import type { TensorBlob } from "../blob/tensor-blob.ts";
import { checkLayout } from "../stream/header.ts";
import type { Dtype } from "../values/dtype.ts";
import { layoutOf } from "../values/layout.ts";
import { swapBytes } from "../values/swap-bytes.ts";
import { Tensor } from "../values/tensor.ts";
import { decodeNpy, decodeNpyHeader, NPY_HEAD_BYTES, npyHeaderLength } from "./npy.ts";
import {
  decodeSafetensorsHeader,
  type SafeTensor,
  safetensorsHeaderLength,
} from "./safetensors.ts";

const PIECE_BYTES = 4 * 1024 * 1024;

/** Elements of one array in a file. */
interface Elements {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly swapped: boolean;
}

/**
 * Writes the rows of an .npy file's array to a blob, in pieces; answers how many there were. An array in Fortran order
 * is read whole.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the rows are not the blob's tensors, `NTH_CORRUPTION`
 */
export async function importNpy(
  data: DataInput,
  blob: TensorBlob,
  options: AbortOptions = {},
): Promise<number> {
  return withSource(data, options, async (source) => {
    const head = await source.read(0, Math.min(source.size, NPY_HEAD_BYTES), options);
    const length = npyHeaderLength(head, source.name);
    if (length > source.size) throw cut(source);
    const header = decodeNpyHeader(await source.read(0, length, options), source.name);
    if (header.fortran) {
      const all = decodeNpy(await source.read(0, source.size, options), source.name);
      checkRows(all, blob, source.name);
      return blob.write(all);
    }
    return copyRows(source, { ...header, start: header.begin }, blob, options);
  });
}

/** The arrays of a safetensors file by name. @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED` */
export async function listSafetensors(
  data: DataInput,
  options: AbortOptions = {},
): Promise<ReadonlyMap<string, SafeTensor>> {
  return withSource(data, options, (source) => tensorsOf(source, options));
}

/**
 * Writes the rows of an array of a safetensors file to a blob, in pieces; answers how many there were.
 *
 * @param options `name`: which array. @default the only one
 * @throws {@link NthrecError} `NTH_KEY_NOT_FOUND`, `NTH_INVALID_VALUE` when the rows are not the blob's tensors
 */
export async function importSafetensors(
  data: DataInput,
  blob: TensorBlob,
  options: AbortOptions & { readonly name?: string | undefined } = {},
): Promise<number> {
  return withSource(data, options, async (source) => {
    const tensors = await tensorsOf(source, options);
    const [only] = tensors.size === 1 ? tensors.keys() : [];
    const name = options.name ?? only;
    const tensor = name === undefined ? undefined : tensors.get(name);
    if (tensor === undefined) {
      throw new NthrecError(
        "NTH_KEY_NOT_FOUND",
        `${source.name} holds the arrays ${[...tensors.keys()].join(", ")}: name one of them`,
        { source: source.name },
      );
    }
    return copyRows(source, { ...tensor, swapped: false }, blob, options);
  });
}

async function tensorsOf(
  source: ByteSource,
  options: AbortOptions,
): Promise<ReadonlyMap<string, SafeTensor>> {
  const head = await source.read(0, Math.min(source.size, 8), options);
  const length = safetensorsHeaderLength(head, source.name);
  if (length > source.size) {
    throw new NthrecError(
      "NTH_CORRUPTION",
      `the header of ${source.name} is longer than the file`,
      {
        source: source.name,
      },
    );
  }
  return decodeSafetensorsHeader(await source.read(0, length, options), source.size, source.name);
}

async function copyRows(
  source: ByteSource,
  { dtype, shape, start, swapped }: Elements,
  blob: TensorBlob,
  options: AbortOptions,
): Promise<number> {
  checkRows({ dtype, shape }, blob, source.name);
  const [rows = 0, ...rest] = shape;
  const { rowBytes } = layoutOf(dtype, rest, source.name);
  if (start + rows * rowBytes > source.size) throw cut(source);
  const step = Math.max(1, Math.floor(PIECE_BYTES / rowBytes));
  for (let at = 0; at < rows; at += step) {
    const end = Math.min(rows, at + step);
    const bytes = await source.read(start + at * rowBytes, start + end * rowBytes, options);
    if (swapped) swapBytes(bytes, dtype);
    await blob.write(Tensor.over(dtype, [end - at, ...rest], bytes));
  }
  return rows;
}

/** @throws {@link NthrecError} `NTH_INVALID_VALUE` when an array's rows are not what the blob holds */
function checkRows(
  array: { readonly dtype: Dtype; readonly shape: readonly number[] },
  blob: TensorBlob,
  name: string,
): void {
  const [rows, ...rest] = array.shape;
  if (rows === undefined) {
    throw new NthrecError("NTH_INVALID_VALUE", `${name} holds a single number and no rows`, {
      source: name,
    });
  }
  checkLayout(layoutOf(blob.dtype, blob.shape), layoutOf(array.dtype, rest, name), blob.name);
}

async function withSource<T>(
  data: DataInput,
  options: AbortOptions,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  if (data instanceof Uint8Array) return use(new MemorySource(data));
  if (typeof Blob !== "undefined" && data instanceof Blob) return use(new BlobSource(data));
  if (typeof data === "object" && "read" in data) return use(data);
  const { store, name } = entryOf(data as string | URL | StoreEntry);
  const source = await store.open(name, options);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

function cut(source: ByteSource): NthrecError {
  return new NthrecError("NTH_TRUNCATED", `${source.name} ends before its elements do`, {
    source: source.name,
    offset: source.size,
  });
}
