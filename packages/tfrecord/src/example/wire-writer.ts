const TWO_32 = 4294967296;
const FIRST_CAPACITY = 256;

/** Writes a message from its end to its beginning, so that every length is known when it is written. */
export class WireWriter {
  #bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** Where what is written begins. */
  #at: number = FIRST_CAPACITY;

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** Puts bytes before what is written. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at] = byte;
  }

  /** Puts tag and length before what was written since `length` was `since`. */
  wrap(tag: number, since: number): void {
    const length = this.length - since;
    this.varint(length % TWO_32, Math.floor(length / TWO_32));
    this.byte(tag);
  }

  /** Puts a number before what is written, given as two halves. */
  varint(low: number, high: number): void {
    let [rest, upper] = [low >>> 0, high >>> 0];
    const groups: number[] = [];
    while (upper > 0 || rest > 0x7f) {
      groups.push((rest & 0x7f) | 0x80);
      rest = ((rest >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.byte(rest);
    for (let i = groups.length - 1; i >= 0; i--) this.byte(groups[i] as number);
  }

  /** What is written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(this.#at);
  }

  #reserve(more: number): void {
    if (more <= this.#at) {
      this.#at -= more;
      return;
    }
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    const at = grown.length - this.length;
    grown.set(this.#bytes.subarray(this.#at), at);
    this.#bytes = grown;
    this.#at = at - more;
  }
}
