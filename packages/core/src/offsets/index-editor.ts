import type { StepPlan } from "../plan/step.ts";
import type { LiveFile, StoreEntry } from "../store/byte-store.ts";
import { encodeHeader, HEADER_BYTES } from "./idv1.ts";
import type { OffsetTable } from "./offset-table.ts";
import { TempIndex } from "./temp-index.ts";

/** Brings the offsets of a table into an index file. */
export interface IndexEditor {
  /** Notes that the offset of a record was replaced. */
  patch(table: OffsetTable, index: number): void;
  /** Writes what the file does not have yet. */
  save(table: OffsetTable, dataSize: number): StepPlan<void>;
  close(): void;
}

/** Writes to an index where it lies; who reads it meanwhile sees offsets before the header that counts them. */
export class InPlaceEditor implements IndexEditor {
  readonly #file: LiveFile;
  readonly #magic: string | undefined;
  /** Offsets in the file, and the size of the data that its header states. */
  #saved: number;
  #stated: number;

  /**
   * @param magic What the header begins with; `undefined` when there is none.
   * @param stated Size of the data in the header as it is, -1 when it has to be written.
   */
  constructor(file: LiveFile, magic: string | undefined, saved: number, stated: number) {
    this.#file = file;
    this.#magic = magic;
    this.#saved = saved;
    this.#stated = stated;
    // Half an offset at the end is what a stopped writer left.
    const size = this.#position(saved);
    if (file.statSync().size > size) file.truncateSync(size);
  }

  patch(table: OffsetTable, index: number): void {
    if (index >= this.#saved) return;
    this.#file.writeSync(this.#position(index), table.encode(index, index + 1));
  }

  *save(table: OffsetTable, dataSize: number): StepPlan<void> {
    if (table.length > this.#saved) {
      this.#file.writeSync(this.#position(this.#saved), table.encode(this.#saved));
      this.#saved = table.length;
    }
    if (this.#magic === undefined || dataSize === this.#stated) return;
    this.#file.writeSync(0, encodeHeader(dataSize, this.#magic));
    this.#stated = dataSize;
  }

  close(): void {
    this.#file.closeSync();
  }

  #position(index: number): number {
    return (this.#magic === undefined ? 0 : HEADER_BYTES) + index * 8;
  }
}

/** Replaces an index by a new one: whoever has the old one open keeps it. */
export class ReplacingEditor implements IndexEditor {
  readonly #entry: StoreEntry;
  readonly #magic: string | undefined;
  #changed = true;
  #stated = -1;
  #saved = -1;

  constructor(entry: StoreEntry, magic: string | undefined) {
    this.#entry = entry;
    this.#magic = magic;
  }

  patch(): void {
    this.#changed = true;
  }

  *save(table: OffsetTable, dataSize: number): StepPlan<void> {
    if (!this.#changed && dataSize === this.#stated && table.length === this.#saved) return;
    const temp = new TempIndex(this.#entry, this.#magic);
    try {
      yield* temp.publish(table, dataSize);
    } finally {
      yield* temp.discard();
    }
    this.#changed = false;
    this.#stated = dataSize;
    this.#saved = table.length;
  }

  close(): void {}
}
