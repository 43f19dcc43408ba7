import type { IntList } from "./int-list.ts";

/** Records that were taken apart (formats/arrayrecord.md 3.5.6). A node is a field under a parent; an encoded tag, a node with a subtype. */
export interface Decomposition {
  readonly nodes: {
    readonly size: number;
    /** The parent of a node, and its tag. */
    first(node: number): number;
    second(node: number): number;
  };
  /** Node and subtype of each encoded tag, in the order of first use. */
  readonly tagNodes: Ints;
  readonly tagSubtypes: Ints;
  /** The encoded tags in the order in which they come. */
  readonly emitted: Ints;
  /** Bytes of the values of each node. */
  readonly sizes: Float64Array;

  /** The lengths of the records that are no messages as varints, the last one first. */
  otherLengths(): Uint8Array;
  /**
   * Puts the values of each node behind each other, the last one first.
   *
   * @param tops Where the values of each node end. It is overwritten.
   * @param size Bytes to answer, from the first value on.
   */
  columns(tops: Float64Array, size: number): Uint8Array;
  /**
   * Walks the emitted tags from the last one to the first.
   *
   * @returns `undefined` where that is left to the caller
   */
  walk?(): Walk | undefined;
  /**
   * The transitions of the steps that were walked.
   *
   * @param offsets Of each pair its one offset, or a negative number if it takes no transition.
   */
  transitions?(offsets: Int32Array): Uint8Array;
}

/** What follows what in the replay. */
export interface Walk {
  /** The pair of each step. */
  readonly steps: Int32Array;
  /** Of each pair four numbers: its two tags, how often it comes, its own number. */
  readonly pairs: Int32Array;
}

/** Numbers of 32 bits, of which the first `length` count. */
export type Ints = Pick<IntList, "items" | "length">;
