import type { Arena } from "./arena.ts";
import { IntList } from "./int-list.ts";
import { END_GROUP, FIXED32, FIXED64, LENGTH_DELIMITED, START_GROUP, VARINT } from "./states.ts";

/** Longest varint of 64 bits. */
const MOST_VARINT_BYTES = 10;

/**
 * Reads protocol buffers as bytes. Only canonical ones count as messages: each number in its shortest form, so that
 * they can be put together again to the same bytes.
 */
export class WireScanner {
  readonly bytes: Uint8Array;
  /** Position behind what was read last. */
  at = 0;
  readonly #groups: IntList;

  constructor(bytes: Uint8Array, arena: Arena) {
    this.bytes = bytes;
    this.#groups = new IntList(arena);
  }

  /**
   * Whether `bytes[start, end)` is a message as far as one can tell without its schema
   * (formats/arrayrecord.md 3.5.6). Moves `at`.
   */
  isMessage(start: number, end: number): boolean {
    this.at = start;
    this.#groups.length = 0;
    while (this.at < end) {
      const tag = this.varint32(end);
      if (tag < 8 || !this.#skipField(tag, end)) return false;
    }
    return this.#groups.length === 0;
  }

  /** Reads a canonical varint of 32 bits; -1 where there is none before `end`. */
  varint32(end: number): number {
    const { bytes } = this;
    let at = this.at;
    if (at >= end) return -1;
    let value = bytes[at++] as number;
    if (value >= 0x80) {
      value &= 0x7f;
      for (let shift = 7; ; shift += 7) {
        if (at >= end) return -1;
        const byte = bytes[at++] as number;
        if (shift === 28 && byte > 15) return -1;
        value = (value | ((byte & 0x7f) << shift)) >>> 0;
        if (byte < 0x80) {
          if (byte === 0) return -1;
          break;
        }
      }
    }
    this.at = at;
    return value;
  }

  /** Width of the canonical varint of 64 bits at `at`, which is skipped; 0 where there is none before `end`. */
  skipVarint(end: number): number {
    const { bytes } = this;
    const start = this.at;
    const stop = Math.min(end, start + MOST_VARINT_BYTES);
    for (let at = start; at < stop; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) continue;
      const width = at + 1 - start;
      if ((byte === 0 && width > 1) || (width === MOST_VARINT_BYTES && byte > 1)) return 0;
      this.at = at + 1;
      return width;
    }
    return 0;
  }

  #skipField(tag: number, end: number): boolean {
    switch (tag & 7) {
      case VARINT:
        return this.skipVarint(end) > 0;
      case FIXED64:
        return this.#skip(8, end);
      case FIXED32:
        return this.#skip(4, end);
      case LENGTH_DELIMITED: {
        const length = this.varint32(end);
        return length >= 0 && this.#skip(length, end);
      }
      case START_GROUP:
        this.#groups.push(tag >>> 3);
        return true;
      case END_GROUP: {
        const groups = this.#groups;
        return groups.length > 0 && groups.items[--groups.length] === tag >>> 3;
      }
      default:
        return false;
    }
  }

  #skip(length: number, end: number): boolean {
    this.at += length;
    return this.at <= end;
  }
}
