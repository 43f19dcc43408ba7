import type { NthrecErrorCode } from "../../index.ts";
import { sameBytes } from "../equal.ts";
import { type MadeFile, type Rig, SEAL_SUFFIX } from "../rig.ts";

/** One state of an index file beside sound data. */
export interface IndexStateCase {
  readonly name: string;
  /** The index, or `undefined` for none. */
  readonly index: Uint8Array | undefined;
  /** What `onStaleIndex: "throw"` says; several where a look at the data may decide. */
  readonly codes: readonly NthrecErrorCode[];
  /** Whether the file is another program's, which is never overwritten. */
  readonly foreign?: boolean;
}

const HEADER = 16;
const STALE = ["NTH_INDEX_STALE"] as const;
const INVALID = ["NTH_INDEX_INVALID"] as const;
const EITHER = ["NTH_INDEX_INVALID", "NTH_INDEX_STALE"] as const;

/** Every state that an index can be found in, for a file of at least two records. */
export async function indexStates<T>(
  rig: Rig<T>,
  made: MadeFile,
  values: readonly T[],
): Promise<IndexStateCase[]> {
  const index = made.index as Uint8Array;
  const size = made.data.length;
  return [
    { name: "missing", index: undefined, codes: ["NTH_INDEX_MISSING"] },
    ...badForm(index),
    ...badOffsets(rig, index, size),
    ...badSize(index, size),
    { name: "of an older state", index: (await older(rig, values)).index, codes: EITHER },
    ...(await rewritten(rig, made, values)),
    ...foreign(index),
  ];
}

function badForm(index: Uint8Array): IndexStateCase[] {
  const missing = [...EITHER, "NTH_INDEX_MISSING"] as const;
  return [
    { name: "empty", index: new Uint8Array(0), codes: missing },
    { name: "cut inside its header", index: index.slice(0, 11), codes: INVALID },
    { name: "cut inside an offset", index: index.slice(0, -3), codes: INVALID },
    { name: "followed by three bytes", index: joined(index, new Uint8Array(3)), codes: INVALID },
    { name: "of another typecode", index: withByte(index, 4, 0x49), codes: INVALID },
  ];
}

function badOffsets<T>(rig: Rig<T>, index: Uint8Array, size: number): IndexStateCase[] {
  const last = (index.length - HEADER) / 8 - 1;
  const states: Readonly<Record<string, Uint8Array>> = {
    "one record short": index.slice(0, -8),
    "one record long": joined(index, index.subarray(-8)),
    "with a record at byte 0 after the last": joined(index, new Uint8Array(8)),
    "with an offset past the end": withOffset(index, 1, size + 40),
    "with an offset past 2^53": withByte(index, HEADER + 15, 0xff),
    "with offsets that fall": withOffset(index, last, 0),
    "with a first offset that is moved": withOffset(index, 0, offsetAt(index, 0) + 1),
    "with offsets at random": garbage(rig, index, size),
  };
  return Object.entries(states).map(([name, bad]) => ({ name, index: bad, codes: EITHER }));
}

function badSize(index: Uint8Array, size: number): IndexStateCase[] {
  return [
    { name: "stating a byte less", index: withSize(index, size - 1), codes: EITHER },
    { name: "stating a byte more", index: withSize(index, size + 1), codes: STALE },
    { name: "stating no size", index: withSize(index, 0), codes: STALE },
  ];
}

function foreign(index: Uint8Array): IndexStateCase[] {
  const codes = ["NTH_INDEX_FOREIGN"] as const;
  const text = new TextEncoder().encode("0 12\n12 40\n");
  return [
    { name: "another program's, text", index: text, codes, foreign: true },
    { name: "another program's, binary", index: withByte(index, 0, 0x58), codes, foreign: true },
  ];
}

/** The same values in another order: often a file of the same size with other borders. */
async function rewritten<T>(
  rig: Rig<T>,
  made: MadeFile,
  values: readonly T[],
): Promise<IndexStateCase[]> {
  const reversed = await rig.made("reversed", [...values].reverse());
  if (reversed.index === undefined || sameBytes(reversed.index, made.index as Uint8Array))
    return [];
  return [
    { name: "of other data, perhaps of the same size", index: reversed.index, codes: [...EITHER] },
  ];
}

function older<T>(rig: Rig<T>, values: readonly T[]): Promise<MadeFile> {
  return rig.made("older", values.slice(0, -1));
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A copy with one byte replaced. */
function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function withOffset(index: Uint8Array, record: number, offset: number): Uint8Array {
  return withNumber(index, HEADER + 8 * record, offset);
}

function withSize(index: Uint8Array, size: number): Uint8Array {
  return withNumber(index, 8, size);
}

function withNumber(index: Uint8Array, at: number, value: number): Uint8Array {
  const copy = index.slice();
  new DataView(copy.buffer).setBigUint64(at, BigInt(value), true);
  return copy;
}

function offsetAt(index: Uint8Array, record: number): number {
  const view = new DataView(index.buffer, index.byteOffset);
  return Number(view.getBigUint64(HEADER + 8 * record, true));
}

function garbage<T>(rig: Rig<T>, index: Uint8Array, size: number): Uint8Array {
  const copy = index.slice();
  const view = new DataView(copy.buffer);
  for (let at = HEADER; at < copy.length; at += 8) {
    // Rising, inside the data, and wrong: the first offset of all is moved.
    view.setBigUint64(
      at,
      BigInt(Math.min(size - 1, 1 + (at - HEADER) / 8 + rig.random.below(2))),
      true,
    );
  }
  return copy;
}

/** Puts one state of the index beside sound data, with or without the seal of their writer. */
export async function putState<T>(
  rig: Rig<T>,
  name: string,
  values: readonly T[],
  state: IndexStateCase,
  sealed: boolean,
): Promise<void> {
  // A foreign index of the round before would make the writer leave its own elsewhere.
  for (const left of [rig.indexOf(name), `${name}.idv1`]) rig.put(left, undefined);
  await rig.write(name, values);
  if (!sealed) rig.put(name + SEAL_SUFFIX, undefined);
  rig.put(rig.indexOf(name), state.index);
}
