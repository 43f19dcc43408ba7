import { NthrecError } from "@nthrec/core";
import { type Dtype, traitsOf } from "../values/dtype.ts";
import { swapBytes } from "../values/swap-bytes.ts";
import { countOf, Tensor } from "../values/tensor.ts";

/** What the header of an .npy file says. NumPy's format specification, versions 1.0 to 3.0. */
export interface NpyHeader {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Whether the elements are in Fortran order. */
  readonly fortran: boolean;
  /** Whether the bytes of an element are in big-endian order. */
  readonly swapped: boolean;
  /** Where the elements begin, bytes. */
  readonly begin: number;
}

/** The first bytes of every .npy file. */
const MAGIC: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Magic, version, and the widest length of a header. */
export const NPY_HEAD_BYTES = 12;
const ALIGNMENT = 64;
/** More than the header of any array of numbers needs. */
const MAX_HEADER_BYTES = 1_048_576;

const descriptions: Partial<Record<Dtype, string>> = {
  bool: "|b1",
  uint8: "|u1",
  int8: "|i1",
  uint16: "<u2",
  int16: "<i2",
  uint32: "<u4",
  int32: "<i4",
  uint64: "<u8",
  int64: "<i8",
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  complex64: "<c8",
  complex128: "<c16",
};

/** Room that NumPy leaves for the digits of the first dimension, so that an array can grow in place. */
const GROWTH_DIGITS = 21;

/**
 * The bytes before the elements of an .npy file, as NumPy writes them (version 1.0, or 2.0 for long shapes): as many for
 * any number of rows.
 *
 * @param length Bytes that the header must take. @default as many as NumPy's
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for a type that NumPy does not have (bfloat16, 8-bit floats), and for a
 * length that is too little
 */
export function encodeNpyHeader(
  dtype: Dtype,
  shape: readonly number[],
  length?: number,
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descriptionOf(dtype)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const plain = roundUp(10 + text.length + growth + 1);
  const wide = (length ?? plain) - 10 > 65_535;
  const head = wide ? 12 : 10;
  const all = length ?? roundUp(head + text.length + growth + 1);
  if (head + text.length + 1 > all) {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `the header of ${all} bytes has no room for the shape (${sizes}): copy the array to a new file`,
    );
  }
  const bytes = new Uint8Array(all).fill(0x20);
  bytes.set(MAGIC);
  bytes[6] = wide ? 2 : 1;
  bytes[7] = 0;
  const view = new DataView(bytes.buffer);
  if (wide) view.setUint32(8, all - head, true);
  else view.setUint16(8, all - head, true);
  bytes.set(new TextEncoder().encode(text), head);
  bytes[all - 1] = 0x0a;
  return bytes;
}

function descriptionOf(dtype: Dtype): string {
  const description = descriptions[dtype];
  if (description !== undefined) return description;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `NumPy has no ${dtype}: write safetensors, or float32 made with toFloat32()`,
  );
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** How many bytes the header takes whose first bytes are `head`. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function npyHeaderLength(head: Uint8Array, name: string): number {
  if (head.length < 10 || !MAGIC.every((byte, i) => head[i] === byte)) {
    throw corrupt(name, "it does not begin as one");
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = head[6];
  if (version === 1) return 10 + view.getUint16(8, true);
  if ((version === 2 || version === 3) && head.length >= NPY_HEAD_BYTES) {
    const length = view.getUint32(8, true);
    if (length <= MAX_HEADER_BYTES) return NPY_HEAD_BYTES + length;
    throw corrupt(name, `its header cannot be ${length} bytes long`);
  }
  throw corrupt(name, `its version is ${version}`);
}

/**
 * Reads the header of an .npy file. It is matched, never evaluated.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED` for types that are no numbers (objects, text)
 */
export function decodeNpyHeader(header: Uint8Array, name: string): NpyHeader {
  const begin = npyHeaderLength(header, name);
  const from = header[6] === 1 ? 10 : NPY_HEAD_BYTES;
  const text = new TextDecoder().decode(header.subarray(from, begin));
  const description = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (fortran === undefined || sizes === undefined) throw corrupt(name, `its header is ${text}`);
  const shape = [...sizes.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  if (!Number.isSafeInteger(countOf(shape) * 16)) throw corrupt(name, `its shape is (${sizes})`);
  const { dtype, swapped } = dtypeOfDescription(description, text, name);
  return { dtype, shape, fortran: fortran === "True", swapped, begin };
}

function dtypeOfDescription(
  description: string | undefined,
  text: string,
  name: string,
): { readonly dtype: Dtype; readonly swapped: boolean } {
  const kind = description?.slice(1);
  const found = Object.entries(descriptions).find(([, known]) => known.slice(1) === kind);
  if (found === undefined || !"<>=|".includes(description?.[0] ?? "")) {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${name} holds no plain numbers: its header is ${text.trim()}`,
      { source: name },
    );
  }
  return { dtype: found[0] as Dtype, swapped: description?.[0] === ">" };
}

/** The bytes of an .npy file of one tensor. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const header = encodeNpyHeader(tensor.dtype, tensor.shape);
  const bytes = new Uint8Array(header.length + tensor.bytes.length);
  bytes.set(header);
  bytes.set(tensor.bytes, header.length);
  return bytes;
}

/** The tensor in an .npy file, in C order. @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED` */
export function decodeNpy(bytes: Uint8Array, name = "the .npy file"): Tensor {
  const header = decodeNpyHeader(bytes, name);
  const { dtype, shape, begin } = header;
  const length = countOf(shape) * traitsOf(dtype).bytes;
  if (bytes.length - begin < length) throw corrupt(name, `its elements need ${length} bytes`);
  const elements = bytes.slice(begin, begin + length);
  if (header.swapped) swapBytes(elements, dtype);
  const tensor = Tensor.over(dtype, shape, elements);
  return header.fortran ? inOrder(tensor) : tensor;
}

/** The same values in C order, of a tensor whose memory is in Fortran order. */
function inOrder(tensor: Tensor): Tensor {
  const { dtype, shape, bytes } = tensor;
  const width = traitsOf(dtype).bytes;
  const out = new Uint8Array(bytes.length);
  const strides = shape.map((_, i) => countOf(shape.slice(0, i)));
  const place = shape.map(() => 0);
  for (let at = 0; at < out.length; at += width) {
    const from = place.reduce((sum, index, i) => sum + index * (strides[i] as number), 0) * width;
    out.set(bytes.subarray(from, from + width), at);
    for (let i = shape.length - 1; i >= 0; i--) {
      place[i] = (place[i] as number) + 1;
      if ((place[i] as number) < (shape[i] as number)) break;
      place[i] = 0;
    }
  }
  return Tensor.over(dtype, shape, out);
}

function corrupt(name: string, reason: string): NthrecError {
  return new NthrecError("NTH_CORRUPTION", `${name} is no .npy file: ${reason}`, {
    source: name,
    offset: 0,
  });
}
