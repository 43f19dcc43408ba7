import type { LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";
import { OpenedEntry } from "./opened-entry.ts";
import { decodeSeal, SLOT_BYTES, SLOT_DISTANCE, type Slot, SlotBytes } from "./seal.ts";

/** Bytes of a whole seal: two slots with room between them. */
const SEAL_BYTES = 8192;
/** From the first byte of the first slot to the last of the second. */
const SLOTS_END = SLOT_DISTANCE + SLOT_BYTES;

/** The seal of some data, open for writing, and what this writer knows of it. */
export class SealFile {
  readonly #opened: OpenedEntry;
  /** The slots as this writer read them last, and as it wrote them since, if `#isKnown`. */
  readonly #known: Uint8Array = new Uint8Array(SLOTS_END);
  #isKnown = false;
  /** A slot on its way to the file. */
  readonly #slot: SlotBytes = new SlotBytes();
  /** The slots at the last look. */
  #now: Uint8Array = new Uint8Array(SLOTS_END);

  constructor(entry: StoreEntry<LiveStore>) {
    this.#opened = OpenedEntry.open(entry);
    try {
      // All of its bytes exist from the start, so that a full disk cannot keep a slot from being written.
      const { size } = this.file.statSync();
      if (size < SEAL_BYTES) this.file.writeSync(size, new Uint8Array(SEAL_BYTES - size));
    } catch (error) {
      this.file.closeSync();
      throw error;
    }
  }

  get file(): LiveFile {
    return this.#opened.file;
  }

  /** Whether the name leads to another file now, or this one was cut: opened again, it is whole. */
  get lost(): boolean {
    const stat = this.#opened.byName();
    return stat === undefined || stat.size < SEAL_BYTES;
  }

  /** Whether this writer read the slots, or wrote one, and no write failed since. */
  get known(): boolean {
    return this.#isKnown;
  }

  /** Whether the slots are as this writer last saw or left them. */
  get unchanged(): boolean {
    if (!this.#isKnown) return false;
    this.#look();
    return this.#sameSlot(0) && this.#sameSlot(SLOT_DISTANCE);
  }

  /** The truth; `undefined` when no slot is sound. */
  read(): Slot | undefined {
    this.#learn();
    return decodeSeal(this.#known);
  }

  write(slot: Slot): void {
    const { bytes } = this.#slot;
    const position = this.#slot.encode(slot);
    if (!this.#isKnown) this.#learn();
    // A write that fails may have written a part.
    this.#isKnown = false;
    this.file.writeSync(position, bytes);
    this.#known.set(bytes, position);
    this.#isKnown = true;
  }

  #learn(): void {
    this.#isKnown = false;
    this.#look();
    this.#known.set(this.#now);
    this.#isKnown = true;
  }

  #look(): void {
    const { file } = this;
    if (file.readIntoSync === undefined) this.#now = file.readSync(0, SLOTS_END);
    else file.readIntoSync(this.#now, 0);
  }

  #sameSlot(at: number): boolean {
    for (let i = at; i < at + SLOT_BYTES; i++) if (this.#now[i] !== this.#known[i]) return false;
    return true;
  }
}
