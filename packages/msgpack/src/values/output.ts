const FIRST_CAPACITY = 4096;
const KEPT_BYTES = 1024 * 1024;
/** Up to here a loop is faster than a call of the platform's encoder. */
const SHORT_TEXT = 24;
const encoder = new TextEncoder();

/** Values on their way out: big-endian, growable, used again for each record. */
export class Output {
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  view: DataView = new DataView(this.bytes.buffer);
  length = 0;

  /** Starts over; the memory of a huge record is given back. */
  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.#allocate(FIRST_CAPACITY);
  }

  /** Makes room for `more` bytes; answers where they go. */
  reserve(more: number): number {
    const at = this.length;
    this.length = at + more;
    if (this.length > this.bytes.length) {
      const old = this.bytes;
      this.#allocate(Math.max(this.length, old.length * 2));
      this.bytes.set(old.subarray(0, at));
    }
    return at;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  /** A first byte and a big-endian number of `width` bytes behind it. */
  head(first: number, value: number, width: 1 | 2 | 4): void {
    const at = this.reserve(1 + width);
    this.bytes[at] = first;
    if (width === 1) this.bytes[at + 1] = value;
    else if (width === 2) this.view.setUint16(at + 1, value);
    else this.view.setUint32(at + 1, value);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Text with its head. */
  text(text: string): void {
    const { length } = text;
    if (length > SHORT_TEXT || !this.#shortText(text)) this.#longText(text);
  }

  /** Text of a few ASCII characters, or nothing. */
  #shortText(text: string): boolean {
    const { length } = text;
    const from = this.length;
    let at = this.reserve(length + 1);
    const { bytes } = this;
    bytes[at++] = 0xa0 | length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.length = from;
        return false;
      }
      bytes[at++] = code;
    }
    return true;
  }

  #longText(text: string): void {
    const from = this.reserve(5 + text.length * 3);
    // The head's width is guessed as if each character took a byte, and mended where that was wrong.
    const guess = textHead(text.length);
    const size = this.#utf8(text, from + guess);
    const width = textHead(size);
    if (width !== guess) this.bytes.copyWithin(from + width, from + guess, from + guess + size);
    this.length = from;
    if (width === 1) this.u8(0xa0 | size);
    else if (width === 2) this.head(0xd9, size, 1);
    else if (width === 3) this.head(0xda, size, 2);
    else this.head(0xdb, size, 4);
    this.length += size;
  }

  #utf8(text: string, at: number): number {
    return encoder.encodeInto(text, this.bytes.subarray(at)).written;
  }

  #allocate(size: number): void {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** Bytes of the head of `size` bytes of text. */
function textHead(size: number): 1 | 2 | 3 | 5 {
  if (size < 32) return 1;
  if (size < 0x100) return 2;
  return size < 0x10000 ? 3 : 5;
}
