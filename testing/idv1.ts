/** An index file as the original writes it, made without the code under test. */
export function indexFile(dataSize: number, offsets: readonly number[]): Buffer {
  const bytes = Buffer.alloc(16 + 8 * offsets.length);
  bytes.write("IDV1Q   ", "latin1");
  bytes.writeBigUInt64LE(BigInt(dataSize), 8);
  for (const [i, offset] of offsets.entries()) bytes.writeBigUInt64LE(BigInt(offset), 16 + 8 * i);
  return bytes;
}

/** Where each line of `data` begins, found without the code under test. */
export function lineOffsets(data: Uint8Array): number[] {
  const offsets: number[] = [];
  let begin = 0;
  for (const [at, byte] of data.entries()) {
    if (byte !== 10) continue;
    offsets.push(begin);
    begin = at + 1;
  }
  if (begin < data.length) offsets.push(begin);
  return offsets;
}

/** The index that any correct program makes of `data`. */
export function indexOf(data: Uint8Array): Buffer {
  return indexFile(data.length, lineOffsets(data));
}
