import type { ChunkRecords } from "../chunk/chunk-records.ts";
import type { Arena } from "./arena.ts";
import type { Decomposition } from "./decomposition.ts";
import { fill, nodeSizes, nonProtoLengths } from "./gather-values.ts";
import { IntList } from "./int-list.ts";
import { PairTable } from "./pair-table.ts";
import {
  END_GROUP,
  FIXED32,
  INLINE_VARINT,
  LENGTH_DELIMITED,
  NON_PROTO,
  START_GROUP,
  START_OF_MESSAGE,
  VARINT,
} from "./states.ts";
import { WireScanner } from "./wire-scanner.ts";

/** The parent of the fields of a record, and the first number that a field has as a parent of others. */
const ROOT = 4;
const FIRST_NODE = 5;
/** Submessages and groups within each other from which on a payload is a string. */
const MOST_DEPTH = 100;
/** A varint of at most this value, in one byte, is part of its state. */
const MOST_INLINE_VALUE = 3;
/** Subtypes that a node can have: 0 to 9 and 10 to 13 of a varint. */
const SUBTYPES = 16;

/** Subtypes of a length-delimited field. */
export const STRING = 0;
export const SUBMESSAGE_START = 1;
export const SUBMESSAGE_END = 2;

/** Takes records apart: what kinds of values there are, in which order they come, and where each value's bytes lie. */
export class Decomposer implements Decomposition {
  readonly nodes: PairTable;
  readonly tagNodes: IntList;
  readonly tagSubtypes: IntList;
  readonly emitted: IntList;
  /** Of each value that has data, in order: its node, and where it lies. */
  readonly valueNodes: IntList;
  readonly valueStarts: IntList;
  readonly valueLengths: IntList;
  /** Records that are no messages. */
  nonProtos = 0;

  readonly #scanner: WireScanner;
  /** Encoded tag plus one of each node and subtype. */
  #tagOf: Int32Array;
  readonly #arena: Arena;
  /** What is open around a field, from the outside: of a submessage its node, its parent and the end of its parent; of a group its parent. */
  readonly #messageNodes: number[] = [];
  readonly #messageParents: number[] = [];
  readonly #messageEnds: number[] = [];
  readonly #groupParents: number[] = [];

  constructor({ bytes, ends }: ChunkRecords, arena: Arena) {
    const guess = 16 + (bytes.length >> 3);
    this.#arena = arena;
    this.nodes = new PairTable(arena);
    this.tagNodes = new IntList(arena);
    this.tagSubtypes = new IntList(arena);
    this.#tagOf = arena.ints(16 * SUBTYPES);
    this.emitted = new IntList(arena, guess);
    this.valueNodes = new IntList(arena, guess);
    this.valueStarts = new IntList(arena, guess);
    this.valueLengths = new IntList(arena, guess);
    this.#scanner = new WireScanner(bytes, arena);
    let start = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i] as number;
      this.#addRecord(start, end);
      start = end;
    }
  }

  get sizes(): Float64Array {
    return nodeSizes(this, this.#arena);
  }

  otherLengths(): Uint8Array {
    return nonProtoLengths(this);
  }

  columns(tops: Float64Array, size: number): Uint8Array {
    const out = new Uint8Array(size);
    fill(out, this.#scanner.bytes, this, tops);
    return out;
  }

  #addRecord(start: number, end: number): void {
    if (this.#scanner.isMessage(start, end)) {
      this.#emit(this.nodes.numberOf(START_OF_MESSAGE, 0), 0);
      this.#scanner.at = start;
      this.#addFields(end);
      return;
    }
    const node = this.nodes.numberOf(NON_PROTO, 0);
    this.#emit(node, 0);
    this.#value(node, start, end - start);
    this.nonProtos += 1;
  }

  #addFields(recordEnd: number): void {
    const scanner = this.#scanner;
    let parent = ROOT;
    let end = recordEnd;
    for (;;) {
      while (scanner.at < end) {
        const tag = scanner.varint32(end);
        const node = this.nodes.numberOf(parent, tag);
        const wireType = tag & 7;
        if (wireType === START_GROUP) {
          this.#emit(node, 0);
          this.#groupParents.push(parent);
          parent = node + FIRST_NODE;
        } else if (wireType === END_GROUP) {
          this.#emit(node, 0);
          parent = this.#groupParents.pop() as number;
        } else if (wireType !== LENGTH_DELIMITED) {
          this.#addNumber(node, wireType, end);
        } else if (this.#addLengthDelimited(node, parent, end)) {
          parent = node + FIRST_NODE;
          end = this.#payloadEnd;
        }
      }
      const node = this.#messageNodes.pop();
      if (node === undefined) return;
      this.#emit(node, SUBMESSAGE_END);
      parent = this.#messageParents.pop() as number;
      end = this.#messageEnds.pop() as number;
    }
  }

  #addNumber(node: number, wireType: number, end: number): void {
    const scanner = this.#scanner;
    const start = scanner.at;
    if (wireType !== VARINT) {
      const length = wireType === FIXED32 ? 4 : 8;
      this.#emit(node, 0);
      this.#value(node, start, length);
      scanner.at = start + length;
      return;
    }
    const first = scanner.bytes[start] as number;
    if (first <= MOST_INLINE_VALUE) {
      this.#emit(node, INLINE_VARINT + first);
      scanner.at = start + 1;
      return;
    }
    const width = scanner.skipVarint(end);
    this.#emit(node, width - 1);
    this.#value(node, start, width);
  }

  #payloadEnd = 0;

  /** Adds a string, or opens a submessage that ends at `#payloadEnd`: then it answers true. */
  #addLengthDelimited(node: number, parent: number, end: number): boolean {
    const scanner = this.#scanner;
    const head = scanner.at;
    const length = scanner.varint32(end);
    const start = scanner.at;
    const depth = this.#messageNodes.length + this.#groupParents.length;
    if (length > 0 && depth < MOST_DEPTH && scanner.isMessage(start, start + length)) {
      this.#emit(node, SUBMESSAGE_START);
      this.#tag(node, SUBMESSAGE_END);
      this.#messageNodes.push(node);
      this.#messageParents.push(parent);
      this.#messageEnds.push(end);
      this.#payloadEnd = start + length;
      scanner.at = start;
      return true;
    }
    this.#emit(node, STRING);
    this.#value(node, head, start + length - head);
    scanner.at = start + length;
    return false;
  }

  #emit(node: number, subtype: number): void {
    this.emitted.push(this.#tag(node, subtype));
  }

  /** The encoded tag of a node with a subtype. */
  #tag(node: number, subtype: number): number {
    const key = node * SUBTYPES + subtype;
    if (key >= this.#tagOf.length) {
      const grown = this.#arena.ints(2 * key);
      grown.set(this.#tagOf);
      this.#tagOf = grown;
    }
    const known = this.#tagOf[key] as number;
    if (known > 0) return known - 1;
    this.tagNodes.push(node);
    this.tagSubtypes.push(subtype);
    this.#tagOf[key] = this.tagNodes.length;
    return this.tagNodes.length - 1;
  }

  #value(node: number, start: number, length: number): void {
    this.valueNodes.push(node);
    this.valueStarts.push(start);
    this.valueLengths.push(length);
  }
}
