import type { ByteCursor } from "../bytes/byte-cursor.ts";
import { putVarint } from "../bytes/put-varint.ts";
import { corrupt } from "../errors.ts";
import {
  END_OF_SUBMESSAGE_DELTA,
  FIXED32,
  FIXED64,
  INLINE_VARINT,
  LENGTH_DELIMITED,
  NO_OP,
  NON_PROTO,
  START_OF_MESSAGE,
  START_OF_SUBMESSAGE,
  VARINT,
} from "./states.ts";

/** What a visit of a state does. */
export const Action = {
  nothing: 0,
  nonProto: 1,
  startMessage: 2,
  startSubmessage: 3,
  endSubmessage: 4,
  /** Puts the bytes of the state itself. */
  constant: 5,
  /** Puts `width` bytes of the buffer behind the tag. */
  fixed: 6,
  /** Likewise, with bit 7 set in all of them but the last. */
  varint: 7,
  string: 8,
} as const;

/** Bytes for a tag in the table: the longest one, and the value of one byte behind it. */
export const TAG_STRIDE = 6;
/** Longest data of a varint, and largest value of one in its state. */
const MOST_VARINT_BYTES = 10;
const MOST_INLINE = 127;

/** The state machine of a transposed chunk: what each state does, and where it leads (formats/arrayrecord.md 3.5.2). */
export class StateTable {
  readonly count: number;
  /** One of {@link Action}. */
  readonly action: Uint8Array;
  /** The number of data bytes of `fixed` and `varint`. */
  readonly width: Uint8Array;
  readonly buffer: Uint32Array;
  /** The tag as it stands in a record, and with `constant` a value behind it: `tagWidth` bytes from `6 * state` on. */
  readonly tag: Uint8Array;
  readonly tagWidth: Uint8Array;
  /** From where transitions count. */
  readonly base: Uint32Array;
  /** 1 where a state leads to its base and uses up no transition. */
  readonly implicit: Uint8Array;
  /**
   * Where a jump to a state really arrives: behind states that do nothing and are implicit. Without it a short chunk
   * could pass through a million of them a million times.
   */
  readonly arrival: Uint32Array;
  readonly first: number;

  /**
   * Reads the state machine.
   *
   * @param header Stands behind the lengths of the buffers.
   * @throws {@link NthrecError} `NTH_CORRUPTION`
   */
  constructor(header: ByteCursor, numBuffers: number) {
    const count = header.varint32();
    if (count > header.left / 2) throw corrupt("more states than its header has room for");
    this.count = count;
    this.action = new Uint8Array(count);
    this.width = new Uint8Array(count);
    this.buffer = new Uint32Array(count);
    this.tag = new Uint8Array(count * TAG_STRIDE);
    this.tagWidth = new Uint8Array(count);
    this.base = new Uint32Array(count);
    this.implicit = new Uint8Array(count);
    this.arrival = new Uint32Array(count);
    const tags = new Uint32Array(count);
    for (let i = 0; i < count; i++) tags[i] = header.varint32();
    for (let i = 0; i < count; i++) this.#readBase(i, header.varint32());
    this.#readActions(tags, header);
    this.#readBuffers(header, numBuffers);
    this.first = header.varint32();
    if (this.first >= count) throw corrupt("first state out of range");
    this.#resolve();
  }

  #readBase(state: number, value: number): void {
    const implicit = value >= this.count;
    const base = implicit ? value - this.count : value;
    if (base >= this.count) throw corrupt(`state ${state} leads out of range`);
    this.base[state] = base;
    this.implicit[state] = implicit ? 1 : 0;
  }

  #readActions(tags: Uint32Array, header: ByteCursor): void {
    for (let state = 0; state < tags.length; state++) {
      const tag = tags[state] as number;
      if (tag === NO_OP) this.action[state] = Action.nothing;
      else if (tag === NON_PROTO) this.action[state] = Action.nonProto;
      else if (tag === START_OF_SUBMESSAGE) this.action[state] = Action.startSubmessage;
      else if (tag === START_OF_MESSAGE) this.action[state] = Action.startMessage;
      else this.#readField(state, tag, header);
    }
  }

  #readField(state: number, id: number, header: ByteCursor): void {
    const ends = (id & 7) === LENGTH_DELIMITED + END_OF_SUBMESSAGE_DELTA;
    const tag = ends ? id - END_OF_SUBMESSAGE_DELTA : id;
    const wireType = tag & 7;
    if (tag < 8 || wireType > FIXED32) throw corrupt(`state ${state} has the invalid tag ${id}`);
    const start = state * TAG_STRIDE;
    this.tagWidth[state] = putVarint(this.tag, start, tag) - start;
    if (ends) this.action[state] = Action.endSubmessage;
    else if (wireType === VARINT) this.#readVarint(state, header.u8());
    else if (wireType === LENGTH_DELIMITED) this.action[state] = Action.string;
    else if (wireType === FIXED32 || wireType === FIXED64) {
      this.action[state] = Action.fixed;
      this.width[state] = wireType === FIXED32 ? 4 : 8;
    } else this.action[state] = Action.constant;
  }

  #readVarint(state: number, subtype: number): void {
    if (subtype < MOST_VARINT_BYTES) {
      this.action[state] = Action.varint;
      this.width[state] = subtype + 1;
      return;
    }
    const value = subtype - INLINE_VARINT;
    if (value > MOST_INLINE) throw corrupt(`state ${state} has the invalid subtype ${subtype}`);
    this.action[state] = Action.constant;
    const width = this.tagWidth[state] as number;
    this.tag[state * TAG_STRIDE + width] = value;
    this.tagWidth[state] = width + 1;
  }

  #readBuffers(header: ByteCursor, numBuffers: number): void {
    for (let state = 0; state < this.count; state++) {
      const action = this.action[state] as number;
      if (action < Action.fixed && action !== Action.nonProto) continue;
      const buffer = header.varint32();
      if (buffer >= numBuffers) throw corrupt(`state ${state} has no buffer ${buffer}`);
      this.buffer[state] = buffer;
    }
  }

  /** Finds where jumps arrive, and refuses a circle of implicit states: nothing would ever stop it. */
  #resolve(): void {
    const { count, action, base, implicit, arrival } = this;
    const seen = new Uint32Array(count);
    const chain: number[] = [];
    for (let start = 0; start < count; start++) {
      let state = start;
      // Each walk goes on until it meets the end of a chain, an earlier walk, or itself.
      while (seen[state] === 0 && implicit[state] === 1) {
        seen[state] = start + 1;
        chain.push(state);
        state = base[state] as number;
      }
      if (seen[state] === start + 1 && implicit[state] === 1) {
        throw corrupt("its states contain an implicit loop");
      }
      if (seen[state] === 0) arrival[state] = state;
      seen[state] = start + 1;
      let end = arrival[state] as number;
      for (let last = chain.pop(); last !== undefined; last = chain.pop()) {
        if (action[last] !== Action.nothing) end = last;
        arrival[last] = end;
      }
    }
  }
}
