import type { StepPlan } from "../plan/step.ts";
import type { EntryCursor } from "./cursor.ts";
import { EntryReader } from "./entry-codec.ts";

/** A walk over entries that are read from bytes: its key lies where the last one was read. */
export abstract class ReadingCursor implements EntryCursor {
  hash = 0;
  record = 0;
  protected readonly entry: EntryReader = new EntryReader();

  get kind(): number {
    return this.entry.kind;
  }

  get bytes(): Uint8Array {
    return this.entry.bytes;
  }

  get start(): number {
    return this.entry.start;
  }

  get end(): number {
    return this.entry.end;
  }

  abstract next(): boolean;
  abstract fill(): StepPlan<boolean>;
}
