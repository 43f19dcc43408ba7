import { varintWidth } from "@nthrec/core";
import { putVarint } from "../bytes/put-varint.ts";
import type { ChunkCounts, ChunkRecords } from "../chunk/chunk-records.ts";
import { corrupt } from "../errors.ts";
import type { Columns } from "./columns.ts";
import { RecordSizes } from "./record-sizes.ts";
import { Action, type StateTable, TAG_STRIDE } from "./state-table.ts";
import { MOST_REPEATS } from "./states.ts";

/** Up to here bytes are copied one by one: a view to copy from costs more. */
const SHORT_BYTES = 24;
/** Memory that is taken on the header's word; more, only as it fills. */
const TRUSTED_BYTES = 1 << 24;

/**
 * One run of a chunk's state machine (formats/arrayrecord.md 3.5.3). It writes the records from the last byte to the
 * first.
 */
export class Replay {
  readonly #counts: ChunkCounts;
  readonly #states: StateTable;
  readonly #data: Uint8Array;
  /** Where each buffer is read next, and where each ends. */
  readonly #heads: Float64Array | Int32Array;
  readonly #tails: Float64Array | Int32Array;
  /** The records, at the end of it. */
  #out: Uint8Array;
  /** Bytes of `#out` that are still free, at its beginning. */
  #free: number;
  readonly #records: RecordSizes;
  /** Of each open submessage: bytes written before it, and the state that it ends in. */
  readonly #openSizes: number[] = [];
  readonly #openStates: number[] = [];

  constructor(counts: ChunkCounts, states: StateTable, columns: Columns) {
    this.#counts = counts;
    this.#states = states;
    this.#data = columns.bytes;
    const { borders } = columns;
    const positions = columns.bytes.length < 2 ** 31 ? Int32Array.from(borders) : borders;
    this.#heads = positions.slice(0, -1);
    this.#tails = positions.subarray(1);
    const { decodedDataSize } = counts;
    this.#free = Math.min(decodedDataSize, Math.max(TRUSTED_BYTES, 16 * columns.bytes.length));
    this.#out = new Uint8Array(this.#free);
    this.#records = new RecordSizes(counts);
  }

  /** @throws {@link NthrecError} `NTH_CORRUPTION` */
  run(transitions: Uint8Array): ChunkRecords {
    const { arrival, implicit, base, count, first } = this.#states;
    let state = arrival[first] as number;
    let repeats = implicit[state] as number;
    let at = 0;
    for (;;) {
      this.#visit(state);
      const from = base[state] as number;
      if (repeats !== 0) {
        state = arrival[from] as number;
        repeats -= 1 - (implicit[state] as number);
      } else {
        if (at === transitions.length) break;
        const transition = transitions[at++] as number;
        const next = from + (transition >> 2);
        if (next >= count) throw corrupt("a transition leads out of range");
        state = arrival[next] as number;
        repeats = (transition & MOST_REPEATS) + (implicit[state] as number);
      }
    }
    return this.#finish();
  }

