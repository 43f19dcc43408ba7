import { decodeUtf8 } from "@nthrec/core";

/** Longer keys are seldom repeated, and dear to compare. */
export const MAX_CACHED_BYTES = 24;
const SLOTS = 512;

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Keys of maps seen before: records of one file have the same ones, and comparing is cheaper than decoding. */
export class KeyCache {
  readonly #slots: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);

  /** The text of `bytes[at, at + size)`, or `undefined` when it is no plain UTF-8 and must be looked at by others. */
  get(bytes: Uint8Array, at: number, size: number): string | undefined {
    let hash = size;
    for (let i = 0; i < size; i++) hash = (hash * 31 + (bytes[at + i] as number)) | 0;
    const slot = hash & (SLOTS - 1);
    const entry = this.#slots[slot];
    if (entry !== undefined && isSame(entry.bytes, bytes, at, size)) return entry.text;
    const text = decodeUtf8(bytes, at, at + size);
    if (text.includes("\ufffd")) return undefined;
    this.#slots[slot] = { bytes: bytes.slice(at, at + size), text };
    return text;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, at: number, size: number): boolean {
  if (known.length !== size) return false;
  for (let i = 0; i < size; i++) if (known[i] !== bytes[at + i]) return false;
  return true;
}
