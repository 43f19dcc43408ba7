import { MemoryStore } from "../../src/index.ts";
import { encodeHeader } from "../../src/offsets/idv1.ts";
import { NAME } from "./crash.ts";

/** Frames of plain blobs: a length byte and that many bytes; record `i` holds `sizes[i]` bytes of value `i`. */
export function plainData(sizes: readonly number[]): { data: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  const bytes: number[] = [];
  for (const [i, size] of sizes.entries()) {
    offsets.push(bytes.length);
    bytes.push(size, ...new Array<number>(size).fill(i & 0xff));
  }
  return { data: Uint8Array.from(bytes), offsets };
}

/** The bytes of an index file with these offsets. */
export function indexBytes(offsets: readonly number[], dataSize: number): Uint8Array {
  const words = new Uint32Array(offsets.length * 2);
  for (const [i, offset] of offsets.entries()) {
    words[i * 2] = offset;
    words[i * 2 + 1] = Math.floor(offset / 2 ** 32);
  }
  const body = new Uint8Array(words.buffer);
  const bytes = new Uint8Array(16 + body.length);
  bytes.set(encodeHeader(dataSize));
  bytes.set(body, 16);
  return bytes;
}

/** A store with data and an index beside them, both as given; the index is the younger file. */
export function storeWith(data: Uint8Array, index?: Uint8Array): MemoryStore {
  let now = 0;
  const store = new MemoryStore({ now: () => ++now, entries: [[NAME, data]] });
  if (index !== undefined) put(store, `${NAME}.idx`, index);
  return store;
}

/** Puts bytes into an entry, in place of what it held. */
export function put(store: MemoryStore, name: string, bytes: Uint8Array): void {
  const file = store.editSync(name, { create: true });
  file.truncateSync(0);
  file.writeSync(0, bytes);
  file.closeSync();
}
