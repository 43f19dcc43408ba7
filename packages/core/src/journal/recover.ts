import { platform } from "#platform";
import type { Patch } from "../bytes/byte-writer.ts";
import { NthrecError } from "../errors.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { DEFAULT_MAGIC, HEADER_BYTES } from "../offsets/idv1.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import { newScratch, scan } from "../offsets/scan.ts";
import { TEMP_INFIX, TempIndex } from "../offsets/temp-index.ts";
import { close, openEntry, readsOf, type StepPlan } from "../plan/step.ts";
import type { EntryStat } from "../store/byte-store.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalHost, JournalOptions, RecoveryReport } from "./journal-host.ts";
import { quarantine } from "./quarantine.ts";
import { type Extent, SealState, type Slot } from "./seal.ts";
import { sweep } from "./sweep.ts";
import { readUndo } from "./undo.ts";
import { batchRanges } from "./write-set.ts";

/** The longest end of a file that is offered to the format as one unfinished record, bytes. */
const ADOPT_BYTES = 256 * 1024 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** What a recovery leads to: a state in which data, index and the slot to write agree. */
export interface Recovered {
  readonly slot: Slot;
  readonly report: RecoveryReport;
  readonly found: FoundRecords;
}

/** The records that a recovery looked for. */
export interface FoundRecords {
  /** Where they begin. */
  readonly table: OffsetTable;
  /** The number of the first of them. */
  readonly from: number;
  /** Where the last of them ends. */
  readonly end: number;
  /** Bytes of the data that were looked at: another program may have added more by now. */
  readonly size: number;
}

/** Brings data and index into a committed state, under the lock. Safe to be stopped anywhere and run again. */
export class Recovery {
  readonly #files: JournalFiles;
  readonly #host: JournalHost;
  readonly #options: JournalOptions;
  #rolledForward = 0;
  #rolledBack = 0;
  #adopted = 0;
  #quarantined = 0;
  #lost = 0;
  #indexRebuilt = false;

  constructor(files: JournalFiles, host: JournalHost, options: JournalOptions) {
    this.#files = files;
    this.#host = host;
    this.#options = options;
  }

  *run(): StepPlan<Recovered> {
    const files = this.#files;
    // Missing data begin as an empty file.
    const stat = files.data.statSync();
    const slot = files.readSlot();
    const base = this.#settleIntent(slot, stat);
    let found = yield* this.#scan(base, slot !== undefined);
    if (base === undefined || !this.#extendIndex(base, slot as Slot, found)) {
      // Of the records before the base only the old index knew the offsets.
      if (base !== undefined) found = yield* this.#scan(undefined, true);
      yield* this.#rebuildIndex(found);
    }
    const { size } = found;
    const records = found.from + found.table.length;
    if (base !== undefined && slot !== undefined) {
      const added = Math.max(0, records - base.records);
      this.#rolledForward = Math.min(added, this.#rolledForward);
      this.#adopted = added - this.#rolledForward;
    }
    const extent = { size, records, end: found.end };
    return { slot: this.#idleSlot(extent, slot), report: this.#report(), found };
  }

  /**
   * Takes back or completes the batch of a stopped writer. Answers the committed state to go on from, or
   * `undefined` when the data must be scanned from the beginning.
   */
  #settleIntent(slot: Slot | undefined, stat: EntryStat): Extent | undefined {
    if (slot === undefined) return undefined;
    const { size, inode, modified } = stat;
    if (inode !== slot.inode) return undefined;
    if (slot.state !== SealState.idle) return this.#settleBatch(slot, size);
    // Changed in place, or merely touched: only a look at everything can tell.
    if (size === slot.committed.size && modified !== slot.modified) return undefined;
    return this.#checked(slot);
  }

  /** A batch that is whole is kept. Of another one everything goes, and what it replaced comes back. */
  #settleBatch(slot: Slot, size: number): Extent | undefined {
    const { data, entry } = this.#files;
    const { committed, next } = slot;
    const overwrites = slot.undoBase >= 0;
    if (!overwrites && this.#checked(slot) === undefined) return undefined;
    // Without a whole undo file the batch had not begun to write.
    const images = (overwrites ? readUndo(entry, slot.sequence) : undefined) ?? [];
    if (slot.state === SealState.intent && this.#isWhole(slot, images, size)) {
      if (overwrites) this.#cut(next.size, size);
      this.#rolledForward = next.records - committed.records;
      return committed;
    }
    this.#cut(committed.size, size);
    for (const { position, bytes } of images) data.writeSync(position, bytes);
    return this.#checked(slot);
  }

