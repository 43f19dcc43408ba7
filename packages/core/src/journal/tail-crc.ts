import { platform } from "#platform";

/** Checksums the last bytes of a file that grows at its end, without reading back what was just written. */
export class TailCrc {
  readonly #most: number;
  /** Memory for the last bytes, twice, because the next ones are made of them. */
  #memory: Uint8Array;
  #spare: Uint8Array;
  /** The last bytes before `#end`. */
  #bytes: Uint8Array;
  #end = -1;

  /** @param most Bytes that the checksum covers */
  constructor(most: number) {
    this.#most = most;
    this.#memory = new Uint8Array(most);
    this.#spare = new Uint8Array(most);
    this.#bytes = this.#memory.subarray(0, 0);
  }

  /**
   * CRC-32 of the last bytes after `chunks` were appended.
   *
   * @param start Where the first of them lies.
   * @param reread Reads the last bytes from the file, where they are not known.
   */
  appended(start: number, chunks: readonly Uint8Array[], reread: () => Uint8Array): number {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const known = length >= this.#most || this.#end === start;
    this.#bytes = known ? this.#last(chunks, length) : reread();
    this.#end = start + length;
    return platform.crc32(this.#bytes);
  }

  /** The file may have changed: nothing is known of it. */
  forget(): void {
    this.#end = -1;
  }

  #last(chunks: readonly Uint8Array[], length: number): Uint8Array {
    const before = Math.min(this.#bytes.length, Math.max(0, this.#most - length));
    const size = Math.min(this.#most, before + length);
    const last = this.#spare;
    this.#spare = this.#memory;
    this.#memory = last;
    last.set(this.#bytes.subarray(this.#bytes.length - before));
    let at = size;
    for (let i = chunks.length - 1; at > before; i--) {
      const chunk = chunks[i] as Uint8Array;
      const count = Math.min(chunk.length, at - before);
      at -= count;
      last.set(chunk.subarray(chunk.length - count), at);
    }
    return last.subarray(0, size);
  }
}
