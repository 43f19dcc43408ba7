import { decodeUtf8, isUtf8 } from "@nthrec/core";
import { malformed, type Ranges, WireCursor } from "./wire-cursor.ts";

/** Field 1 and field 2, with bytes in them. */
const FIRST = 0x0a;
const SECOND = 0x12;

/** One entry of a map: where its name lies, and the parts of its value. */
interface Entry {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly value: Ranges;
  /** Whether it has fields that a map has not, so that it is none of the map's. */
  readonly stray: boolean;
}

const encoder = new TextEncoder();

/**
 * A protobuf map from names to messages, found but not decoded.
 * As protobuf has it: the last entry of a name wins, a missing name is "", a missing value is an empty message, a
 * value that occurs twice is one message, and an entry with fields that a map has not is left out.
 */
export class EntryTable {
  readonly bytes: Uint8Array;
  readonly #entries: readonly Entry[];
  /** Those that were left out. */
  readonly #strays: readonly Entry[];
  #byName: ReadonlyMap<string, Entry> | undefined;

  private constructor(bytes: Uint8Array, entries: readonly Entry[]) {
    this.bytes = bytes;
    this.#entries = entries.filter(({ stray }) => !stray);
    this.#strays = entries.filter(({ stray }) => stray);
  }

  /** Finds the entries of a message whose field 1 is a map. */
  static read(bytes: Uint8Array, ranges: Ranges, anyNames: boolean): EntryTable {
    const entries: Entry[] = [];
    for (let i = 0; i < ranges.length; i += 2) {
      const cursor = new WireCursor(bytes, ranges[i] as number, ranges[i + 1] as number);
      for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
        if (tag !== FIRST) {
          cursor.skip(tag);
          continue;
        }
        const end = cursor.enter();
        entries.push(readEntry(bytes, cursor.at, end, anyNames));
        cursor.at = end;
      }
    }
    return new EntryTable(bytes, entries);
  }

  /** Names there are. */
  get size(): number {
    return this.#map().size;
  }

  /** The parts of the message of this name. */
  find(name: string | Uint8Array): Ranges | undefined {
    const wanted = typeof name === "string" ? encoder.encode(name) : name;
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i] as Entry;
      if (this.#isNamed(entry, wanted)) return entry.value;
    }
    return undefined;
  }

  /** Names as bytes, with the parts of their messages, in the order of the first entry of each name. */
  *all(): Generator<readonly [Uint8Array, Ranges]> {
    for (const { nameStart, nameEnd, value } of this.#map().values()) {
      yield [this.bytes.subarray(nameStart, nameEnd), value];
    }
  }

  /** Calls back for the parts of every message there is, those of entries that do not count, too. */
  check(each: (bytes: Uint8Array, value: Ranges) => void): void {
    for (const { value } of this.#entries) each(this.bytes, value);
    for (const { value } of this.#strays) each(this.bytes, value);
  }

  #isNamed({ nameStart, nameEnd }: Entry, wanted: Uint8Array): boolean {
    if (nameEnd - nameStart !== wanted.length) return false;
    for (let i = 0; i < wanted.length; i++) {
      if (this.bytes[nameStart + i] !== wanted[i]) return false;
    }
    return true;
  }

  #map(): ReadonlyMap<string, Entry> {
    this.#byName ??= new Map(this.#entries.map((entry) => [this.#keyOf(entry), entry]));
    return this.#byName;
  }

  /** Text that differs where the bytes differ, whatever they are. */
  #keyOf({ nameStart, nameEnd }: Entry): string {
    const name = this.bytes.subarray(nameStart, nameEnd);
    return isUtf8(name) ? decodeUtf8(name) : `\0${name.join()}`;
  }
}

function readEntry(bytes: Uint8Array, start: number, stop: number, anyNames: boolean): Entry {
  const cursor = new WireCursor(bytes, start, stop);
  let [nameStart, nameEnd] = [start, start];
  const value: number[] = [];
  let stray = false;
  for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
    if (tag !== FIRST && tag !== SECOND) {
      cursor.skip(tag);
      stray = true;
      continue;
    }
    const end = cursor.enter();
    if (tag === SECOND) value.push(cursor.at, end);
    else {
      [nameStart, nameEnd] = [cursor.at, end];
      if (!anyNames && !isText(bytes, nameStart, nameEnd)) {
        throw malformed('a name is not UTF-8; names: "any" reads it all the same', nameStart);
      }
    }
    cursor.at = end;
  }
  return { nameStart, nameEnd, value, stray };
}

/** Whether bytes are UTF-8; of names, nearly all are ASCII, which is seen sooner. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) > 0x7f) return isUtf8(bytes.subarray(start, end));
  }
  return true;
}
