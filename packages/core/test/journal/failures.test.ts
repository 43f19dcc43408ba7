import { describe, expect, test } from "vitest";
import { isNthrecError, type MemoryStore, type WriterOptions } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import {
  type BlobFormat,
  checkContinues,
  checkTidy,
  disk,
  openWriter,
  readAll,
  show,
} from "../support/crash.ts";
import { type Change, type Fault, FaultStore } from "../support/fault-store.ts";

const old = blobs(5, 6, 7);
const batches = [blobs(1, 2), blobs(40), blobs(3, 30, 0)];

type Writer = ReturnType<typeof openWriter>;

/** What a program was told: the outcomes it may find, as shown, and how often it failed. */
interface Told {
  outcomes: string[];
  failures: number;
}

/** Calls `verb`; answers whether it did its work. A failure must have the code of a full disk. */
function tried(told: Told, what: string, verb: () => unknown): boolean {
  try {
    verb();
    return true;
  } catch (error) {
    if (!isNthrecError(error, "NTH_IO_ERROR")) throw error;
    expect(error.message, what).toContain("no space left");
    told.failures++;
    return false;
  }
}

/** Opens a writer, however often that fails. */
function openPatiently(
  format: BlobFormat,
  store: FaultStore,
  options: WriterOptions,
  told: Told,
): Writer {
  for (;;) {
    let writer: Writer | undefined;
    tried(told, "open", () => {
      writer = openWriter(format, store, options);
    });
    if (writer !== undefined) return writer;
  }
}

/** A batch that failed is not in the file; only where undoing it failed as well, it may be. */
function append(writer: Writer, before: readonly Uint8Array[], told: Told, most: number): void {
  let outcomes = [[...before]];
  for (const batch of batches) {
    const length = writer.length;
    const done = tried(told, "extend", () => writer.extendSync(batch));
    const added = outcomes.map((each) => [...each, ...batch]);
    if (done) outcomes = added;
    else if (most > 1) outcomes = [...outcomes, ...added];
    if (most === 1) expect(writer.length).toBe(length + (done ? batch.length : 0));
  }
  told.outcomes = outcomes.map(show);
  while (!tried(told, "close", () => writer.closeSync()));
}

/** Records that were taken stay, whatever fails, and the commit can be tried again. */
function commit(writer: Writer, before: readonly Uint8Array[], told: Told): void {
  const records = [...before];
  expect(writer.length, "length after open").toBe(records.length);
  for (const batch of batches) {
    tried(told, "extend", () => writer.extendSync(batch));
    // Of a batch that is longer than the high-water mark a part may have been taken.
    records.push(...batch.slice(0, writer.length - records.length));
    do expect(writer.length, "length before a commit").toBe(records.length);
    while (!tried(told, "commit", () => writer.commitSync()));
    expect(writer.length, "length after a commit").toBe(records.length);
  }
  told.outcomes = [show(records)];
  while (!tried(told, "close", () => writer.closeSync()));
}

const modes: Readonly<Record<string, WriterOptions>> = {
  "shared appends": { mode: "append" },
  "exclusive appends": { mode: "append", exclusive: true },
  "exclusive appends written ahead": { mode: "append", exclusive: true, highWaterMark: 4 },
  "a new file": { mode: "write" },
  "a new file written ahead": { mode: "write", highWaterMark: 4 },
};

/** What fails: one change, or several in a row; nothing of it, half, or all but one byte arrives. */
const faults: Readonly<Record<string, { most: number; part: (bytes: number) => number }>> = {
  "one change": { most: 1, part: () => 0 },
  "one change in its middle": { most: 1, part: (bytes) => bytes >> 1 },
  "three changes": { most: 3, part: (bytes) => bytes - 1 },
};

function run(
  format: BlobFormat,
  options: WriterOptions,
  existing: boolean,
  fault: (change: Change) => Fault,
  most: number,
): { store: FaultStore; told: Told; memory: MemoryStore } {
  const memory = disk();
  const told: Told = { outcomes: [], failures: 0 };
  if (existing) {
    const writer = openWriter(format, memory, { mode: "append" });
    writer.extendSync(old);
    writer.closeSync();
  }
  const before = existing && options.mode === "append" ? old : [];
  const store = new FaultStore(memory, fault);
  const writer = openPatiently(format, store, options, told);
  if (options.mode === "append" && options.exclusive !== true) append(writer, before, told, most);
  else commit(writer, before, told);
  return { store, told, memory };
}

for (const [formatName, format] of Object.entries(blobFormats)) {
  for (const [modeName, options] of Object.entries(modes)) {
    describe(`${formatName}: ${modeName}`, () => {
      for (const [faultName, { most, part }] of Object.entries(faults)) {
        for (const existing of [false, true]) {
          test(`${faultName} of ${existing ? "a file" : "no file"} fails`, () => {
            for (let step = 1; ; step++) {
              let named = "";
              const fault = (change: Change): Fault => {
                if (change.step < step || change.step >= step + most) return undefined;
                named ||= `${change.op} of ${change.name}`;
                return { fail: part(change.bytes) };
              };
              const what = (): string => `step ${step} failed (${named})`;
              let result: ReturnType<typeof run>;
              try {
                result = run(format, options, existing, fault, most);
              } catch (error) {
                throw new Error(`${what()}: ${String(error)}`, { cause: error });
              }
              const { store, told, memory } = result;
              if (named === "") {
                expect(told.failures).toBe(0);
                break;
              }
              expect(store.locked, `${what()}: lock`).toBe(false);
              expect(store.opened, `${what()}: open files`).toEqual([]);
              const seen = readAll(format, new FaultStore(memory));
              expect(told.outcomes, `${what()}: records`).toContain(show(seen));
              // A file that could not be removed either stays until somebody needs its name.
              for (const name of memory.listSync()) if (/tmp-/.test(name)) memory.removeSync(name);
              if (most === 1) checkTidy(format, memory, what());
              checkContinues(format, memory, told.outcomes, what());
            }
          });
        }
      }
    });
  }
}
