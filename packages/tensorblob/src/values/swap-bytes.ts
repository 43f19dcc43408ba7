import { type Dtype, traitsOf } from "./dtype.ts";

/** Turns the bytes of every number round. */
export function swapBytes(bytes: Uint8Array, dtype: Dtype): void {
  const { bytes: width, words } = traitsOf(dtype);
  const size = width / words;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
