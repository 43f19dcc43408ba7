const NONE = new Uint8Array(0);

/** Asks for the next piece of input with `undefined`, and gives pieces of output. */
export type Inflating<R = void> = Generator<Uint8Array | undefined, R, Uint8Array | undefined>;

/** A stream of bits, lowest first, over input that comes in pieces. */
export class BitInput {
  bytes: Uint8Array = NONE;
  /** The next byte of the piece. */
  at = 0;
  /** Bits taken from the piece and not used, and how many. */
  hold = 0;
  count = 0;
  #before = 0;

  /** Bytes used since the beginning; those of whole unused bytes in `hold` are not. */
  get position(): number {
    return this.#before + this.at - (this.count >>> 3);
  }

  /** Makes at least `width` bits available, at most 24. Answers whether there are so many. */
  *need(width: number): Inflating<boolean> {
    while (this.count < width) {
      if (this.at === this.bytes.length && !(yield* this.#next())) return false;
      this.hold |= (this.bytes[this.at++] as number) << this.count;
      this.count += 8;
    }
    return true;
  }

  /** {@link BitInput.need} where the piece is known to have the bytes. */
  fill(width: number): void {
    while (this.count < width) {
      this.hold |= (this.bytes[this.at++] as number) << this.count;
      this.count += 8;
    }
  }

  /** Uses `width` bits, which `need` made available. */
  take(width: number): number {
    const value = this.hold & ((1 << width) - 1);
    this.hold >>>= width;
    this.count -= width;
    return value;
  }

  /** Goes on with the next whole byte, and gives back whole bytes that were taken. */
  align(): void {
    this.take(this.count & 7);
    while (this.count > 0 && this.at > 0) {
      this.count -= 8;
      this.at--;
    }
    this.hold = this.count === 0 ? 0 : this.hold & ((1 << this.count) - 1);
  }

  /** Whether no byte is left. */
  *ended(): Inflating<boolean> {
    if (this.count > 0 || this.at < this.bytes.length) return false;
    return !(yield* this.#next());
  }

  /** At most `most` bytes of the piece at hand, after `align` and where `hold` is empty; none at the end. */
  *some(most: number): Inflating<Uint8Array> {
    if (yield* this.ended()) return NONE;
    const part = this.bytes.subarray(this.at, this.at + most);
    this.at += part.length;
    return part;
  }

  *#next(): Inflating<boolean> {
    for (;;) {
      const piece = yield undefined;
      if (piece === undefined) return false;
      this.#before += this.bytes.length;
      this.bytes = piece;
      this.at = 0;
      if (piece.length > 0) return true;
    }
  }
}
