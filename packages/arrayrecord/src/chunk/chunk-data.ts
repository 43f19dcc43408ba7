/** The data of a chunk to be, in two parts: what is made for it, and what may lie where it was. Valid until the next chunk is made. */
export interface ChunkData {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Both parts in memory of their own. */
export function wholeOf({ head, body }: ChunkData): Uint8Array {
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}
