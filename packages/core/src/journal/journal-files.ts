import { platform } from "#platform";
import { isNthrecError } from "../errors.ts";
import { DEFAULT_MAGIC, encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import type { EntryStat, LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";
import { OpenedEntry } from "./opened-entry.ts";
import { SEAL_SUFFIX, type Slot, TAIL_BYTES, TAIL_OFFSETS } from "./seal.ts";
import { SealFile } from "./seal-file.ts";
import { TailCrc } from "./tail-crc.ts";

/** Offsets that are read at once: 1 MiB. */
const BLOCK_OFFSETS = 131_072;

/** The data, its index and its seal, open for writing. */
export class JournalFiles {
  readonly entry: StoreEntry<LiveStore>;
  readonly indexEntry: StoreEntry<LiveStore> | undefined;
  #data: OpenedEntry | undefined;
  #index: OpenedEntry | undefined;
  #seal: SealFile | undefined;
  #name: string;
  readonly #dataTail = new TailCrc(TAIL_BYTES);
  readonly #indexTail = new TailCrc(TAIL_OFFSETS * 8);

  constructor(entry: StoreEntry<LiveStore>, indexEntry: StoreEntry<LiveStore> | undefined) {
    this.entry = entry;
    this.indexEntry = indexEntry;
    this.#name = entry.name;
  }

  /** Path of the data, once they were open. */
  get name(): string {
    return this.#name;
  }

  get data(): LiveFile {
    if (this.#data === undefined) {
      this.#data = OpenedEntry.open(this.entry);
      this.#name = this.#data.file.name;
    }
    return this.#data.file;
  }

  get index(): LiveFile | undefined {
    if (this.indexEntry === undefined) return undefined;
    this.#index ??= OpenedEntry.open(this.indexEntry);
    return this.#index.file;
  }

  /** The seal as a file, to bring it to disk. */
  get seal(): LiveFile {
    return this.#sealFile.file;
  }

  get #sealFile(): SealFile {
    const { store, name } = this.entry;
    this.#seal ??= new SealFile({ store, name: name + SEAL_SUFFIX });
    return this.#seal;
  }

  /** Reads the seal; `undefined` when no slot is sound. */
  readSlot(): Slot | undefined {
    return this.#sealFile.read();
  }

  /** Whether this writer knows both slots as it read or wrote them last. */
  get sealKnown(): boolean {
    return this.#seal?.known === true;
  }

  /** Whether nobody wrote a slot since this writer read or wrote the last one. */
  get sealUnchanged(): boolean {
    return this.#sealFile.unchanged;
  }

  writeSlot(slot: Slot): void {
    this.#sealFile.write(slot);
  }

  /**
   * CRC-32 of the last bytes of the data and of the last offsets, after a batch was appended.
   *
   * @param size Bytes of the data before it.
   */
  appendedCrcs(
    size: number,
    chunks: readonly Uint8Array[],
    records: number,
    offsets: Uint8Array,
  ): { readonly tailCrc: number; readonly indexCrc: number } {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const tailCrc = this.#dataTail.appended(size, chunks, () => this.#tail(size + length));
    if (this.indexEntry === undefined) return { tailCrc, indexCrc: 0 };
    const all = records + offsets.length / 8;
    const indexCrc = this.#indexTail.appended(records * 8, [offsets], () => this.#lastOffsets(all));
    return { tailCrc, indexCrc };
  }

  /** Others may have written: what was noted of the ends of data and index is void. */
  forgetTails(): void {
    this.#dataTail.forget();
    this.#indexTail.forget();
  }

  /** CRC-32 of the last bytes before `size`. */
  tailCrc(size: number): number {
    return platform.crc32(this.#tail(size));
  }

  /** CRC-32 of the last offsets before `records`, as the index holds them. */
  indexCrc(records: number): number {
    return this.indexEntry === undefined ? 0 : platform.crc32(this.#lastOffsets(records));
  }

  /** CRC-32 of the offsets from record `from` up to `to`, behind what `seed` is the CRC-32 of. */
  offsetsCrc(from: number, to: number, seed = 0): number {
    if (this.indexEntry === undefined) return 0;
    let crc = seed;
    for (let at = from; at < to; at += BLOCK_OFFSETS) {
      crc = platform.crc32(this.#offsets(at, Math.min(to, at + BLOCK_OFFSETS)), crc);
    }
    return crc;
  }

  /** Whether the offsets that no flush brought to disk are in the index as they were written. */
  keepsUnflushed({ committed, unflushed: { from, crc } }: Slot): boolean {
    return from <= committed.records && this.offsetsCrc(from, committed.records) === crc;
  }

  #tail(size: number): Uint8Array {
    return this.data.readSync(Math.max(0, size - TAIL_BYTES), size);
  }

  #lastOffsets(records: number): Uint8Array {
    return this.#offsets(Math.max(0, records - TAIL_OFFSETS), records);
  }

  /** Offsets as the index holds them; none where another program has just cut it, which matches no checksum. */
  #offsets(from: number, to: number): Uint8Array {
    const index = this.index as LiveFile;
    try {
      return index.readSync(HEADER_BYTES + from * 8, HEADER_BYTES + to * 8);
    } catch (error) {
      if (!isNthrecError(error, "NTH_SHORT_READ")) throw error;
      return new Uint8Array(0);
    }
  }

  /** Brings the index to exactly `records` offsets and the header for `size` bytes of data. */
  trimIndex(records: number, size: number): void {
    const index = this.index;
    if (index === undefined) return;
    index.truncateSync(HEADER_BYTES + records * 8);
    index.writeSync(0, encodeHeader(size, DEFAULT_MAGIC));
  }

  /** What the names of data and index lead to now; `data` is `undefined` when it is not what is open. */
  statByName(): { readonly data: EntryStat | undefined; readonly index: EntryStat | undefined } {
    const none = { data: undefined, index: undefined };
    const data = this.#data?.byName();
    if (data === undefined || this.#seal === undefined || this.#seal.lost) return none;
    if (this.indexEntry === undefined) return { data, index: undefined };
    const index = this.#index?.byName();
    return index === undefined ? none : { data, index };
  }

  /** Whether the names still lead to the files that are open. */
  get current(): boolean {
    return this.statByName().data !== undefined;
  }

  /** Lets go of the files; the next use opens what the names lead to then. */
  close(): void {
    for (const opened of [this.#data, this.#index, this.#seal]) opened?.file.closeSync();
    this.#data = undefined;
    this.#index = undefined;
    this.#seal = undefined;
    this.forgetTails();
  }

  /** Works on other files until they are renamed into place. */
  use(data: LiveFile, index: LiveFile | undefined): void {
    this.#data = OpenedEntry.of(this.entry, data);
    const { indexEntry } = this;
    if (indexEntry === undefined || index === undefined) this.#index = undefined;
    else this.#index = OpenedEntry.of(indexEntry, index);
  }

  /** Opens the index anew: another file took its name. */
  reopenIndex(): void {
    this.#index?.file.closeSync();
    this.#index = undefined;
  }
}
