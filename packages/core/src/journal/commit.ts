import type { ByteWriter, Patch } from "../bytes/byte-writer.ts";
import { readU64, writeU64 } from "../bytes/le.ts";
import { NthrecError } from "../errors.ts";
import { HEADER_BYTES } from "../offsets/idv1.ts";
import type { StepPlan } from "../plan/step.ts";
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
    const { slot, batch, head } = this.#start;
    const { out } = batch;
    out.rebase(slot.committed.end + (head?.length ?? 0) + batch.ahead);
    this.#host.commit(out, slot.committed.records + batch.records);
    const set = composeBatch(batch, slot.committed, head, this.#start.headWritten);
    this.#set = set;
    const intent = yield* this.#announce(set);
    yield* this.#writeData(set);
    yield* this.#writeIndex(set);
    return yield* this.#seal(intent, set);
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
    batch.wroteAhead(seed);
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

  /** Step A3: the intent, and before it the undo file if the batch overwrites anything. */
  *#announce(set: WriteSet): StepPlan<Slot> {
    const { slot, batch } = this.#start;
    const { committed } = slot;
    if (this.#start.headWritten) this.#checkSize(this.#endAhead);
    const replaced = set.published.map(({ position, bytes }) => ({
      start: position,
      end: position + bytes.length,
    }));
    if (committed.end < committed.size)
      replaced.push({ start: committed.end, end: committed.size });
    const sequence = slot.sequence + 1;
    if (replaced.length > 0) {
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
    const intent: Slot = {
      ...slot,
      state: SealState.intent,
      sequence,
      next: set.next,
      batchCrc: crcOfAll(
        [...set.chunks, ...set.published.map(({ bytes }) => bytes)],
        batch.aheadCrc,
      ),
      undoBase: replaced.length > 0 ? Math.min(...replaced.map(({ start }) => start)) : -1,
    };
    this.#files.writeSlot(intent);
    this.#touched = true;
    if (this.#disk) yield { op: "flush", file: this.#files.seal };
    return intent;
  }

  /** Step A4. Bytes behind the end are appended, wherever the end is by then; a foreign writer shows in the size. */
  *#writeData(set: WriteSet): StepPlan<void> {
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
    for (const { position, bytes } of [...set.written, ...set.published])
      data.writeSync(position, bytes);
    if (this.#disk) yield { op: "flush", file: data };
    this.#checkSize(set.next.size);
  }

  /** @throws {@link ForeignWriteError} when the data are not as long as this writer left them */
  #checkSize(expected: number): void {
    const { data } = this.#files;
    const { size } = data.statSync();
    if (size !== expected) throw new ForeignWriteError(data.name, size - expected);
  }

  /** Steps A5 and A6. */
  *#writeIndex(set: WriteSet): StepPlan<void> {
    const { index } = this.#files;
    if (index === undefined) return;
    const { slot, batch } = this.#start;
    const first = slot.committed.records + batch.recordsAhead;
    index.writeSync(HEADER_BYTES + first * 8, encodeOffsets(batch.offsets, set.base));
    const size = new Uint8Array(8);
    writeU64(size, 0, set.next.size);
    index.writeSync(8, size);
  }

  /** Step A7, the commit point. */
  *#seal(intent: Slot, set: WriteSet): StepPlan<Slot> {
    const { inode, modified } = this.#files.data.statSync();
    const slot: Slot = {
      ...intent,
      state: SealState.idle,
      sequence: intent.sequence + 1,
      committed: set.next,
      batchCrc: 0,
      tailCrc: this.#files.tailCrc(set.next.size),
      indexCrc: this.#files.indexCrc(set.next.records),
      undoBase: -1,
      inode,
      modified,
    };
    this.#files.writeSlot(slot);
    if (this.#disk) yield { op: "flush", file: this.#files.seal };
    return slot;
  }
}

/** Finds a batch whose bytes another program pushed further back: the number of its first record. */
export function findBatch(
  files: JournalFiles,
  from: number,
  committed: Extent,
  chunks: readonly Uint8Array[],
): number | undefined {
  const crc = crcOfAll(chunks);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { data, index } = files;
  if (index === undefined) return undefined;
  for (let record = from; record < committed.records; record++) {
    const start = readU64(
      index.readSync(HEADER_BYTES + record * 8, HEADER_BYTES + record * 8 + 8),
      0,
    );
    if (start + length > committed.size) return undefined;
    if (crcOfAll([data.readSync(start, start + length)]) === crc) return record;
  }
  return undefined;
}

/** Another program wrote to the data between our look and our write. */
export class ForeignWriteError extends NthrecError {
  constructor(name: string, bytes: number) {
    super(
      "NTH_SOURCE_CHANGED",
      `another program changed ${name} by ${bytes} bytes in the middle of a commit`,
      { source: name },
    );
  }
}
