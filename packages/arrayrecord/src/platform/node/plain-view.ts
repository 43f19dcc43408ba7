/** The same bytes as a plain Uint8Array: a Buffer's `slice` does not copy. */
export function plainView({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
