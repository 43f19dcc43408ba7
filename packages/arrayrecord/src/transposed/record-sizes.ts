import { type ChunkCounts, type ChunkRecords, newEnds } from "../chunk/chunk-records.ts";
import { corrupt } from "../errors.ts";

/** Records for which memory is taken on the header's word; for more, only as they come. */
const TRUSTED_RECORDS = 1 << 16;

/** Where the records of a replay begin, which finds the last one first. */
export class RecordSizes {
  readonly #counts: ChunkCounts;
  /** For each record, from the last to the first: bytes in it and in those after it. */
  #sizes: Uint32Array | Float64Array;
  #length = 0;

  constructor(counts: ChunkCounts) {
    this.#counts = counts;
    this.#sizes = this.#memory(Math.min(counts.numRecords, TRUSTED_RECORDS));
  }

  /** Notes that a record begins `size` bytes before the end. */
  push(size: number): void {
    const { numRecords } = this.#counts;
    if (this.#length >= numRecords) throw corrupt(`it holds more than ${numRecords} records`);
    if (this.#length === this.#sizes.length) {
      const grown = this.#memory(Math.min(numRecords, 2 * this.#length));
      grown.set(this.#sizes);
      this.#sizes = grown;
    }
    this.#sizes[this.#length++] = size;
  }

  /** Where each record ends, from the first to the last, if together they are `size` bytes. */
  toEnds(size: number): ChunkRecords["ends"] {
    const { numRecords, decodedDataSize } = this.#counts;
    const sizes = this.#sizes;
    if (this.#length !== numRecords) {
      throw corrupt(`it holds ${this.#length} records, not ${numRecords}`);
    }
    const all = numRecords === 0 ? 0 : (sizes[numRecords - 1] as number);
    if (all !== size) throw corrupt("its first record has no beginning");
    if (size !== decodedDataSize) {
      throw corrupt(`its records hold ${size} bytes, not ${decodedDataSize}`);
    }
    const ends = this.#memory(numRecords);
    for (let i = 0; i < numRecords - 1; i++) ends[i] = size - (sizes[numRecords - 2 - i] as number);
    if (numRecords > 0) ends[numRecords - 1] = size;
    return ends;
  }

  #memory(numRecords: number): Uint32Array | Float64Array {
    return newEnds({ numRecords, decodedDataSize: this.#counts.decodedDataSize });
  }
}