  #visit(state: number): void {
    const { action, buffer, width } = this.#states;
    const kind = action[state] as number;
    if (kind >= Action.fixed) {
      const from = buffer[state] as number;
      if (kind === Action.string) this.#putString(from, state);
      else this.#putNumber(from, width[state] as number, state, kind === Action.varint ? 0x80 : 0);
    } else if (kind === Action.constant) this.#putTag(state);
    else if (kind === Action.startMessage) this.#endRecord();
    else if (kind === Action.endSubmessage) this.#openSubmessage(state);
    else if (kind === Action.startSubmessage) this.#closeSubmessage();
    else if (kind === Action.nonProto) {
      this.#putNonProto(buffer[state] as number);
      this.#endRecord();
    }
  }

  /** Position of the next `length` bytes of a buffer, which are used up. */
  #take(buffer: number, length: number): number {
    const at = this.#heads[buffer] as number;
    const next = at + length;
    if (next > (this.#tails[buffer] as number)) throw corrupt(`buffer ${buffer} ends too early`);
    this.#heads[buffer] = next;
    return at;
  }

  /** Makes room for `length` bytes in front of the others; answers where they begin. */
  #room(length: number): number {
    if (length > this.#free) this.#grow(length);
    this.#free -= length;
    return this.#free;
  }

  #put(from: number, length: number): void {
    const to = this.#room(length);
    if (length > SHORT_BYTES) {
      this.#out.set(this.#data.subarray(from, from + length), to);
      return;
    }
    const data = this.#data;
    const out = this.#out;
    for (let i = 0; i < length; i++) out[to + i] = data[from + i] as number;
  }

  /** Puts a tag and a number of `length` bytes from a buffer, all of which but the last get the bits of `more`. */
  #putNumber(buffer: number, length: number, state: number, more: number): void {
    const from = this.#take(buffer, length);
    const { tag, tagWidth } = this.#states;
    const head = tagWidth[state] as number;
    let to = this.#room(head + length);
    const data = this.#data;
    const out = this.#out;
    const start = state * TAG_STRIDE;
    for (let i = 0; i < head; i++) out[to++] = tag[start + i] as number;
    const last = length - 1;
    for (let i = 0; i < last; i++) out[to++] = (data[from + i] as number) | more;
    out[to] = data[from + last] as number;
  }

  #putTag(state: number): void {
    const { tag, tagWidth } = this.#states;
    const width = tagWidth[state] as number;
    const to = this.#room(width);
    const out = this.#out;
    const from = state * TAG_STRIDE;
    for (let i = 0; i < width; i++) out[to + i] = tag[from + i] as number;
  }

  /** Puts a tag, and a length and as many bytes as they lie in the buffer. */
  #putString(buffer: number, state: number): void {
    const start = this.#heads[buffer] as number;
    const length = this.#readLength(buffer);
    const width = (this.#heads[buffer] as number) - start;
    this.#take(buffer, length);
    this.#put(start, width + length);
    this.#putTag(state);
  }

  #putNonProto(buffer: number): void {
    const length = this.#readLength(this.#heads.length - 1);
    this.#put(this.#take(buffer, length), length);
  }

  /** Reads a varint32 from a buffer. */
  #readLength(buffer: number): number {
    const data = this.#data;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = data[this.#take(buffer, 1)] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = data[this.#take(buffer, 1)] as number;
    if (last >= 16) throw corrupt("a length is no varint32");
    return (value | (last << 28)) >>> 0;
  }

  #openSubmessage(state: number): void {
    // Each takes at least a tag and a length when it is closed: what cannot be, need not be remembered.
    const { decodedDataSize } = this.#counts;
    if (2 * (this.#openStates.length + 1) > decodedDataSize - this.#size)
      throw tooLarge(decodedDataSize);
    this.#openSizes.push(this.#size);
    this.#openStates.push(state);
  }

  #closeSubmessage(): void {
    const state = this.#openStates.pop();
    if (state === undefined) throw corrupt("a submessage begins that did not end");
    const length = this.#size - (this.#openSizes.pop() as number);
    if (length > 0xffffffff) throw corrupt("a submessage of 4 GiB or more");
    putVarint(this.#out, this.#room(varintWidth(length)), length);
    this.#putTag(state);
  }

  #endRecord(): void {
    if (this.#openStates.length > 0) throw corrupt("a record begins inside a submessage");
    this.#records.push(this.#size);
  }

  /** Bytes written. */
  get #size(): number {
    return this.#out.length - this.#free;
  }

  #grow(length: number): void {
    const { decodedDataSize } = this.#counts;
    const size = this.#size;
    if (size + length > decodedDataSize) throw tooLarge(decodedDataSize);
    const grown = new Uint8Array(Math.min(decodedDataSize, 2 * (size + length)));
    grown.set(this.#out.subarray(this.#free), grown.length - size);
    this.#free = grown.length - size;
    this.#out = grown;
  }

  #finish(): ChunkRecords {
    if (this.#openStates.length > 0) throw corrupt("a submessage has no beginning");
    return { ends: this.#records.toEnds(this.#size), bytes: this.#out };
  }
}

function tooLarge(size: number): Error {
  return corrupt(`its records hold more than ${size} bytes`);
}
