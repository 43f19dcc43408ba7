import { ByteWriter } from "../bytes/byte-writer.ts";
import { equalBytes } from "../bytes/le.ts";
import { NthrecError } from "../errors.ts";
import { DEFAULT_MAGIC, encodeHeader, HEADER_BYTES } from "../offsets/idv1.ts";
import { newScratch } from "../offsets/scan.ts";
import { close, openEntry, readsOf, type StepPlan } from "../plan/step.ts";
import type { LiveStore, LockOptions, StoreEntry, StoreLock } from "../store/byte-store.ts";
import { Commit } from "./commit.ts";
import { FlushTimer } from "./flush-timer.ts";
import { ForeignWriteError, findBatch } from "./foreign-write.ts";
import { hold } from "./hold.ts";
import { JournalFiles } from "./journal-files.ts";
import type { JournalHost, JournalOptions } from "./journal-host.ts";
import type { PendingBatch } from "./pending.ts";
import { LOCK_SUFFIX } from "./publish-guard.ts";
import type { Publisher } from "./publisher.ts";
import { type FoundRecords, Recovery } from "./recover.ts";
import { SealState, type Slot } from "./seal.ts";

/** Offsets that a writer looks through when it opens, rather than to wait for a flush: 512 KiB. */
const LONG_RUN = 65_536;

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
  options?: LockOptions,
): JournalSetup {
  const lock = entry.store.lock(entry.name + LOCK_SUFFIX, options);
  return { files: new JournalFiles(entry, index), lock, host };
}

/**
 * Appends to data that others may append to as well: lock, two-slot seal, recovery. The steps of a commit and
 * their order are those of `docs/formats/seal.md`; its last one is the only one that publishes.
 */
export class Journal implements Publisher {
  readonly shared: boolean;
  readonly #files: JournalFiles;
  readonly #lock: StoreLock;
  readonly #host: JournalHost;
  readonly #options: JournalOptions;
  readonly #timer: FlushTimer;
  #locked = false;
  /** The state that this writer saw or left last. */
  #slot: Slot | undefined;
  /** What `resume` wrote for the state in `#slot`, to come before the batch; `undefined` before it ran. */
  #head: ByteWriter | undefined;
  #headWritten = false;
  #records = 0;
  /** Where the data ended after the last write ahead of a commit. */
  #aheadEnd = 0;
  /** What must be taken back before this writer, which nobody can replace, goes on. */
  #unsettled: (() => void) | undefined;
  /** Why this writer cannot go on: what it wrote ahead of a commit is not in the file any more. */
  #broken: NthrecError | undefined;

  constructor(setup: JournalSetup, options: JournalOptions & { readonly exclusive: boolean }) {
    this.#files = setup.files;
    this.#lock = setup.lock;
    this.#host = setup.host;
    this.#options = options;
    this.#timer = new FlushTimer(options.durability, () => this.#files);
    this.shared = !options.exclusive;
  }

  /**
   * Goes on where a new file of `records` records has just been put into place, holding the lock.
   *
   * @param slot What the seal says, or `undefined` when index and seal could not be written.
   */
  static continuing(
    setup: JournalSetup,
    options: JournalOptions,
    records: number,
    slot: Slot | undefined,
  ): Journal {
    const journal = new Journal(setup, { ...options, exclusive: true });
    journal.#locked = true;
    journal.#records = records;
    if (slot !== undefined) journal.#left(slot);
    return journal;
  }

  get name(): string {
    return this.#files.name;
  }

  get records(): number {
    return this.#records;
  }

