import { describe, test } from "vitest";
import type { MemoryStore, WriterOptions } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import {
  at,
  type BlobFormat,
  changesOf,
  checkAfterDeath,
  checkContinues,
  disk,
  Ledger,
  openWriter,
  type Program,
  runToDeath,
  tears,
} from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";

const old = blobs(5, 6, 7);
const batches = [blobs(1, 2), blobs(40), blobs(3, 30, 0)];

/** Files as an earlier writer left them. */
function written(format: BlobFormat, mode: "append" | "write") {
  return (store: MemoryStore): Ledger => {
    const writer = openWriter(format, store, { mode });
    writer.extendSync(old);
    writer.closeSync();
    return new Ledger(old);
  };
}

const nothing = (): Ledger => new Ledger();

/** Appends the batches one after another, each with a commit of its own. */
function appending(format: BlobFormat, options: WriterOptions): Program {
  return (store, ledger) => {
    const writer = openWriter(format, store, { mode: "append", ...options });
    for (const batch of batches) {
      ledger.begin(batch);
      writer.extendSync(batch);
      writer.commitSync();
      ledger.done();
    }
    writer.closeSync();
  };
}

/** Writes a new file: the first commit replaces whatever was there. */
function writing(format: BlobFormat, options: WriterOptions): Program {
  return (store, ledger) => {
    const writer = openWriter(format, store, { mode: "write", ...options });
    for (const [i, batch] of batches.entries()) {
      if (i === 0) ledger.pending = batch;
      else ledger.begin(batch);
      writer.extendSync(batch);
      writer.commitSync();
      ledger.done();
    }
    writer.closeSync();
  };
}

const programs = (format: BlobFormat) => ({
  "shared appends": appending(format, {}),
  "exclusive appends": appending(format, { exclusive: true }),
  "exclusive appends written ahead": appending(format, { exclusive: true, highWaterMark: 4 }),
  "a new file": writing(format, {}),
  "a new file written ahead": writing(format, { highWaterMark: 4 }),
});

const preparations = (format: BlobFormat) => ({
  "no file": nothing,
  "an appended file": written(format, "append"),
  "a written file": written(format, "write"),
});

for (const [formatName, format] of Object.entries(blobFormats)) {
  for (const [programName, program] of Object.entries(programs(format))) {
    for (const [before, prepare] of Object.entries(preparations(format))) {
      describe(`${formatName}: ${programName} to ${before}`, () => {
        test("a kill at every byte of every change", () => {
          for (const { step, op, name, bytes } of changesOf(prepare, program)) {
            for (const kill of tears(bytes)) {
              const store = disk();
              const ledger = prepare(store);
              runToDeath(program, new FaultStore(store, at(step, { kill })), ledger);
              const what = `killed at step ${step}, after ${kill} of ${bytes} bytes of ${op} of ${name}`;
              checkAfterDeath(format, store, ledger, what);
            }
          }
        });

        test("a kill in the middle of the recovery from a kill", () => {
          const changes = changesOf(prepare, program);
          for (const { step, op, name, bytes } of changes) {
            for (let second = 1; ; second++) {
              const store = disk();
              const ledger = prepare(store);
              const kill = bytes >> 1;
              runToDeath(program, new FaultStore(store, at(step, { kill })), ledger);
              const recovery: Program = (process) =>
                openWriter(format, process, { mode: "append" }).closeSync();
              const dies = new FaultStore(store, at(second, { kill: 3 }));
              const died = runToDeath(recovery, dies, ledger);
              const what = `killed at step ${step} (${op} of ${name}), and its recovery at ${second}`;
              checkContinues(format, store, ledger.outcomes, what);
              if (!died) break;
            }
          }
        });
      });
    }
  }
}
