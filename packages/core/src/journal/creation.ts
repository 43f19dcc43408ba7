import { platform } from "#platform";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DEFAULT_MAGIC, encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import { newScratch } from "../offsets/scan.ts";
import { TEMP_INFIX } from "../offsets/temp-index.ts";
import { readsOf, type StepPlan } from "../plan/step.ts";
import { MemorySource } from "../source/memory-source.ts";
import { hold } from "./hold.ts";
import { Journal, type JournalSetup } from "./journal.ts";
import type { JournalOptions } from "./journal-host.ts";
import type { PendingBatch } from "./pending.ts";
import type { Publisher } from "./publisher.ts";
import { type Extent, SealState, type Slot } from "./seal.ts";
import { sweep } from "./sweep.ts";
import { composeBatch, encodeOffsets, type WriteSet } from "./write-set.ts";

/** What stands between a name and the random part of a file that is not in place yet. */
const NEW_INFIX = ".new-";
const NOTHING: Extent = { size: 0, records: 0, end: 0 };

/**
 * Writes a new file beside the old one, which the first commit replaces by a rename: opening destroys nothing, and
 * whoever reads the old file keeps it. The lock is held throughout.
 */
export class Creation implements Publisher {
  readonly shared = false;
  readonly #setup: JournalSetup;
  readonly #options: JournalOptions;
  readonly #dataName: string;
  readonly #indexName: string | undefined;
  #head: ByteWriter | undefined;
  #headWritten = false;
  #journal: Journal | undefined;
  #opened = false;
  #name: string;

  constructor(setup: JournalSetup, options: JournalOptions) {
    this.#setup = setup;
    this.#options = options;
    const { entry, indexEntry } = setup.files;
    const unique = NEW_INFIX + platform.uniqueName();
    this.#dataName = entry.name + unique;
    this.#indexName = indexEntry && indexEntry.name + unique;
    this.#name = entry.name;
  }

  get name(): string {
    return this.#name;
  }

  get fresh(): boolean {
    return this.#journal?.fresh ?? true;
  }

  get records(): number {
    return this.#journal?.records ?? 0;
  }

  *open(sync: boolean): StepPlan<void> {
    const { files, lock, host } = this.#setup;
    yield* hold(lock, this.#options.lockTimeoutMs, sync);
    try {
      const { entry, indexEntry } = files;
      // The lock is ours, so whoever left these is dead.
      sweep(entry, NEW_INFIX);
      if (indexEntry !== undefined) sweep(indexEntry, NEW_INFIX, TEMP_INFIX);
      const data = entry.store.editSync(this.#dataName, { create: true });
      files.use(data, undefined);
      this.#name = data.name.slice(0, data.name.length - this.#dataName.length) + entry.name;
      if (indexEntry !== undefined) {
        files.use(data, indexEntry.store.editSync(this.#indexName as string, { create: true }));
      }
      this.#head = new ByteWriter(0);
      const empty = new MemorySource(new Uint8Array(0), { name: entry.name });
      if (host.resume !== undefined) {
        yield* readsOf(empty, host.resume(host.reader(empty, "error"), this.#head), newScratch());
      }
      this.#opened = true;
    } finally {
      if (!this.#opened) this.#giveUp();
    }
  }

  *commit(take: () => PendingBatch, sync: boolean): StepPlan<number> {
    if (this.#journal !== undefined) return yield* this.#journal.commit(take, sync);
    const { host, files } = this.#setup;
    const batch = take();
    batch.out.rebase((this.#head?.length ?? 0) + batch.ahead);
    host.commit(batch.out, batch.records, batch.closing);
    const set = composeBatch(batch, NOTHING, this.#head, this.#headWritten);
    this.#write(set, batch);
    if (this.#options.durability === "disk") {
      const { data, index } = files;
      for (const file of index === undefined ? [data] : [data, index]) yield { op: "flush", file };
    }
    const before = files.readSlot();
    files.entry.store.renameSync(this.#dataName, files.entry.name);
    // The rename is the commit point: a seal or index that is still the old one contradicts the data.
    let slot: Slot | undefined;
    try {
      slot = yield* this.#complete(set, (before?.sequence ?? 0) + 1);
    } finally {
      batch.reset();
      this.#journal = Journal.continuing(this.#setup, this.#options, set.next.records, slot);
    }
    return 0;
  }

  *ahead(batch: PendingBatch): StepPlan<void> {
    if (this.#journal !== undefined) return yield* this.#journal.ahead(batch);
    const { data, index } = this.#setup.files;
    const base = this.#head?.length ?? 0;
    // Written at their places, so that what a failure leaves is written over.
    if (!this.#headWritten && this.#head !== undefined) data.writeSync(0, this.#head.view());
    data.writeSync(base + batch.ahead, batch.out.view());
    index?.writeSync(HEADER_BYTES + batch.recordsAhead * 8, encodeOffsets(batch.offsets, base));
    this.#headWritten = true;
    batch.wroteAhead();
  }

  *close(): StepPlan<void> {
    if (this.#journal !== undefined) return yield* this.#journal.close();
    if (!this.#opened) return;
    this.#opened = false;
    this.#giveUp();
  }

  #write(set: WriteSet, batch: PendingBatch): void {
    const { data, index } = this.#setup.files;
    let at = set.position;
    for (const chunk of set.chunks) {
      data.writeSync(at, chunk);
      at += chunk.length;
    }
    for (const { position, bytes } of set.written) data.writeSync(position, bytes);
    // An earlier try may have left more.
    if (data.statSync().size > set.next.size) data.truncateSync(set.next.size);
    if (index === undefined) return;
    index.writeSync(HEADER_BYTES + batch.recordsAhead * 8, encodeOffsets(batch.offsets, set.base));
    index.writeSync(0, encodeHeader(set.next.size, DEFAULT_MAGIC));
  }

  /** Brings the index into place, and writes the seal. */
  *#complete(set: WriteSet, sequence: number): StepPlan<Slot> {
    const { files, host } = this.#setup;
    const { entry, indexEntry } = files;
    indexEntry?.store.renameSync(this.#indexName as string, indexEntry.name);
    // What is open still goes by the names that are gone, and a later commit may open a second descriptor by name.
    files.close();
    const { inode, modified } = files.data.statSync();
    const { records } = set.next;
    const from = this.#options.durability === "disk" ? records : 0;
    const slot: Slot = {
      state: SealState.idle,
      sequence,
      committed: set.next,
      next: set.next,
      batchCrc: 0,
      tailCrc: files.tailCrc(set.next.size),
      indexCrc: files.indexCrc(records),
      unflushed: { from, crc: files.offsetsCrc(from, records) },
      undoBase: -1,
      inode,
      modified,
      format: host.format,
    };
    files.writeSlot(slot);
    if (this.#options.durability === "disk") {
      yield { op: "flush", file: files.seal };
      yield { op: "flush", file: entry.store };
    }
    return slot;
  }

  /** Lets go of everything; what is not in place yet goes, too. */
  #giveUp(): void {
    const { files, lock } = this.#setup;
    const { entry, indexEntry } = files;
    try {
      files.close();
      entry.store.removeSync(this.#dataName);
      if (this.#indexName !== undefined) indexEntry?.store.removeSync(this.#indexName);
    } finally {
      lock.release();
    }
  }
}
