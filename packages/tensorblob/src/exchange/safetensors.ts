import { NthrecError } from "@nthrec/core";
import { type Dtype, traitsOf } from "../values/dtype.ts";
import { countOf } from "../values/tensor.ts";

/** One tensor of a safetensors file. The format's own description: header length, JSON, elements. */
export interface SafeTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Where its elements are in the file, bytes. */
  readonly start: number;
  readonly end: number;
}

/** More than any header of use; the format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

const names: Readonly<Record<Dtype, string | undefined>> = {
  bool: "BOOL",
  uint8: "U8",
  int8: "I8",
  uint16: "U16",
  int16: "I16",
  uint32: "U32",
  int32: "I32",
  uint64: "U64",
  int64: "I64",
  float16: "F16",
  bfloat16: "BF16",
  float32: "F32",
  float64: "F64",
  complex64: "C64",
  complex128: undefined,
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
};

/**
 * The bytes before the elements of a file of one tensor.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for complex128, which the format does not have
 */
export function encodeSafetensorsHeader(
  tensor: string,
  dtype: Dtype,
  shape: readonly number[],
): Uint8Array {
  const text = textOf({ [tensor]: entryOf(dtype, shape) });
  return padded(text, roundUp(8 + text.length));
}

/**
 * The same with room for any number of rows, so that the tensor can grow in place.
 *
 * @param known What the file has besides: its `__metadata__`.
 * @param length Bytes that the header must take. @default as many as any number of rows may need
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for complex128, and for a length that is too little
 */
export function growingSafetensorsHeader(
  tensor: string,
  dtype: Dtype,
  shape: readonly number[],
  known: Readonly<Record<string, unknown>> = {},
  length?: number,
): Uint8Array {
  const entry = entryOf(dtype, shape);
  const text = textOf({ ...known, [tensor]: entry });
  const most = { ...entry, shape: [MOST, ...shape.slice(1)], data_offsets: [0, MOST] };
  const all = length ?? roundUp(8 + textOf({ ...known, [tensor]: most }).length);
  if (8 + text.length <= all) return padded(text, all);
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `the header of ${all} bytes has no room for ${shape[0]} tensors: copy them to a new file`,
  );
}

/** More rows, and more bytes, than any file has. */
const MOST: number = Number.MAX_SAFE_INTEGER;

function entryOf(dtype: Dtype, shape: readonly number[]): object {
  const name = names[dtype];
  if (name === undefined) {
    throw new NthrecError("NTH_NOT_SUPPORTED", `safetensors has no ${dtype}: write .npy`);
  }
  return { dtype: name, shape, data_offsets: [0, countOf(shape) * traitsOf(dtype).bytes] };
}

function textOf(fields: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(fields));
}

/** So that elements are aligned. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** A header of so many bytes, its length included. */
function padded(text: Uint8Array, length: number): Uint8Array {
  const header = new Uint8Array(length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length - 8), true);
  header.set(text, 8);
  return header;
}

/** Length of a header whose first 8 bytes are `head`. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function safetensorsHeaderLength(head: Uint8Array, name: string): number {
  if (head.length >= 8) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const length = Number(view.getBigUint64(0, true));
    if (length <= MAX_HEADER_BYTES) return 8 + length;
  }
  throw corrupt(name, "its header does not fit");
}

/** The tensors of a file by name. @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED` */
export function decodeSafetensorsHeader(
  header: Uint8Array,
  size: number,
  name: string,
): ReadonlyMap<string, SafeTensor> {
  const tensors = new Map<string, SafeTensor>();
  for (const [key, entry] of Object.entries(safetensorsFields(header, name))) {
    if (key !== "__metadata__") tensors.set(key, tensorOf(key, entry, header.length, size, name));
  }
  return tensors;
}

/** The JSON of a header. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function safetensorsFields(header: Uint8Array, name: string): Record<string, unknown> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(header.subarray(8));
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch (cause) {
    throw corrupt(name, "its header is no JSON", cause);
  }
}

function tensorOf(
  key: string,
  entry: unknown,
  begin: number,
  size: number,
  name: string,
): SafeTensor {
  const fields = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = Object.entries(names).find(([, known]) => known === fields.dtype)?.[0];
  if (dtype === undefined || fields.dtype === undefined) {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `tensor ${JSON.stringify(key)} of ${name} has the unknown type ${JSON.stringify(fields.dtype)}`,
      { source: name },
    );
  }
  const { shape, data_offsets: offsets } = fields;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw corrupt(name, `tensor ${JSON.stringify(key)} has no shape or place`);
  }
  const [start, end] = [begin + (offsets[0] as number), begin + (offsets[1] as number)];
  const bytes = countOf(shape) * traitsOf(dtype as Dtype).bytes;
  if (end - start !== bytes || end > size) {
    throw corrupt(name, `tensor ${JSON.stringify(key)} does not fill its place`);
  }
  return { dtype: dtype as Dtype, shape, start, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function corrupt(name: string, reason: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_CORRUPTION", `${name} is no safetensors file: ${reason}`, {
    source: name,
    offset: 0,
    cause,
  });
}
