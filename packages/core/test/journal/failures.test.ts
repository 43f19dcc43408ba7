import { describe, expect, test } from "vitest";
import { isNthrecError, type WriterOptions } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import {
  type BlobFormat,
  checkContinues,
  checkTidy,
  disk,
  Ledger,
  openWriter,
  readAll,
  show,
} from "../support/crash.ts";
import { type Change, type Fault, FaultStore } from "../support/fault-store.ts";

const old = blobs(5, 6, 7);
const batches = [blobs(1, 2), blobs(40), blobs(3, 30, 0)];

type Writer = ReturnType<typeof openWriter>;

/** What a program was told: the records it may count on, and how often it failed. */
interface Told {
  readonly records: Uint8Array[];
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

/** A writer that goes on after every failure, as `options` say; each verb is tried again at most `patience` times. */
function persist(
  format: BlobFormat,
  store: FaultStore,
  options: WriterOptions,
  told: Told,
  patience: number,
): void {
  let writer: Writer | undefined;
  for (let i = 0; i <= patience && writer === undefined; i++) {
    tried(told, "open", () => {
      writer = openWriter(format, store, options);
    });
  }
  const open = writer as unknown as Writer;
  if (options.mode === "write") told.records.length = 0;
  expect(open.length, "length after open").toBe(told.records.length);
  for (const batch of batches) {
    tried(told, "extend", () => open.extendSync(batch));
    // Of a batch that is longer than the high-water mark a part may have been taken.
    told.records.push(...batch.slice(0, open.length - told.records.length));
    expect(open.length, "length after a batch").toBe(told.records.length);
    for (let i = 0; i <= patience; i++) {
      if (tried(told, "commit", () => open.commitSync())) break;
      expect(open.length, "length after a failed commit").toBe(told.records.length);
    }
  }
  for (let i = 0; i <= patience; i++) if (tried(told, "close", () => open.closeSync())) break;
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
  patience: number,
): { store: FaultStore; told: Told; memory: ReturnType<typeof disk> } {
  const memory = disk();
  const told: Told = { records: [], failures: 0 };
  if (existing) {
    const writer = openWriter(format, memory, { mode: "append" });
    writer.extendSync(old);
    writer.closeSync();
    told.records.push(...old);
  }
  const store = new FaultStore(memory, fault);
  persist(format, store, options, told, patience);
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
              const seen = show(readAll(format, new FaultStore(memory)));
              expect(seen, `${what()}: records`).toBe(show(told.records));
              checkTidy(format, memory, what());
              checkContinues(format, memory, new Ledger(told.records), what());
            }
          });
        }
      }
    });
  }
}
