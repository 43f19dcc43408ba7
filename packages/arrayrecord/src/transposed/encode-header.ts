import { varintWidth } from "@nthrec/core";
import { putVarint } from "../bytes/put-varint.ts";
import { STRING, SUBMESSAGE_END, SUBMESSAGE_START } from "./decomposer.ts";
import type { Decomposition } from "./decomposition.ts";
import type { EncodedColumns } from "./encode-columns.ts";
import type { StateMachine } from "./state-machine.ts";
import {
  END_OF_SUBMESSAGE_DELTA,
  FIXED32,
  FIXED64,
  INLINE_VARINT,
  LENGTH_DELIMITED,
  NO_OP,
  NON_PROTO,
  START_OF_SUBMESSAGE,
  VARINT,
} from "./states.ts";
import type { Transitions } from "./transitions.ts";
import { isImplicit } from "./write-transitions.ts";

/**
 * The header of a chunk (formats/arrayrecord.md 3.5.1), uncompressed.
 *
 * @param buckets Length of each bucket as it is stored.
 */
export function encodeHeader(
  machine: StateMachine,
  values: Decomposition,
  transitions: Transitions,
  columns: EncodedColumns,
  buckets: readonly number[],
): Uint8Array {
  const { lengths } = columns;
  return varints([
    [buckets.length, lengths.length],
    buckets,
    lengths,
    ...statesOf(machine, values, transitions, columns),
  ]);
}

/** Every number as a varint. */
function varints(lists: readonly (readonly number[])[]): Uint8Array {
  let size = 0;
  for (const list of lists) for (const value of list) size += varintWidth(value);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const list of lists) for (const value of list) at = putVarint(bytes, at, value);
  return bytes;
}

/** The state machine: its size, tags, bases, subtypes (a byte each, and none above 127), buffers, the first state. */
function statesOf(
  machine: StateMachine,
  values: Decomposition,
  transitions: Transitions,
  columns: EncodedColumns,
): number[][] {
  const { size, tags, bases, tagBases } = machine;
  const ids: number[] = [];
  const nexts: number[] = [];
  const subtypes: number[] = [];
  const buffers: number[] = [];
  for (let state = 0; state < size; state++) {
    const tag = tags[state] as number;
    if (tag === -1) {
      ids.push(NO_OP);
      nexts.push(bases[state] as number);
      continue;
    }
    const node = values.tagNodes.items[tag] as number;
    const subtype = values.tagSubtypes.items[tag] as number;
    const field = values.nodes.second(node);
    ids.push(stateId(values.nodes.first(node), field, subtype));
    // A tag that nothing follows leads nowhere: 0.
    nexts.push(Math.max(0, tagBases[tag] as number) + (isImplicit(transitions, tag) ? size : 0));
    if (field !== 0 && (field & 7) === VARINT) subtypes.push(subtype);
    if (hasBuffer(values.nodes.first(node), field, subtype)) {
      buffers.push(columns.bufferOf[node] as number);
    }
  }
  const first = Math.max(0, tags.indexOf(transitions.first));
  return [[size], ids, nexts, subtypes, buffers, [first]];
}

/** What stands for a tag of a field under `parent` in the list of states. */
function stateId(parent: number, field: number, subtype: number): number {
  if (field === 0) return parent;
  if ((field & 7) !== LENGTH_DELIMITED) return field;
  if (subtype === SUBMESSAGE_START) return START_OF_SUBMESSAGE;
  return subtype === SUBMESSAGE_END ? field + END_OF_SUBMESSAGE_DELTA : field;
}

function hasBuffer(parent: number, field: number, subtype: number): boolean {
  if (field === 0) return parent === NON_PROTO;
  switch (field & 7) {
    case VARINT:
      return subtype < INLINE_VARINT;
    case LENGTH_DELIMITED:
      return subtype === STRING;
    default:
      return (field & 7) === FIXED32 || (field & 7) === FIXED64;
  }
}
