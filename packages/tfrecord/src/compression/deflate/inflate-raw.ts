import { malformedStream, truncatedStream } from "../stream-errors.ts";
import type { BitInput, Inflating } from "./bit-input.ts";
import { type Codes, END_OF_BLOCK, FIXED, must, readCodes, readSymbol } from "./codes.ts";
import type { HuffmanTable } from "./huffman.ts";

/** How far back a match may lie. */
const WINDOW_BYTES = 32 * 1024;
/** Output that is gathered before it is handed on. */
const PIECE_BYTES = 128 * 1024;
const MOST_MATCH = 258;
/** Input and output room with which a symbol can be decoded without looking. */
const INPUT_ROOM = 8;

/** Lengths and distances: first value of each symbol, and how many more bits it has. */
const LENGTH_BITS = Uint8Array.from({ length: 29 }, (_, i) =>
  i < 8 || i === 28 ? 0 : (i - 4) >> 2,
);
const LENGTHS = Uint16Array.from({ length: 29 }, (_, i) =>
  i === 28 ? 258 : i < 8 ? i + 3 : 3 + ((4 + (i & 3)) << (LENGTH_BITS[i] as number)),
);
const DISTANCE_BITS = Uint8Array.from({ length: 30 }, (_, i) => (i < 4 ? 0 : (i - 2) >> 1));
const DISTANCES = Uint16Array.from({ length: 30 }, (_, i) =>
  i < 4 ? i + 1 : 1 + ((2 + (i & 1)) << (DISTANCE_BITS[i] as number)),
);
/** Inflates one stream of RFC 1951, piece by piece; the pieces of output are their receiver's. */
export function* inflateRaw(input: BitInput): Inflating {
  const inflater = new Inflater(input);
  try {
    while (!(yield* block(input, inflater)));
  } finally {
    // What is sound before damage comes before its error.
    yield* inflater.flush();
  }
}

/** One block; answers whether it is the last. */
function* block(input: BitInput, inflater: Inflater): Inflating<boolean> {
  yield* must(input, 3);
  const last = input.take(1) === 1;
  const type = input.take(2);
  if (type === 0) yield* inflater.stored();
  else if (type === 1) yield* inflater.coded(FIXED);
  else if (type === 2) yield* inflater.coded(yield* readCodes(input));
  else throw malformedStream("a block is of no known kind", input.position);
  return last;
}

class Inflater {
  readonly #input: BitInput;
  readonly #out: Uint8Array = new Uint8Array(WINDOW_BYTES + PIECE_BYTES + MOST_MATCH);
  /** Where the next byte goes, and from where on nothing was handed out. */
  #at = 0;
  #fresh = 0;

  constructor(input: BitInput) {
    this.#input = input;
  }

  *stored(): Inflating {
    const input = this.#input;
    input.align();
    yield* must(input, 16);
    const length = input.take(16);
    yield* must(input, 16);
    if ((length ^ input.take(16)) !== 0xffff) {
      throw malformedStream("a stored block's length is damaged", input.position);
    }
    input.align();
    for (let rest = length; rest > 0; ) {
      const part = yield* input.some(Math.min(rest, WINDOW_BYTES));
      if (part.length === 0) throw truncatedStream(input.position);
      this.#out.set(part, this.#at);
      this.#at += part.length;
      rest -= part.length;
      if (this.#at >= PIECE_BYTES) yield* this.flush();
    }
  }

  *coded(codes: Codes): Inflating {
    for (;;) {
      if (this.#run(codes)) return;
      if (this.#at >= PIECE_BYTES) yield* this.flush();
      else if (yield* this.#step(codes)) return;
    }
  }

  /** Hands out what was not yet, and keeps the window. */
  *flush(): Inflating {
    if (this.#at === this.#fresh) return;
    yield this.#out.slice(this.#fresh, this.#at);
    const kept = Math.min(this.#at, WINDOW_BYTES);
    this.#out.copyWithin(0, this.#at - kept, this.#at);
    this.#at = kept;
    this.#fresh = kept;
  }

  /** Decodes while input and output have room for any symbol; answers whether the block ended. */
  #run(codes: Codes): boolean {
    const input = this.#input;
    const { bytes } = input;
    const out = this.#out;
    const { bits, entries } = codes.literals;
    const lastIn = bytes.length - INPUT_ROOM;
    const mask = (1 << bits) - 1;
    // Kept at hand for runs of literals; a match, which takes longer anyway, works on the fields.
    let { hold, count, at } = input;
    let to = this.#at;
    let symbol = 0;
    while (at <= lastIn && to < PIECE_BYTES) {
      while (count < 15) {
        hold |= (bytes[at++] as number) << count;
        count += 8;
      }
      const entry = entries[hold & mask] as number;
      hold >>>= entry & 15;
      count -= entry & 15;
      symbol = entry >>> 4;
      if (symbol < END_OF_BLOCK && entry !== 0) {
        out[to++] = symbol;
        continue;
      }
      [input.hold, input.count, input.at, this.#at] = [hold, count, at, to];
      if (entry === 0) throw malformedStream("a code word is none", input.position);
      if (symbol === END_OF_BLOCK) return true;
      this.#match(symbol, codes.distances);
      ({ hold, count, at } = input);
      to = this.#at;
    }
    [input.hold, input.count, input.at, this.#at] = [hold, count, at, to];
    return false;
  }

  /** Repeats earlier output; input and output have room. */
  #match(symbol: number, { bits, entries }: HuffmanTable): void {
    const input = this.#input;
    const length = LENGTHS[symbol - 257];
    if (length === undefined) throw malformedStream("a code word is none", input.position);
    const longer = LENGTH_BITS[symbol - 257] as number;
    input.fill(5);
    const size = length + input.take(longer);
    input.fill(15);
    const entry = entries[input.hold & ((1 << bits) - 1)] as number;
    const base = DISTANCES[entry >>> 4];
    if (entry === 0 || base === undefined) {
      throw malformedStream("a distance is none", input.position);
    }
    input.take(entry & 15);
    input.fill(13);
    this.#copy(base + input.take(DISTANCE_BITS[entry >>> 4] as number), size);
  }

  /** Decodes one symbol, asking for input where it must; answers whether the block ended. */
  *#step({ literals, distances }: Codes): Inflating<boolean> {
    const input = this.#input;
    const symbol = yield* readSymbol(input, literals);
    if (symbol < END_OF_BLOCK) {
      this.#out[this.#at++] = symbol;
      return false;
    }
    if (symbol === END_OF_BLOCK) return true;
    const [length, bits] = [LENGTHS[symbol - 257], LENGTH_BITS[symbol - 257]];
    if (length === undefined) throw malformedStream("a code word is none", input.position);
    yield* must(input, bits as number);
    const size = length + input.take(bits as number);
    const step = yield* readSymbol(input, distances);
    const [base, wider] = [DISTANCES[step], DISTANCE_BITS[step]];
    if (base === undefined) throw malformedStream("a distance is none", input.position);
    yield* must(input, wider as number);
    const distance = base + input.take(wider as number);
    this.#copy(distance, size);
    return false;
  }

  /** Repeats what lies `distance` bytes back; the two may overlap. */
  #copy(distance: number, size: number): void {
    const out = this.#out;
    const to = this.#at;
    if (distance > to) throw malformedStream("a distance is too far", this.#input.position);
    if (distance >= size && size > 32) out.copyWithin(to, to - distance, to - distance + size);
    else for (let i = to; i < to + size; i++) out[i] = out[i - distance] as number;
    this.#at = to + size;
  }
}
