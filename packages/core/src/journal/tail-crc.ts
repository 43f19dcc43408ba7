import { platform } from "#platform";

/** Checksums the last bytes of a file that grows at its end, without reading back what was just written. */
export class TailCrc {
  readonly #most: number;
  /** The last bytes before `#end`. */
  #bytes: Uint8Array = new Uint8Array(0);
  #end = -1;

  /** @param most Bytes that the checksum covers */
  constructor(most: number) {
    this.#most = most;
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
    const last = new Uint8Array(Math.min(this.#most, before + length));
    last.set(this.#bytes.subarray(this.#bytes.length - before));
    let at = last.length;
    for (let i = chunks.length - 1; at > before; i--) {
      const chunk = chunks[i] as Uint8Array;
      const count = Math.min(chunk.length, at - before);
      at -= count;
      last.set(chunk.subarray(chunk.length - count), at);
    }
    return last;
  }
}
