import { platform } from "#platform";
import { readF64, readU32, readU64 } from "../bytes/le.ts";
import { isNthrecError } from "../errors.ts";
import type { LiveStore } from "../store/byte-store.ts";

/** What follows the name of the data in the name of its seal. */
export const SEAL_SUFFIX = ".seal";
/** Bytes of a slot, and the distance of the two: torn writes of one sector never reach both. */
export const SLOT_BYTES = 256;
export const SLOT_DISTANCE = 4096;

const MAGIC = 0x53_48_54_4e; // "NTHS", little-endian
const VERSION = 1;
const TWO_32 = 4294967296;
const FORMAT_AT = 112;
const FORMAT_BYTES = 32;
const RUN_AT = 144;
const CRC_AT = SLOT_BYTES - 4;

/** What the writer that wrote a slot was doing. */
export const SealState = {
  /** Nothing: data and index agree with the slot. */
  idle: 0,
  /** Publishing a batch that ends at `next`. */
  intent: 1,
  /** Holding the lock and writing ahead of its next commit, to an end not known before. */
  ahead: 2,
} as const;

/** A committed state of the data: its size, its records, and where the last of them ends. */
export interface Extent {
  /** Bytes of the data file. */
  readonly size: number;
  readonly records: number;
  /** Where the last record ends; less than `size` when a trailer follows. */
  readonly end: number;
}

/** Offsets from some record on to the last committed one, and their checksum: a power cut can leave holes in them. */
export interface OffsetRun {
  /** The number of the first record. */
  readonly from: number;
  /** CRC-32 of its offset and all behind it as the index holds them. */
  readonly crc: number;
}

/** One slot of a seal. The valid slot with the highest sequence number is the truth. */
export interface Slot {
  readonly state: number;
  readonly sequence: number;
  /** What readers see. */
  readonly committed: Extent;
  /** What a batch in flight leads to; equal to `committed` when idle. */
  readonly next: Extent;
  /** CRC-32 of the bytes of the batch in flight. */
  readonly batchCrc: number;
  /** CRC-32 of the last 64 bytes of the committed data. */
  readonly tailCrc: number;
  /** CRC-32 of the last 8 committed offsets as the index holds them. */
  readonly indexCrc: number;
  /** The offsets that are not known to be on disk. */
  readonly unflushed: OffsetRun;
  /** Where an undo file begins to replace bytes, or -1 when the batch overwrites nothing. */
  readonly undoBase: number;
  readonly inode: number;
  /** Modification time of the data after the commit, ms. */
  readonly modified: number;
  /** Name of the format, empty when it has none. */
  readonly format: string;
}

/** Bytes of committed data that a slot's `tailCrc` covers. */
export const TAIL_BYTES = 64;
/** Offsets that a slot's `indexCrc` covers. */
export const TAIL_OFFSETS = 8;

const encoder = new TextEncoder();

/** Memory for the bytes of one slot, with views of its parts: each commit writes two slots. */
export class SlotBytes {
  readonly bytes: Uint8Array = new Uint8Array(SLOT_BYTES);
  readonly #view: DataView = new DataView(this.bytes.buffer);
  readonly #checked: Uint8Array = this.bytes.subarray(0, CRC_AT);
  readonly #formatBytes: Uint8Array = this.bytes.subarray(FORMAT_AT, FORMAT_AT + FORMAT_BYTES);
  /** The name in the bytes. */
  #format = "";

