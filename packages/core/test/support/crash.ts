import { expect } from "vitest";
import {
  type BaseIndexedReader,
  type BaseIndexedWriter,
  type LiveStore,
  MemoryStore,
  type ReaderClass,
  type WriterClass,
  type WriterOptions,
} from "../../src/index.ts";
import { type Change, type Fault, FaultStore, Killed } from "./fault-store.ts";

export type Blob = Uint8Array;

/** A reader and a writer of blobs. */
export interface BlobFormat {
  readonly Reader: ReaderClass<BaseIndexedReader<Blob>> & typeof BaseIndexedReader<Blob>;
  readonly Writer: WriterClass<BaseIndexedWriter<Blob>> & typeof BaseIndexedWriter<Blob>;
}

/** What a program was promised: records that are safe, and a batch whose fate is not known. */
export class Ledger {
  safe: Blob[];
  pending: Blob[] = [];

  constructor(before: readonly Blob[] = []) {
    this.safe = [...before];
  }

  /** A batch is on its way. `replace`: it takes the place of everything before. */
  begin(batch: readonly Blob[]): void {
    this.pending = [...this.safe, ...batch];
  }

  /** It was acknowledged. */
  done(): void {
    this.safe = this.pending;
  }

  /** What the file may hold. */
  get outcomes(): string[] {
    const { safe, pending } = this;
    return [show(safe), ...(pending.length === 0 ? [] : [show(pending)])];
  }
}

/** Records as one string, to compare whole files at a glance. */
export function show(records: readonly Blob[]): string {
  return records.map((each) => `${each.length}:${each[0] ?? ""}`).join(" ");
}

export const NAME = "data";

/** A store whose clock ticks at every change, and which keeps inodes over the death of a process. */
export function disk(): MemoryStore {
  let now = 0;
  return new MemoryStore({ now: () => ++now });
}

/** Reads all records. */
export function readAll({ Reader }: BlobFormat, store: LiveStore, options = {}): Blob[] {
  const reader = Reader.openSync({ store, name: NAME }, options) as BaseIndexedReader<Blob>;
  try {
    const records = Array.from({ length: reader.length }, (_, i) => reader.getSync(i).slice());
    expect([...reader].map((each) => each.slice())).toEqual(records);
    return records;
  } finally {
    reader.closeSync();
  }
}

/** The bytes of an entry. */
export function bytesOf(store: LiveStore, name: string): Uint8Array {
  const source = store.openSync(name);
  try {
    return source.readSync(0, source.size);
  } finally {
    source.closeSync();
  }
}

/** Index, header and seal must be what a fresh look at the data says, and nothing else may be left behind. */
export function checkTidy(format: BlobFormat, store: MemoryStore, what: string): void {
  const fresh = new MemoryStore({ entries: [[NAME, bytesOf(store, NAME)]] });
  format.Reader.openSync({ store: fresh, name: NAME }).closeSync();
  const index = NAME + format.Reader.indexSuffix;
  expect(bytesOf(store, index), `${what}: index`).toEqual(bytesOf(fresh, index));
  const left = store.listSync().filter((name) => name.includes(".tmp-"));
  expect(left, `${what}: files left behind`).toEqual([]);
}

/** What the next processes find after a program died: a reader that writes nothing, one that may, a writer. */
export function checkAfterDeath(
  format: BlobFormat,
  store: MemoryStore,
  ledger: Ledger,
  what: string,
): void {
  if (store.statSync(NAME) === undefined) {
    expect(ledger.outcomes, `${what}: no file`).toContain("");
  } else {
    const seen = readAll(format, new FaultStore(store), { onStaleIndex: "memory" });
    expect(ledger.outcomes, `${what}: a reader`).toContain(show(seen));
    const again = readAll(format, new FaultStore(store));
    expect(show(again), `${what}: a second reader`).toBe(show(seen));
    const scanned = readAll(format, new FaultStore(store), { index: "memory" });
    expect(show(scanned), `${what}: a reader without index`).toBe(show(seen));
  }
  checkContinues(format, store, ledger.outcomes, what);
}

/** The next writer finds a whole number of batches, and adds to them. */
export function checkContinues(
  format: BlobFormat,
  store: MemoryStore,
  outcomes: readonly string[],
  what: string,
): void {
  const process = new FaultStore(store);
  const added = Uint8Array.of(255, 1);
  const writer = openWriter(format, process, { mode: "append" });
  expect(writer.appendSync(added), `${what}: number of the next record`).toBe(writer.length - 1);
  writer.closeSync();
  expect(process.locked, `${what}: lock after close`).toBe(false);
  expect(process.opened, `${what}: open files after close`).toEqual([]);
  const records = readAll(format, process);
  expect(records.at(-1), what).toEqual(added);
  expect(outcomes, `${what}: after recovery`).toContain(show(records.slice(0, -1)));
  checkTidy(format, store, what);
}

export function openWriter(
  { Writer }: BlobFormat,
  store: LiveStore,
  options: WriterOptions,
): BaseIndexedWriter<Blob> {
  return Writer.openSync({ store, name: NAME }, options) as unknown as BaseIndexedWriter<Blob>;
}

/** A program that writes to a store and keeps a ledger. */
export type Program = (store: FaultStore, ledger: Ledger) => void;

/** Runs a program until it ends or its store dies. Answers whether it died. */
export function runToDeath(program: Program, store: FaultStore, ledger: Ledger): boolean {
  try {
    program(store, ledger);
  } catch (error) {
    if (!store.dead) throw error;
    expect(causes(error).some((each) => each instanceof Killed)).toBe(true);
  }
  return store.dead;
}

function causes(error: unknown): unknown[] {
  const all: unknown[] = [];
  for (let each = error; each !== undefined; each = (each as Error).cause) all.push(each);
  return all;
}

/** The changes that a program makes when nothing goes wrong. */
export function changesOf(
  prepare: (store: MemoryStore) => Ledger,
  program: Program,
): readonly Change[] {
  const store = disk();
  const process = new FaultStore(store);
  program(process, prepare(store));
  return process.changes;
}

/** A fault at one step. */
export function at(step: number, fault: Exclude<Fault, undefined>): (change: Change) => Fault {
  return (change) => (change.step === step ? fault : undefined);
}

/** Places where a write of so many bytes is torn. */
export function tears(bytes: number): number[] {
  if (bytes <= 64) return Array.from({ length: bytes + 1 }, (_, i) => i);
  const near = (centre: number): number[] => [centre - 1, centre, centre + 1];
  const places = [0, 1, ...near(128), ...near(252), ...near(4096), bytes >> 1, bytes - 1, bytes];
  return [...new Set(places)].filter((each) => each >= 0 && each <= bytes);
}
