import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";

/** Most bytes that records share: who keeps one of them keeps no more. */
export const SHARED_BYTES: number = 64 * 1024;
/** Longer records have memory of their own. */
const LONG_BYTES = SHARED_BYTES / 4;
/** The first piece of memory; each is twice as long as the one before. */
const FIRST_BYTES = 4096;

/**
 * Memory for the records of batches: several share a piece, since memory for each of them would cost more than the rest of
 * reading. What was given out is never written again.
 */
export class RecordMemory {
  #piece: Uint8Array = new Uint8Array(0);
  #used = 0;

  /**
   * Copies of some records of a chunk.
   *
   * @param indices Their numbers, rising or falling.
   * @param first The number of the first record of the chunk.
   */
  copies(chunk: ChunkRecords, indices: readonly number[], first: number): Uint8Array[] {
    const { bytes, ends } = chunk;
    const records = new Array<Uint8Array>(indices.length);
    for (let i = 0; i < indices.length; ) {
      const begin = (indices[i] as number) - first;
      const start = begin === 0 ? 0 : (ends[begin - 1] as number);
      const length = (ends[begin] as number) - start;
      if (length > LONG_BYTES) {
        records[i++] = new Uint8Array(recordAt(chunk, begin));
        continue;
      }
      if (this.#used + length > this.#piece.length) this.#renew(length);
      // What lies behind each other is copied at once.
      const most = start + this.#piece.length - this.#used;
      let inner = begin;
      let stop = start;
      const { buffer } = this.#piece;
      const shift = this.#used - start;
      do {
        const end = ends[inner] as number;
        records[i++] = new Uint8Array(buffer, stop + shift, end - stop);
        stop = end;
        inner++;
      } while (
        i < indices.length &&
        indices[i] === first + inner &&
        (ends[inner] as number) <= most
      );
      this.#piece.set(bytes.subarray(start, stop), this.#used);
      // Numbers at the beginning of a record can be viewed in place where records are multiples of 8 bytes.
      this.#used = (stop + shift + 7) & ~7;
    }
    return records;
  }

  /**
   * Some records of a chunk that nobody keeps: views of it where it is short enough to be kept along with them, else copies.
   *
   * @param borrowed Whether its memory is used again.
   */
  recordsOf(
    chunk: ChunkRecords,
    indices: readonly number[],
    first: number,
    borrowed: boolean,
  ): Uint8Array[] {
    if (borrowed || chunk.bytes.buffer.byteLength > SHARED_BYTES) {
      return this.copies(chunk, indices, first);
    }
    return indices.map((index) => recordAt(chunk, index - first));
  }

  #renew(length: number): void {
    const size = Math.max(FIRST_BYTES, length, 2 * this.#piece.length);
    this.#piece = new Uint8Array(Math.min(SHARED_BYTES, size));
    this.#used = 0;
  }
}
