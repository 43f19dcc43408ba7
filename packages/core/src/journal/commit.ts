import { platform } from "#platform";
import type { ByteWriter, Patch } from "../bytes/byte-writer.ts";
import { encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import type { StepPlan } from "../plan/step.ts";
import type { EntryStat } from "../store/byte-store.ts";
import type { ByteRange } from "../types.ts";
import { ForeignWriteError } from "./foreign-write.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalHost, JournalOptions } from "./journal-host.ts";
import type { PendingBatch } from "./pending.ts";
import { quarantine } from "./quarantine.ts";
import { type Extent, SealState, type Slot } from "./seal.ts";
import { preImage, UNDO_SUFFIX, writeUndo } from "./undo.ts";
import { composeBatch, crcOfAll, encodeOffsets, type WriteSet } from "./write-set.ts";

/** What one commit starts from. */
export interface CommitStart {
  /** The state on disk: idle, or ahead when this writer has written part of the batch. */
  readonly slot: Slot;
  readonly batch: PendingBatch;
  /** What the format wrote before the batch. */
  readonly head: ByteWriter | undefined;
  readonly headWritten: boolean;
}

/** The steps that publish one batch, and their undoing. */
export class Commit {
  readonly #files: JournalFiles;
  readonly #host: JournalHost;
  readonly #disk: boolean;
  readonly #start: CommitStart;
  #images: readonly Patch[] = [];
  #touched = false;
  #set: WriteSet | undefined;

  constructor(files: JournalFiles, host: JournalHost, options: JournalOptions, start: CommitStart) {
    this.#files = files;
    this.#host = host;
    this.#disk = options.durability === "disk";
    this.#start = start;
  }

  /** Publishes the batch; answers the slot that says so. */
  *run(): StepPlan<Slot> {
    const { slot, batch, head, headWritten } = this.#start;
    const { out } = batch;
    out.rebase(slot.committed.end + (head?.length ?? 0) + batch.ahead);
    this.#host.commit(out, slot.committed.records + batch.records, batch.closing);
    const set = composeBatch(batch, slot.committed, head, headWritten);
    this.#set = set;
    if (headWritten) this.#checkSize(this.#endAhead);
    const replaced = replacedRanges(set, slot.committed);
    const sequence = slot.sequence + 1;
    if (replaced.length > 0) yield* this.#saveImages(replaced, sequence);
    const intent = this.#announce(set, replaced, sequence);
    if (this.#disk) yield { op: "flush", file: this.#files.seal };
    this.#writeData(set);
    if (this.#disk) yield { op: "flush", file: this.#files.data };
    const stat = this.#checkSize(set.next.size);
    const next = this.#seal(intent, set, this.#writeIndex(set), stat);
    if (this.#disk) yield { op: "flush", file: this.#files.seal };
    return next;
  }

  /** Says in the seal that bytes behind the committed end are not to be counted on until the next commit. */
  startAhead(): Slot {
    const { slot } = this.#start;
    const ahead = { ...slot, state: SealState.ahead, sequence: slot.sequence + 1 };
    this.#files.writeSlot(ahead);
    return ahead;
  }

  /** Writes what the batch has so far behind the committed end. */
  writeAhead(): void {
    const { slot, batch, head, headWritten } = this.#start;
    const { data, index } = this.#files;
    this.#checkSize(this.#endAhead);
    let seed = batch.aheadCrc;
    if (!headWritten && head !== undefined) {
      data.appendSync(head.view());
      seed = crcOfAll([head.view()]);
    }
    data.appendSync(batch.out.view());
    const position = HEADER_BYTES + (slot.committed.records + batch.recordsAhead) * 8;
    const base = slot.committed.end + (head?.length ?? 0);
    index?.writeSync(position, encodeOffsets(batch.offsets, base));
    batch.sealedAhead(seed);
  }

  /** Takes back what `writeAhead` wrote before it failed. */
  undoAhead(): void {
    this.#files.data.truncateSync(this.#endAhead);
  }

  /** The bytes that `run` appended, or `undefined` when it also overwrote some, or had written some before. */
  get bytes(): readonly Uint8Array[] | undefined {
    const { committed } = this.#start.slot;
    const plain = this.#images.length === 0 && this.#set?.position === committed.size;
    return plain ? this.#set?.chunks : undefined;
  }

  /** Brings data and index back to what they were before `run`. */
  undo(): void {
    const set = this.#set;
    if (!this.#touched || set === undefined) return;
    const { slot, batch } = this.#start;
    const { data, entry } = this.#files;
    const before = this.#endAhead;
    const { size } = data.statSync();
    // More than our own bytes: another program's are among them, and they are not ours to throw away.
    if (size > set.next.size && size > before) quarantine(entry, data, before, size);
    for (const { position, bytes } of this.#images) data.writeSync(position, bytes);
    data.truncateSync(before);
    this.#files.trimIndex(slot.committed.records + batch.recordsAhead, slot.committed.size);
  }

  /** Where the bytes in the file end: the committed ones, and those written ahead. */
  get #endAhead(): number {
    const { slot, batch, head, headWritten } = this.#start;
    return slot.committed.size + (headWritten ? (head?.length ?? 0) + batch.ahead : 0);
  }

  /** What comes before step A3 where the batch overwrites something: the undo file. */
  *#saveImages(replaced: readonly ByteRange[], sequence: number): StepPlan<void> {
    const { data, entry } = this.#files;
    this.#images = preImage(data, replaced);
    const nameless = this.#disk && entry.store.statSync(entry.name + UNDO_SUFFIX) === undefined;
    const undo = writeUndo(entry, sequence, this.#images);
    try {
      if (this.#disk) yield { op: "flush", file: undo };
      if (nameless) yield { op: "flush", file: entry.store };
    } finally {
      undo.closeSync();
    }
  }

  /** Step A3: the intent. */
  #announce(set: WriteSet, replaced: readonly ByteRange[], sequence: number): Slot {
    const { slot, batch } = this.#start;
    let batchCrc = crcOfAll(set.chunks, batch.aheadCrc);
    for (const { bytes } of set.published) batchCrc = platform.crc32(bytes, batchCrc);
    const intent: Slot = {
      state: SealState.intent,
      sequence,
      committed: slot.committed,
      next: set.next,
      batchCrc,
      tailCrc: slot.tailCrc,
      indexCrc: slot.indexCrc,
      unflushed: slot.unflushed,
      undoBase: replaced.length > 0 ? Math.min(...replaced.map(({ start }) => start)) : -1,
      inode: slot.inode,
      modified: slot.modified,
      format: slot.format,
    };
    this.#files.writeSlot(intent);
    this.#touched = true;
    return intent;
  }

  /** Step A4. Bytes behind the end are appended, wherever the end is by then; a foreign writer shows in the size. */
  #writeData(set: WriteSet): void {
    const { committed } = this.#start.slot;
    const { data } = this.#files;
    if (committed.end === committed.size) {
      for (const chunk of set.chunks) data.appendSync(chunk);
    } else {
      let at = set.position;
      for (const chunk of set.chunks) {
        data.writeSync(at, chunk);
        at += chunk.length;
      }
      if (set.next.size < committed.size) data.truncateSync(set.next.size);
    }
    for (const { position, bytes } of set.written) data.writeSync(position, bytes);
    for (const { position, bytes } of set.published) data.writeSync(position, bytes);
    data.publishSync?.();
  }

  /** @throws {@link ForeignWriteError} when the data are not as long as this writer left them */
  #checkSize(expected: number): EntryStat {
    const { data } = this.#files;
    const stat = data.statSync();
    if (stat.size !== expected) throw new ForeignWriteError(data.name, stat.size - expected);
    return stat;
  }

  /** Steps A5 and A6; answers the offsets that were not in the index before. */
  #writeIndex(set: WriteSet): Uint8Array {
    const { index } = this.#files;
    const { slot, batch } = this.#start;
    const offsets = encodeOffsets(batch.offsets, set.base);
    if (index === undefined) return offsets;
    const first = slot.committed.records + batch.recordsAhead;
    index.writeSync(HEADER_BYTES + first * 8, offsets);
    // All of the header: where another program has just cut the file, zeros would look like somebody else's index.
    index.writeSync(0, encodeHeader(set.next.size));
    return offsets;
  }

  /** Step A7, the commit point. The time of the data is that of the moment when their size was found right. */
  #seal(intent: Slot, set: WriteSet, offsets: Uint8Array, stat: EntryStat): Slot {
    const { tailCrc, indexCrc, unflushed } = this.#crcs(set, offsets);
    const slot: Slot = {
      state: SealState.idle,
      sequence: intent.sequence + 1,
      committed: set.next,
      next: set.next,
      batchCrc: 0,
      tailCrc,
      indexCrc,
      unflushed,
      undoBase: -1,
      inode: stat.inode,
      modified: stat.modified,
      format: intent.format,
    };
    this.#files.writeSlot(slot);
    return slot;
  }

  /** The checksums of the last bytes: from memory where the batch was appended at one stroke. */
  #crcs(set: WriteSet, offsets: Uint8Array): Pick<Slot, "tailCrc" | "indexCrc" | "unflushed"> {
    const files = this.#files;
    const { committed, unflushed } = this.#start.slot;
    const { from } = unflushed;
    const { size, records } = set.next;
    const { recordsAhead } = this.#start.batch;
    if (this.bytes !== undefined && set.written.length === 0 && recordsAhead === 0) {
      const { tailCrc, indexCrc } = files.appendedCrcs(
        committed.size,
        set.chunks,
        committed.records,
        offsets,
      );
      const crc = files.indexEntry === undefined ? 0 : platform.crc32(offsets, unflushed.crc);
      return { tailCrc, indexCrc, unflushed: { from, crc } };
    }
    files.forgetTails();
    const crc = files.offsetsCrc(committed.records, records, unflushed.crc);
    return {
      tailCrc: files.tailCrc(size),
      indexCrc: files.indexCrc(records),
      unflushed: { from, crc },
    };
  }
}

/** The committed bytes that a batch replaces: published ones, and what follows the records. */
function replacedRanges({ published }: WriteSet, { end, size }: Extent): ByteRange[] {
  const ranges = published.map(({ position, bytes }) => ({
    start: position,
    end: position + bytes.length,
  }));
  if (end < size) ranges.push({ start: end, end: size });
  return ranges;
}
