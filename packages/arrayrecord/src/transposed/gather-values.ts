import { putVarint } from "../bytes/put-varint.ts";
import type { Arena } from "./arena.ts";
import type { Decomposer } from "./decomposer.ts";
import { VARINT } from "./states.ts";

/** Up to here bytes are copied one by one: a view to copy from costs more. */
const SHORT_BYTES = 24;

/** Bytes of the values of each node. */
export function nodeSizes(
  { nodes, valueNodes, valueLengths }: Decomposer,
  arena: Arena,
): Float64Array {
  const sizes = arena.floats(nodes.size);
  for (let i = 0; i < valueNodes.length; i++) {
    const node = valueNodes.items[i] as number;
    sizes[node] = (sizes[node] as number) + ((valueLengths.items[i] as number) >>> 0);
  }
  return sizes;
}

/** The lengths of the records that are no messages, the last one first. */
export function nonProtoLengths({
  nodes,
  nonProtos,
  valueNodes,
  valueLengths,
}: Decomposer): Uint8Array {
  const lengths = new Uint8Array(5 * nonProtos);
  let at = 0;
  for (let i = nonProtos === 0 ? -1 : valueNodes.length - 1; i >= 0; i--) {
    if (nodes.second(valueNodes.items[i] as number) !== 0) continue;
    at = putVarint(lengths, at, (valueLengths.items[i] as number) >>> 0);
  }
  return lengths.subarray(0, at);
}

/** Puts each value before those of its node that came before it; `tops` is where they go. */
export function fill(
  out: Uint8Array,
  bytes: Uint8Array,
  values: Decomposer,
  tops: Float64Array,
): void {
  const { nodes, valueNodes, valueStarts, valueLengths } = values;
  for (let i = 0; i < valueNodes.length; i++) {
    const node = valueNodes.items[i] as number;
    const start = (valueStarts.items[i] as number) >>> 0;
    const length = (valueLengths.items[i] as number) >>> 0;
    const to = (tops[node] as number) - length;
    tops[node] = to;
    const tag = nodes.second(node);
    if ((tag & 7) === VARINT && tag !== 0) {
      for (let k = 0; k < length; k++) out[to + k] = (bytes[start + k] as number) & 0x7f;
    } else if (length > SHORT_BYTES) {
      out.set(bytes.subarray(start, start + length), to);
    } else {
      for (let k = 0; k < length; k++) out[to + k] = bytes[start + k] as number;
    }
  }
}
