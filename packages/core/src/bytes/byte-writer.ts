import { copyOf } from "./view.ts";

/** Bytes that replace others already in the file when the batch is committed. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A Buffer's own UTF-8 writer, three times faster than TextEncoder on short text. */
interface Utf8Buffer extends Uint8Array {
  utf8Write(text: string, offset: number): number;
}

const FIRST_CAPACITY = 4096;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);
const encoder = new TextEncoder();

/** Bytes on their way out: little-endian, growable, aware of their place in the file. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #base: number;
  #patches: Patch[] = [];
  #trailer: Uint8Array | undefined;
  readonly #allocate: (size: number) => Uint8Array;

  constructor(base = 0, allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size)) {
    this.#base = base;
    this.#allocate = allocate;
    // Memory comes with the first byte: many a writer never gets one.
    this.#bytes = NO_BYTES;
    this.#view = NO_VIEW;
  }

  /** Position of the next byte: absolute in `_commit` and `_resume`, from the batch's start in `_append`. */
  get position(): number {
    return this.#base + this.#length;
  }

  /** Bytes gathered so far, without patches and trailer. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u16be(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  u32be(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  u32le(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Writes a safe integer as 64 bits. */
  u64le(value: number): void {
    this.u32le(value % 4294967296);
    this.u32le(Math.floor(value / 4294967296));
  }

  /** Writes `text` as UTF-8; a lone surrogate becomes U+FFFD. */
  utf8(text: string): void {
    this.#reserve(text.length * 3);
    const bytes = this.#bytes;
    this.#length += isUtf8Buffer(bytes)
      ? bytes.utf8Write(text, this.#length)
      : encoder.encodeInto(text, bytes.subarray(this.#length)).written;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Overwrites bytes already in the file when this batch is committed: a count, a header. */
  patch(position: number, bytes: Uint8Array): void {
    this.#patches.push({ position, bytes: copyOf(bytes) });
  }

  /** Bytes that follow the records until the next batch takes their place: a footer. */
  trailer(bytes: Uint8Array): void {
    this.#trailer = copyOf(bytes);
  }

  /** The bytes gathered so far; valid until the next write. */
  view(): Uint8Array {
    return this.#length === 0 ? NO_BYTES : this.#bytes.subarray(0, this.#length);
  }

  /** Patches in the order of their calls. */
  get patches(): readonly Patch[] {
    return this.#patches;
  }

  /** The last trailer given, if any. */
  get trailerBytes(): Uint8Array | undefined {
    return this.#trailer;
  }

  /** Forgets everything from `length` on: an encoder failed half-way. */
  rewind(length: number): void {
    this.#length = length;
  }

  /** Moves the bytes gathered so far to where the file will have them. */
  rebase(base: number): void {
    this.#base = base;
  }

  /** Goes on at `base`, the bytes gathered so far being in the file; patches wait for the commit. */
  advance(base: number): void {
    this.#base = base;
    this.#length = 0;
  }

  /** Starts over at `base`, keeping the memory. */
  reset(base = 0): void {
    this.#base = base;
    this.#length = 0;
    this.#patches = [];
    this.#trailer = undefined;
  }

  #reserve(more: number): void {
    const need = this.#length + more;
    if (need <= this.#bytes.length) return;
    const grown = this.#allocate(Math.max(need, this.#bytes.length * 2, FIRST_CAPACITY));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isUtf8Buffer(bytes: Uint8Array): bytes is Utf8Buffer {
  return typeof (bytes as Partial<Utf8Buffer>).utf8Write === "function";
}
