import { platform } from "#platform";
import { DEFAULT_MAGIC, encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import type { EntryStat, LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";
import {
  decodeSeal,
  encodeSlot,
  SEAL_SUFFIX,
  type Slot,
  TAIL_BYTES,
  TAIL_OFFSETS,
} from "./seal.ts";

/** Bytes of a whole seal: two slots with room between them. */
const SEAL_BYTES = 8192;

/** The data, its index and its seal, open for writing. */
export class JournalFiles {
  readonly entry: StoreEntry<LiveStore>;
  readonly indexEntry: StoreEntry<LiveStore> | undefined;
  #data: LiveFile | undefined;
  #index: LiveFile | undefined;
  #seal: LiveFile | undefined;
  #name: string;

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
      this.#data = this.entry.store.editSync(this.entry.name, { create: true });
      this.#name = this.#data.name;
    }
    return this.#data;
  }

  get index(): LiveFile | undefined {
    if (this.indexEntry === undefined) return undefined;
    this.#index ??= this.indexEntry.store.editSync(this.indexEntry.name, { create: true });
    return this.#index;
  }

  get seal(): LiveFile {
    this.#seal ??= this.#openSeal();
    return this.#seal;
  }

  #openSeal(): LiveFile {
    const seal = this.entry.store.editSync(this.entry.name + SEAL_SUFFIX, { create: true });
    try {
      // All of its bytes exist from the start, so that a full disk cannot keep a slot from being written.
      const { size } = seal.statSync();
      if (size < SEAL_BYTES) seal.writeSync(size, new Uint8Array(SEAL_BYTES - size));
      return seal;
    } catch (error) {
      seal.closeSync();
      throw error;
    }
  }

  /** Reads the seal; `undefined` when no slot is sound. */
  readSlot(): Slot | undefined {
    return decodeSeal(this.sealBytes());
  }

  /** The bytes of the seal, to see whether anybody else wrote a slot. */
  sealBytes(): Uint8Array {
    const seal = this.seal;
    return seal.readSync(0, Math.min(SEAL_BYTES, seal.statSync().size));
  }

  writeSlot(slot: Slot): void {
    const { position, bytes } = encodeSlot(slot);
    this.seal.writeSync(position, bytes);
  }

  /** CRC-32 of the last bytes before `size`. */
  tailCrc(size: number): number {
    return platform.crc32(this.data.readSync(Math.max(0, size - TAIL_BYTES), size));
  }

  /** CRC-32 of the last offsets before `records`, as the index holds them. */
  indexCrc(records: number): number {
    const index = this.index;
    if (index === undefined) return 0;
    const from = Math.max(0, records - TAIL_OFFSETS);
    return platform.crc32(index.readSync(HEADER_BYTES + from * 8, HEADER_BYTES + records * 8));
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
    const { entry, indexEntry } = this;
    const none = { data: undefined, index: undefined };
    const data = led(entry.store, entry.name, this.#data);
    const seal = led(entry.store, entry.name + SEAL_SUFFIX, this.#seal);
    // A seal that was cut is opened again, which makes it whole.
    if (data === undefined || seal === undefined || seal.size < SEAL_BYTES) return none;
    if (indexEntry === undefined) return { data, index: undefined };
    const index = led(indexEntry.store, indexEntry.name, this.#index);
    return index === undefined ? none : { data, index };
  }

  /** Whether the names still lead to the files that are open. */
  get current(): boolean {
    return this.statByName().data !== undefined;
  }

  /** Lets go of the files; the next use opens what the names lead to then. */
  close(): void {
    for (const file of [this.#data, this.#index, this.#seal]) file?.closeSync();
    this.#data = undefined;
    this.#index = undefined;
    this.#seal = undefined;
  }

  /** Works on other files until they are renamed into place. */
  use(data: LiveFile, index: LiveFile | undefined): void {
    this.#data = data;
    this.#index = index;
  }

  /** Opens the index anew: another file took its name. */
  reopenIndex(): void {
    this.#index?.closeSync();
    this.#index = undefined;
  }
}

function led(store: LiveStore, name: string, file: LiveFile | undefined): EntryStat | undefined {
  if (file === undefined) return undefined;
  const stat = store.statSync(name);
  return stat?.inode === file.statSync().inode ? stat : undefined;
}
