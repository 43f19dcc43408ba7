const MOST_BITS = 15;

/** A prefix code as a table: entry of the next `bits` bits is `symbol * 16 + length`, or 0 where no symbol has them. */
export interface HuffmanTable {
  readonly bits: number;
  readonly entries: Uint16Array;
}

/**
 * Makes the table of a code from the lengths of its words; `undefined` if they are no code. An incomplete one is none
 * unless it has a single word of one bit, or no words.
 */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | undefined {
  const counts = new Uint16Array(MOST_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  const next = new Uint16Array(MOST_BITS + 2);
  let [room, bits] = [1, 0];
  for (let length = 1; length <= MOST_BITS; length++) {
    const count = counts[length] as number;
    room = room * 2 - count;
    if (room < 0) return undefined;
    if (count > 0) bits = length;
    next[length + 1] = ((next[length] as number) + count) << 1;
  }
  if (room > 0 && bits > 1) return undefined;
  bits = Math.max(bits, 1);
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    const plain = next[length] as number;
    const word = reversed(plain, length);
    next[length] = plain + 1;
    for (let at = word; at < entries.length; at += 1 << length) entries[at] = symbol * 16 + length;
  }
  return { bits, entries };
}

/** Code words come with their first bit lowest. */
function reversed(word: number, length: number): number {
  let [rest, result] = [word, 0];
  for (let i = 0; i < length; i++) {
    result = (result << 1) | (rest & 1);
    rest >>>= 1;
  }
  return result;
}
