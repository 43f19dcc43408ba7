import { malformedStream, truncatedStream } from "../stream-errors.ts";
import type { BitInput, Inflating } from "./bit-input.ts";
import { type HuffmanTable, huffmanTable } from "./huffman.ts";

/** The literal that ends a block. */
export const END_OF_BLOCK = 256;

/** In this order the lengths of the code of code lengths come. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The two codes of a block. */
export interface Codes {
  readonly literals: HuffmanTable;
  readonly distances: HuffmanTable;
}

/** The codes of blocks that bring none of their own (RFC 1951, 3.2.6). */
export const FIXED: Codes = {
  literals: table(
    Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  ),
  distances: table(new Uint8Array(32).fill(5)),
};

/** The codes at the beginning of a block (RFC 1951, 3.2.7). */
export function* readCodes(input: BitInput): Inflating<Codes> {
  yield* must(input, 14);
  const literals = input.take(5) + 257;
  const distances = input.take(5) + 1;
  const words = input.take(4) + 4;
  if (literals > 286 || distances > 30) {
    throw malformedStream("a block has more symbols than there are", input.position);
  }
  const order = new Uint8Array(19);
  for (let i = 0; i < words; i++) {
    yield* must(input, 3);
    order[ORDER[i] as number] = input.take(3);
  }
  const code = checked(huffmanTable(order), input);
  const lengths = new Uint8Array(literals + distances);
  for (let at = 0; at < lengths.length; ) {
    const symbol = yield* readSymbol(input, code);
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    const [bits, base] = symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
    yield* must(input, bits as number);
    const times = (base as number) + input.take(bits as number);
    if (at + times > lengths.length || (symbol === 16 && at === 0)) {
      throw malformedStream("the code lengths are damaged", input.position);
    }
    lengths.fill(symbol === 16 ? (lengths[at - 1] as number) : 0, at, at + times);
    at += times;
  }
  if (lengths[END_OF_BLOCK] === 0) {
    throw malformedStream("a block's code has no end", input.position);
  }
  return {
    literals: checked(huffmanTable(lengths.subarray(0, literals)), input),
    distances: checked(huffmanTable(lengths.subarray(literals)), input),
  };
}

/** The next symbol, with no more bits than it has: behind the last one there may be none. */
export function* readSymbol(input: BitInput, { bits, entries }: HuffmanTable): Inflating<number> {
  for (;;) {
    const known = Math.min(input.count, bits);
    const entry = entries[input.hold & ((1 << known) - 1)] as number;
    const length = entry & 15;
    if (length > 0 && length <= input.count) {
      input.take(length);
      return entry >>> 4;
    }
    if (input.count >= bits) throw malformedStream("a code word is none", input.position);
    yield* must(input, input.count + 1);
  }
}

/** Makes bits available, or fails for want of them. */
export function* must(input: BitInput, width: number): Inflating {
  if (!(yield* input.need(width))) throw truncatedStream(input.position);
}

function checked(made: HuffmanTable | undefined, input: BitInput): HuffmanTable {
  if (made === undefined) throw malformedStream("a block's code is none", input.position);
  return made;
}

function table(lengths: Uint8Array): HuffmanTable {
  return huffmanTable(lengths) as HuffmanTable;
}