  /** The committed state, if the end of its bytes is still there. */
  #checked({ committed, tailCrc }: Slot): Extent | undefined {
    const { size } = this.#files.data.statSync();
    this.#lost = Math.max(0, committed.size - size);
    return this.#lost === 0 && this.#files.tailCrc(committed.size) === tailCrc
      ? committed
      : undefined;
  }

  #isWhole(slot: Slot, images: readonly Patch[], size: number): boolean {
    if (size < slot.next.size) return false;
    const ranges = batchRanges(slot.committed, slot.next, images);
    return (
      ranges.reduce((crc, { start, end }) => this.#crcOf(start, end, crc), 0) === slot.batchCrc
    );
  }

  #crcOf(start: number, end: number, seed: number): number {
    let crc = seed;
    for (let at = start; at < end; at += BLOCK_BYTES) {
      crc = platform.crc32(this.#files.data.readSync(at, Math.min(end, at + BLOCK_BYTES)), crc);
    }
    return crc;
  }

  #cut(start: number, end: number): void {
    if (end <= start) return;
    quarantine(this.#files.entry, this.#files.data, start, end);
    this.#rolledBack += end - start;
    this.#quarantined += end - start;
  }

  /** Finds the records behind the committed ones, or all of them, and completes or removes what is no record. */
  *#scan(base: Extent | undefined, sealed: boolean): StepPlan<FoundRecords> {
    const table = new OffsetTable();
    let completed = -1;
    for (;;) {
      const source = yield* openEntry(this.#files.entry.store, this.#files.entry.name);
      try {
        const format = this.#host.reader(source, "ignore");
        yield* readsOf(source, format.open(), newScratch());
        // The committed state may be one before the format's header was there.
        const known = format.ownIndex ? undefined : base;
        const start = table.pop() ?? Math.max(known?.end ?? 0, format.begin);
        const found = yield* scan(format, table, Math.min(start, format.end));
        // What did not become a record the first time is torn after all.
        const mayAdopt = completed !== found.end;
        completed = found.end;
        if (!found.torn || !this.#complete(format, found.end, sealed, mayAdopt)) {
          const size = found.torn ? found.end : source.size;
          return { table, end: found.end, from: known?.records ?? 0, size };
        }
      } finally {
        yield* close(source);
      }
    }
  }

  /** Deals with the bytes behind the last whole record; `true` when they became one. */
  #complete(format: FormatHooks, end: number, sealed: boolean, mayAdopt: boolean): boolean {
    const { data, entry } = this.#files;
    const stop = format.end;
    const rest = mayAdopt && stop - end <= ADOPT_BYTES ? data.readSync(end, stop) : undefined;
    const completion = rest && this.#host.adopt(rest, sealed);
    if (completion !== undefined) {
      data.appendSync(completion);
      return true;
    }
    if (this.#options.tornTail === "error") {
      throw new NthrecError(
        "NTH_TRUNCATED",
        `${data.name} ends with ${stop - end} bytes that are no whole record (byte ${end}): ` +
          'append with tornTail: "quarantine" to move them to a file of their own',
        { source: data.name, offset: end },
      );
    }
    quarantine(entry, data, end, stop);
    this.#quarantined += stop - end;
    return false;
  }

  /** Keeps the sound beginning of the index and adds what is new. `false` when it cannot be trusted. */
  #extendIndex(base: Extent, slot: Slot, { table, size }: FoundRecords): boolean {
    const { index } = this.#files;
    if (index === undefined) return true;
    if (index.statSync().size < HEADER_BYTES + base.records * 8) return false;
    if (this.#files.indexCrc(base.records) !== slot.indexCrc) return false;
    if (!this.#files.keepsUnflushed(slot)) return false;
    index.truncateSync(HEADER_BYTES + base.records * 8);
    index.writeSync(HEADER_BYTES + base.records * 8, table.encode());
    this.#files.trimIndex(base.records + table.length, size);
    return true;
  }

  /** Makes the index anew, under a name of its own first: whoever still writes to the old one harms nobody. */
  *#rebuildIndex({ table, size }: FoundRecords): StepPlan<void> {
    const { indexEntry } = this.#files;
    if (indexEntry === undefined) return;
    sweep(indexEntry, TEMP_INFIX);
    const temp = new TempIndex(indexEntry, DEFAULT_MAGIC);
    try {
      const durable = this.#options.durability === "disk";
      yield* temp.publish(table, size, durable);
    } finally {
      yield* temp.discard();
    }
    this.#files.reopenIndex();
    this.#indexRebuilt = true;
  }

  #idleSlot(extent: Extent, before: Slot | undefined): Slot {
    const { inode, modified } = this.#files.data.statSync();
    const from = this.#indexRebuilt ? 0 : (before?.unflushed.from ?? 0);
    return {
      state: SealState.idle,
      sequence: (before?.sequence ?? 0) + 1,
      committed: extent,
      next: extent,
      batchCrc: 0,
      tailCrc: this.#files.tailCrc(extent.size),
      indexCrc: this.#files.indexCrc(extent.records),
      unflushed: { from, crc: this.#files.offsetsCrc(from, extent.records) },
      undoBase: -1,
      inode,
      modified,
      format: this.#host.format,
    };
  }

  #report(): RecoveryReport {
    return {
      source: this.#files.data.name,
      rolledForward: this.#rolledForward,
      rolledBack: this.#rolledBack,
      adopted: this.#adopted,
      quarantined: this.#quarantined,
      lost: this.#lost,
      indexRebuilt: this.#indexRebuilt,
    };
  }
}
