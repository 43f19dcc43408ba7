import type { Tensor } from "./tensor.ts";

/** The numbers of a `float16` tensor, which JavaScript has no typed array for everywhere, as a Float32Array. */
export function float16Values({ data }: Tensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(data as Uint16Array, float16Value);
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