  /** Puts a slot into the bytes; answers its place in the seal: slots take turns. */
  encode(slot: Slot): number {
    const view = this.#view;
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, VERSION, true);
    view.setUint32(8, slot.state, true);
    setU64(view, 16, slot.sequence);
    setExtent(view, 24, slot.committed);
    setExtent(view, 48, slot.next);
    view.setUint32(72, slot.batchCrc, true);
    view.setUint32(76, slot.tailCrc, true);
    view.setUint32(80, slot.indexCrc, true);
    view.setUint32(84, slot.undoBase < 0 ? 0 : 1, true);
    setU64(view, 88, Math.max(0, slot.undoBase));
    view.setFloat64(96, slot.inode, true);
    view.setFloat64(104, slot.modified, true);
    if (slot.format !== this.#format) {
      this.#formatBytes.fill(0);
      encoder.encodeInto(slot.format, this.#formatBytes);
      this.#format = slot.format;
    }
    setU64(view, RUN_AT, slot.unflushed.from);
    view.setUint32(RUN_AT + 8, slot.unflushed.crc, true);
    view.setUint32(CRC_AT, platform.crc32(this.#checked), true);
    return (slot.sequence % 2) * SLOT_DISTANCE;
  }
}

/** Reads one slot; `undefined` when it is not sound. */
export function decodeSlot(bytes: Uint8Array): Slot | undefined {
  if (bytes.length < SLOT_BYTES || readU32(bytes, 0) !== MAGIC || readU32(bytes, 4) !== VERSION) {
    return undefined;
  }
  if (platform.crc32(bytes.subarray(0, CRC_AT)) !== readU32(bytes, CRC_AT)) return undefined;
  const name = bytes.subarray(FORMAT_AT, FORMAT_AT + FORMAT_BYTES);
  const stop = name.indexOf(0);
  return {
    state: readU32(bytes, 8),
    sequence: readU64(bytes, 16),
    committed: decodeExtent(bytes, 24),
    next: decodeExtent(bytes, 48),
    batchCrc: readU32(bytes, 72),
    tailCrc: readU32(bytes, 76),
    indexCrc: readU32(bytes, 80),
    unflushed: { from: readU64(bytes, RUN_AT), crc: readU32(bytes, RUN_AT + 8) },
    undoBase: readU32(bytes, 84) === 0 ? -1 : readU64(bytes, 88),
    inode: readF64(bytes, 96),
    modified: readF64(bytes, 104),
    format: new TextDecoder().decode(name.subarray(0, stop < 0 ? FORMAT_BYTES : stop)),
  };
}

/** The truth of a whole seal: its valid slot with the highest sequence number. */
export function decodeSeal(bytes: Uint8Array): Slot | undefined {
  const a = decodeSlot(bytes.subarray(0, SLOT_BYTES));
  const b = decodeSlot(bytes.subarray(SLOT_DISTANCE, SLOT_DISTANCE + SLOT_BYTES));
  if (a === undefined || b === undefined) return a ?? b;
  return a.sequence > b.sequence ? a : b;
}

/** A seal as somebody finds it who does not hold the lock. */
export interface SealReading {
  /** The sound slot with the highest sequence number. */
  readonly slot: Slot | undefined;
  /** Whether the other slot is damaged: it may have been the newer one. */
  readonly damaged: boolean;
}

/** Reads the seal of the data called `name`. */
export function readSeal(store: LiveStore, name: string): SealReading {
  try {
    const source = store.openSync(name + SEAL_SUFFIX);
    try {
      const size = Math.min(source.size, SLOT_DISTANCE + SLOT_BYTES);
      let bytes = source.readSync(0, size);
      // A slot that looks damaged may be one that is just being written.
      if (isDamaged(bytes)) bytes = source.readSync(0, size);
      return { slot: decodeSeal(bytes), damaged: isDamaged(bytes) };
    } finally {
      source.closeSync();
    }
  } catch (error) {
    if (!isNthrecError(error, "NTH_NOT_FOUND", "NTH_SHORT_READ")) throw error;
    return { slot: undefined, damaged: false };
  }
}

/** Whether a slot is neither sound nor as it was before anything was written to it; both exist from the start. */
function isDamaged(bytes: Uint8Array): boolean {
  return [0, SLOT_DISTANCE].some((at) => {
    const slot = bytes.subarray(at, at + SLOT_BYTES);
    const blank = slot.length === SLOT_BYTES && slot.every((byte) => byte === 0);
    return !blank && decodeSlot(slot) === undefined;
  });
}

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

function setExtent(view: DataView, at: number, extent: Extent): void {
  setU64(view, at, extent.size);
  setU64(view, at + 8, extent.records);
  setU64(view, at + 16, extent.end);
}

function decodeExtent(bytes: Uint8Array, at: number): Extent {
  return {
    size: readU64(bytes, at),
    records: readU64(bytes, at + 8),
    end: readU64(bytes, at + 16),
  };
}
