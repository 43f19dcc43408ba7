import { ByteWriter } from "../bytes/byte-writer.ts";
import { equalBytes } from "../bytes/le.ts";
import { NthrecError } from "../errors.ts";
import { DEFAULT_MAGIC, encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import { newScratch } from "../offsets/scan.ts";
import { close, openEntry, readsOf, type StepPlan } from "../plan/step.ts";
import type { LiveStore, StoreEntry, StoreLock } from "../store/byte-store.ts";
import { Commit, ForeignWriteError, findBatch } from "./commit.ts";
import { FlushTimer } from "./flush-timer.ts";
import { hold } from "./hold.ts";
import { JournalFiles } from "./journal-files.ts";
import type { JournalHost, JournalOptions } from "./journal-host.ts";
import type { PendingBatch } from "./pending.ts";
import { LOCK_SUFFIX } from "./publish-guard.ts";
import type { Publisher } from "./publisher.ts";
import { Recovery } from "./recover.ts";
import { SealState, type Slot } from "./seal.ts";

/** The parts that a journal is put together from. */
export interface JournalSetup {
  readonly files: JournalFiles;
  readonly lock: StoreLock;
  readonly host: JournalHost;
}

/** The files, the lock and the format of some data. */
export function journalSetup(
  entry: StoreEntry<LiveStore>,
  index: StoreEntry<LiveStore> | undefined,
  host: JournalHost,
): JournalSetup {
  const lock = entry.store.lock(entry.name + LOCK_SUFFIX);
  return { files: new JournalFiles(entry, index), lock, host };
}

/**
 * Appends to data that others may append to as well: lock, two-slot seal, recovery. The steps of a commit and
 * their order are those of `docs/formats/seal.md`; its last one is the only one that publishes.
 */
export class Journal implements Publisher {
  readonly shared: boolean;
  readonly fresh = false;
  readonly #files: JournalFiles;
  readonly #lock: StoreLock;
  readonly #host: JournalHost;
  readonly #options: JournalOptions;
  readonly #timer: FlushTimer;
  #locked = false;
  /** The state that this writer saw or left last, and the seal's bytes at that moment. */
  #slot: Slot | undefined;
  #sealBytes: Uint8Array = new Uint8Array(0);
  /** What `resume` wrote for the state in `#slot`, to come before the batch; `undefined` before it ran. */
  #head: ByteWriter | undefined;
  #headWritten = false;

  constructor(setup: JournalSetup, options: JournalOptions & { readonly exclusive: boolean }) {
    this.#files = setup.files;
    this.#lock = setup.lock;
    this.#host = setup.host;
    this.#options = options;
    this.#timer = new FlushTimer(options.durability, () => this.#files);
    this.shared = !options.exclusive;
  }

  /** Goes on where a new file has just been put into place, holding the lock. */
  static continuing(setup: JournalSetup, options: JournalOptions, slot: Slot): Journal {
    const journal = new Journal(setup, { ...options, exclusive: true });
    journal.#locked = true;
    journal.#slot = slot;
    journal.#skipResume();
    journal.#remember();
    return journal;
  }

  get name(): string {
    return this.#files.data.name;
  }

  get records(): number {
    return this.#slot?.committed.records ?? 0;
  }

  *open(sync: boolean): StepPlan<void> {
    yield* this.#enter(sync);
    let opened = false;
    try {
      yield* this.#agree();
      opened = true;
    } finally {
      if (this.shared || !opened) this.#leave();
      if (!opened) this.#files.close();
    }
  }

  *commit(batch: PendingBatch, sync: boolean): StepPlan<number> {
    if (batch.records === 0) return this.records;
    yield* this.#enter(sync);
    try {
      yield* this.#agree();
      return yield* this.#publish(batch);
    } finally {
      if (this.shared) this.#leave();
    }
  }

  *ahead(batch: PendingBatch): StepPlan<void> {
    const slot = this.#slot as Slot;
    // Bytes behind the records (a footer) may only be replaced by a whole batch.
    if (slot.committed.end < slot.committed.size) return;
    yield* this.#resume(slot);
    const commit = this.#commitOf(slot, batch);
    if (slot.state === SealState.idle) {
      this.#slot = commit.startAhead();
      this.#remember();
    }
    commit.writeAhead();
    this.#headWritten = true;
  }

  *close(): StepPlan<void> {
    yield* this.#timer.finish();
    if (this.#locked) {
      const slot = this.#slot;
      if (slot?.state === SealState.ahead) this.#files.data.truncateSync(slot.committed.size);
      if (slot?.state === SealState.ahead) this.#settle(slot);
      this.#leave();
    }
    this.#files.close();
  }

  *#enter(sync: boolean): StepPlan<void> {
    if (this.#locked) return;
    yield* hold(this.#lock, this.#options.lockTimeoutMs, sync);
    this.#locked = true;
  }

  #leave(): void {
    if (!this.#locked) return;
    this.#locked = false;
    this.#lock.release();
  }

  /** Brings this writer to the state on disk, and the files on disk into a committed state. */
  *#agree(): StepPlan<void> {
    if (this.#slot !== undefined && this.#isOurs(this.#slot)) return;
    if (!this.#files.current) this.#files.close();
    this.#head = undefined;
    this.#headWritten = false;
    const slot = this.#files.readSlot();
    this.#checkFormat(slot);
    this.#slot = slot !== undefined && this.#matches(slot) ? slot : yield* this.#recover();
    this.#remember();
  }

  *#recover(): StepPlan<Slot> {
    const recovery = new Recovery(this.#files, this.#host, this.#options);
    const { slot, report } = yield* recovery.run();
    this.#files.writeSlot(slot);
    if (this.#options.durability === "disk") {
      for (const file of [this.#files.data, this.#files.seal]) yield { op: "flush", file };
      yield { op: "flush", file: this.#files.entry.store };
    }
    this.#options.onRecovery?.(report);
    return slot;
  }

  /** Whether nobody touched anything since this writer's last commit. */
  #isOurs(slot: Slot): boolean {
    const { data, index } = this.#files.statByName();
    if (data === undefined || !equalBytes(this.#files.sealBytes(), this.#sealBytes)) return false;
    if (slot.state === SealState.ahead) return true;
    if (data.size !== slot.committed.size || data.modified !== slot.modified) return false;
    return index === undefined || index.size === HEADER_BYTES + slot.committed.records * 8;
  }

  /** Whether data and index are as the slot of another writer says. */
  #matches(slot: Slot): boolean {
    const { size, inode, modified } = this.#files.data.statSync();
    const { committed } = slot;
    if (slot.state !== SealState.idle || size !== committed.size) return false;
    if (inode !== slot.inode || modified !== slot.modified) return false;
    if (this.#files.tailCrc(size) !== slot.tailCrc) return false;
    const { index } = this.#files;
    if (index === undefined) return true;
    if (index.statSync().size !== HEADER_BYTES + committed.records * 8) return false;
    const header = encodeHeader(size, DEFAULT_MAGIC);
    if (!equalBytes(index.readSync(0, HEADER_BYTES), header)) return false;
    return this.#files.indexCrc(committed.records) === slot.indexCrc;
  }

  #checkFormat(slot: Slot | undefined): void {
    const mine = this.#host.format;
    if (slot === undefined || slot.format === "" || mine === "" || slot.format === mine) return;
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${this.name} holds ${slot.format} records, so that ${mine} records cannot be appended to it`,
      { source: this.name },
    );
  }

  *#publish(batch: PendingBatch): StepPlan<number> {
    const slot = this.#slot as Slot;
    yield* this.#resume(slot);
    const commit = this.#commitOf(slot, batch);
    const first = slot.committed.records;
    try {
      this.#slot = yield* commit.run();
    } catch (error) {
      if (error instanceof ForeignWriteError) return yield* this.#findAgain(commit, slot, error);
      this.#takeBack(commit, slot);
      throw error;
    }
    this.#remember();
    // What this writer just left is known to the format: `resume` reads only what others left.
    this.#skipResume();
    this.#timer.start();
    return first;
  }

  /** Another program appended at the same moment: both its records and ours are taken up in the file's order. */
  *#findAgain(commit: Commit, slot: Slot, error: ForeignWriteError): StepPlan<number> {
    const ours = commit.bytes;
    if (ours === undefined) {
      this.#takeBack(commit, slot);
      throw error;
    }
    this.#settle(slot);
    this.#slot = undefined;
    yield* this.#agree();
    const now = this.#slot as unknown as Slot;
    const first = findBatch(this.#files, slot.committed.records, now.committed, ours);
    if (first === undefined) throw error;
    return first;
  }

  /** Runs the format's look at a state that it did not leave itself. */
  *#resume(slot: Slot): StepPlan<void> {
    if (this.#head !== undefined) return;
    const head = new ByteWriter(slot.committed.end);
    if (this.#host.resume !== undefined) {
      const { store, name } = this.#files.entry;
      const source = yield* openEntry(store, name);
      try {
        const reader = this.#host.reader(source, "error");
        yield* readsOf(source, reader.open(), newScratch());
        yield* readsOf(source, this.#host.resume(reader, head), newScratch());
      } finally {
        yield* close(source);
      }
    }
    this.#head = head;
  }

  #skipResume(): void {
    this.#head = new ByteWriter((this.#slot as Slot).committed.end);
    this.#headWritten = false;
  }

  #commitOf(slot: Slot, batch: PendingBatch): Commit {
    return new Commit(this.#files, this.#host, this.#options, {
      slot,
      batch,
      head: this.#head,
      headWritten: this.#headWritten,
    });
  }

  /** After a failed write: data, index and seal as they were. What cannot be undone now is left to recovery. */
  #takeBack(commit: Commit, slot: Slot): void {
    try {
      commit.undo();
      if (slot.state === SealState.ahead) return;
      this.#settle(slot);
    } catch {
      this.#slot = undefined;
    }
  }

  /** Writes the slot of a state that data and index are in again. */
  #settle(slot: Slot): void {
    const { modified } = this.#files.data.statSync();
    const sequence = (this.#files.readSlot()?.sequence ?? slot.sequence) + 1;
    this.#slot = {
      ...slot,
      state: SealState.idle,
      sequence,
      next: slot.committed,
      undoBase: -1,
      modified,
    };
    this.#files.writeSlot(this.#slot);
    this.#remember();
  }

  #remember(): void {
    this.#sealBytes = this.#files.sealBytes();
  }
}