  get fresh(): boolean {
    return !this.shared && (this.#slot === undefined || this.#unsettled !== undefined);
  }

  *open(sync: boolean): StepPlan<void> {
    yield* this.#enter(sync);
    let opened = false;
    try {
      yield* this.#agree();
      yield* this.#flushOffsets();
      // Another level may have made the files; what is told on this one is worth no more than their names.
      if (this.#options.durability === "disk") {
        yield { op: "flush", file: this.#files.entry.store };
      }
      opened = true;
    } finally {
      if (!opened) this.#letGo();
      else if (this.shared) this.#leave();
    }
  }

  *commit(take: () => PendingBatch, sync: boolean): StepPlan<number> {
    this.#timer.report();
    if (!this.#locked) yield* this.#enter(sync);
    try {
      yield* this.#agree();
      const slot = this.#slot as Slot;
      if (this.#head === undefined) yield* this.#resume(slot);
      const batch = take();
      if (batch.records === 0 && !batch.required) return this.#records;
      return yield* this.#publish(slot, batch);
    } finally {
      if (this.shared) this.#leave();
    }
  }

  *ahead(batch: PendingBatch): StepPlan<void> {
    yield* this.#agree();
    const slot = this.#slot as Slot;
    // Bytes behind the records (a footer) may only be replaced by a whole batch.
    if (slot.committed.end < slot.committed.size) return;
    if (this.#head === undefined) yield* this.#resume(slot);
    const commit = this.#commitOf(slot, batch);
    if (slot.state === SealState.idle) {
      this.#slot = commit.startAhead();
      this.#aheadEnd = slot.committed.size;
      // After a power cut bytes that nothing announces would count as another program's.
      if (this.#options.durability === "disk") yield { op: "flush", file: this.#files.seal };
    }
    try {
      commit.writeAhead();
    } catch (error) {
      if (error instanceof ForeignWriteError) this.#broken = error;
      else this.#undo(() => commit.undoAhead());
      throw error;
    }
    this.#headWritten = true;
    this.#aheadEnd = this.#files.data.statSync().size;
  }

  *close(): StepPlan<void> {
    try {
      if (this.#locked) this.#dropAhead();
      yield* this.#timer.finish();
    } finally {
      this.#letGo();
    }
  }

  /** Takes back what was written for a commit that will not come. */
  #dropAhead(): void {
    const slot = this.#slot;
    if (slot?.state !== SealState.ahead || this.#broken !== undefined) return;
    const { data } = this.#files;
    // Bytes of another program among ours are recovery's affair.
    if (data.statSync().size !== this.#aheadEnd) return;
    data.truncateSync(slot.committed.size);
    this.#files.trimIndex(slot.committed.records, slot.committed.size);
    this.#settle({ ...slot, state: SealState.idle });
  }

  /** Brings a long run of offsets to disk, which the next writer to open need not go through again. */
  *#flushOffsets(): StepPlan<void> {
    const slot = this.#slot as Slot;
    const { records } = slot.committed;
    const { index } = this.#files;
    if (index === undefined || records - slot.unflushed.from < LONG_RUN) return;
    yield { op: "flush", file: index };
    this.#slot = { ...slot, unflushed: { from: records, crc: 0 } };
  }

  *#enter(sync: boolean): StepPlan<void> {
    yield* hold(this.#lock, this.#options.lockTimeoutMs, sync);
    this.#locked = true;
  }

  #leave(): void {
    if (!this.#locked) return;
    this.#locked = false;
    if (this.#lock.rest === undefined) this.#lock.release();
    else this.#lock.rest();
  }

  /** Gives up the lock, with what is kept of it while others may have it, and the files. */
  #letGo(): void {
    this.#locked = false;
    this.#lock.release();
    this.#files.close();
  }

  /**
   * Brings this writer to the state on disk, and the files on disk into a committed state. Answers what a recovery
   * found, if there was one.
   */
  *#agree(): StepPlan<FoundRecords | undefined> {
    if (this.#broken !== undefined) throw this.#broken;
    this.#unsettled?.();
    this.#unsettled = undefined;
    if (this.#slot !== undefined && this.#isOurs(this.#slot)) return undefined;
    if (this.#headWritten) throw this.#lost();
    if (!this.#files.current) this.#files.close();
    this.#head = undefined;
    this.#files.forgetTails();
    const slot = this.#files.readSlot();
    this.#checkFormat(slot);
    // The machine may have been down since: the first look goes through all offsets that no flush brought to disk.
    const first = this.#slot === undefined;
    const matches = slot !== undefined && this.#matches(slot);
    const trusted = matches && (!first || this.#files.keepsUnflushed(slot));
    if (trusted) this.#slot = slot;
    const found = trusted ? undefined : yield* this.#recover();
    this.#records = (this.#slot as Slot).committed.records;
    return found;
  }

  /** Another program replaced a file that holds records of a batch that is not complete. */
  #lost(): NthrecError {
    this.#broken = new NthrecError(
      "NTH_SOURCE_CHANGED",
      `another program replaced ${this.name}, its index or its seal while records were being written: ` +
        "those appended since the last commit are lost, close this writer with abort()",
      { source: this.name },
    );
    return this.#broken;
  }

  *#recover(): StepPlan<FoundRecords> {
    const recovery = new Recovery(this.#files, this.#host, this.#options);
    const { slot, report, found } = yield* recovery.run();
    this.#files.writeSlot(slot);
    if (this.#options.durability === "disk") {
      for (const file of [this.#files.data, this.#files.seal]) yield { op: "flush", file };
      yield { op: "flush", file: this.#files.entry.store };
    }
    this.#options.onRecovery?.(report);
    this.#slot = slot;
    return found;
  }

  /** Whether nobody touched anything since this writer's last commit. */
  #isOurs(slot: Slot): boolean {
    const { data, index } = this.#files.statByName();
    if (data === undefined || !this.#sealIsOurs) return false;
    if (slot.state === SealState.ahead) return true;
    if (data.size !== slot.committed.size || data.modified !== slot.modified) return false;
    return index === undefined || index.size === HEADER_BYTES + slot.committed.records * 8;
  }

  /** Whether the seal is as this writer left it: where nobody else had the lock nobody wrote to it. */
  get #sealIsOurs(): boolean {
    const { undisturbed = false } = this.#lock;
    return undisturbed && this.shared ? this.#files.sealKnown : this.#files.sealUnchanged;
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

  *#publish(slot: Slot, batch: PendingBatch): StepPlan<number> {
    const commit = this.#commitOf(slot, batch);
    let next: Slot;
    try {
      next = yield* commit.run();
    } catch (error) {
      if (error instanceof ForeignWriteError) return yield* this.#findAgain(commit, slot, error);
      this.#takeBack(commit, slot);
      throw error;
    }
    this.#left(next);
    this.#timer.start();
    return slot.committed.records;
  }

  /** Another program appended at the same moment: both its records and ours are taken up in the file's order. */
  *#findAgain(commit: Commit, slot: Slot, error: ForeignWriteError): StepPlan<number> {
    if (slot.state === SealState.ahead) {
      this.#broken = error;
      throw error;
    }
    const ours = commit.bytes;
    if (ours === undefined) {
      this.#takeBack(commit, slot);
      throw error;
    }
    this.#settle(slot);
    this.#slot = undefined;
    const found = yield* this.#agree();
    const first = found && findBatch(this.#files, found, slot.committed.records, ours);
    if (first === undefined) throw error;
    return first;
  }

  /** Runs the format's look at a state that it did not leave itself. */
  *#resume(slot: Slot): StepPlan<void> {
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

  #commitOf(slot: Slot, batch: PendingBatch): Commit {
    return new Commit(this.#files, this.#host, this.#options, {
      slot,
      batch,
      head: this.#head,
      headWritten: this.#headWritten,
    });
  }

  /** After a failed write: data, index and seal as they were. */
  #takeBack(commit: Commit, slot: Slot): void {
    this.#undo(() => {
      commit.undo();
      this.#settle(slot);
    });
  }

  /** Takes something back; what fails now is left to recovery, or done before this writer goes on. */
  #undo(action: () => void): void {
    try {
      action();
    } catch {
      if (this.shared) this.#slot = undefined;
      else this.#unsettled = action;
    }
  }

  /** Writes the slot of a state that data and index are in again. */
  #settle(slot: Slot): void {
    const { modified } = this.#files.data.statSync();
    const sequence = (this.#files.readSlot()?.sequence ?? slot.sequence) + 1;
    const settled = { ...slot, sequence, next: slot.committed, undoBase: -1, modified };
    this.#files.writeSlot(settled);
    this.#files.forgetTails();
    this.#slot = settled;
  }

  /** Notes the state that this writer just left, which the format knows: `resume` reads only what others left. */
  #left(slot: Slot): void {
    this.#slot = slot;
    this.#records = slot.committed.records;
    this.#head ??= new ByteWriter();
    this.#head.reset(slot.committed.end);
    this.#headWritten = false;
  }
}
