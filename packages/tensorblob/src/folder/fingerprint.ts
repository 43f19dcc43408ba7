/** A number of 53 bits that other bytes do not have, but by a chance of one to billions. */
export function fingerprintOf(bytes: Uint8Array): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57 ^ bytes.length];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = view.getInt32(at, true);
    a = Math.imul(a ^ word, 2_654_435_761);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 1_597_334_677);
    b ^= b >>> 13;
  }
  for (; at < bytes.length; at++) {
    a = Math.imul(a ^ (bytes[at] as number), 2_654_435_761);
    b = Math.imul(b ^ (bytes[at] as number), 1_597_334_677);
  }
  a ^= a >>> 15;
  b ^= b >>> 13;
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}
