import { platform } from "#platform";

/** Checksums the last bytes of a file that grows at its end, without reading back what was just written. */
export class TailCrc {
  readonly #most: number;
  /** Memory whose last `#size` bytes are those before `#end`. */
  readonly #bytes: Uint8Array;
  #size = 0;
  #end = -1;

  /** @param most Bytes that the checksum covers */
  constructor(most: number) {
    this.#most = most;
    this.#bytes = new Uint8Array(most);
  }

  /**
   * CRC-32 of the last bytes after `chunks` were appended.
   *
   * @param start Where the first of them lies.
   * @param reread Reads the last bytes from the file, where they are not known.
   */
  appended(start: number, chunks: readonly Uint8Array[], reread: () => Uint8Array): number {
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    if (length >= this.#most || this.#end === start) {
      for (const chunk of chunks) this.#push(chunk);
    } else {
      this.#size = 0;
      this.#push(reread());
    }
    this.#end = start + length;
    const { length: most } = this.#bytes;
    const bytes = this.#size === most ? this.#bytes : this.#bytes.subarray(most - this.#size);
    return platform.crc32(bytes);
  }

  /** The file may have changed: nothing is known of it. */
  forget(): void {
    this.#end = -1;
    this.#size = 0;
  }

  /** Moves the bytes up, and puts those of a chunk behind them. */
  #push(chunk: Uint8Array): void {
    const bytes = this.#bytes;
    const most = bytes.length;
    const count = Math.min(chunk.length, most);
    const from = chunk.length - count;
    bytes.copyWithin(0, count);
    // Few bytes: a copy of the system's would need a view of them.
    for (let i = 0; i < count; i++) bytes[most - count + i] = chunk[from + i] as number;
    this.#size = Math.min(most, this.#size + count);
  }
}
