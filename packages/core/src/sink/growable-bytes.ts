import { NthrecError } from "../errors.ts";

/** Smallest buffer that is worth allocating. */
const LEAST_CAPACITY = 1024;
/** No engine offers a larger buffer in all places that core runs in. */
const MOST_BYTES = 2 ** 32;

/** The bytes of a file in memory. Its buffer doubles, so that many small writes cost one copy per byte. */
export class GrowableBytes {
  readonly #most: number;
  #buffer: Uint8Array;
  #size: number;

  /**
   * @param initial Content to begin with; it is copied
   * @param most Largest size, bytes. @default 4 GiB
   */
  constructor(initial: Uint8Array = new Uint8Array(0), most: number = MOST_BYTES) {
    this.#most = most;
    // Not `slice`, which would share memory if it is a Buffer.
    this.#buffer = new Uint8Array(initial);
    this.#size = initial.length;
  }

  /** Bytes of content. */
  get size(): number {
    return this.#size;
  }

  /** The content, not copied; valid until the next change. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  /**
   * Writes all of `bytes` at `position`; a hole before them reads as zeros.
   *
   * @throws {@link NthrecError} `NTH_IO_ERROR` when memory cannot hold it; nothing has changed then
   */
  write(name: string, position: number, bytes: Uint8Array): void {
    checkPosition(name, position);
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.#reserve(name, end);
    if (position > this.#size) this.#buffer.fill(0, this.#size, position);
    this.#buffer.set(bytes, position);
    if (end > this.#size) this.#size = end;
  }

  /** Cuts the content, or lengthens it with zeros. @throws {@link NthrecError} `NTH_IO_ERROR` */
  truncate(name: string, size: number): void {
    checkPosition(name, size);
    this.#reserve(name, size);
    if (size > this.#size) this.#buffer.fill(0, this.#size, size);
    this.#size = size;
  }

  #reserve(name: string, size: number): void {
    if (size <= this.#buffer.length) return;
    if (size > this.#most) throw full(name, size, `${this.#most} bytes are allowed`);
    const capacity = Math.min(Math.max(size, this.#buffer.length * 2, LEAST_CAPACITY), this.#most);
    let buffer: Uint8Array;
    try {
      buffer = new Uint8Array(capacity);
    } catch (cause) {
      throw full(name, size, "memory does not suffice", cause);
    }
    buffer.set(this.view());
    this.#buffer = buffer;
  }
}

function full(name: string, size: number, why: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_IO_ERROR", `${name} cannot grow to ${size} bytes: ${why}`, {
    source: name,
    cause,
  });
}

function checkPosition(name: string, position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new TypeError(`${position} is no position or size in ${name}`);
}
