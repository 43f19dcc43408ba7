import { checkChoice, isNthrecError, NthrecError } from "../errors.ts";
import type { JournalHost } from "../journal/journal-host.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import { type ProgressListener, ProgressMeter } from "../offsets/progress.ts";
import { newScratch, scan } from "../offsets/scan.ts";
import { close, createEntry, openEntry, read, readsOf, type StepPlan } from "../plan/step.ts";
import type { DataOutput } from "../resolve/data-input.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import {
  type ByteStore,
  isLiveStore,
  type LiveStore,
  type LockKind,
  type StoreEntry,
} from "../store/byte-store.ts";
import { isSameEntry } from "../store/same-entry.ts";
import type { AbortOptions, ByteRange } from "../types.ts";

/** Where the repaired file goes. Exactly one of `to` and `inPlace` is given. */
export interface RepairOptions extends AbortOptions {
  /** A new file for the whole records; the damaged one stays as it is. */
  readonly to?: DataOutput | undefined;
  /** Puts the repaired file in the damaged one's place, which stays as `<data>.bak`, or `.bak.2` and so on. @default false */
  readonly inPlace?: boolean | undefined;
  /** What becomes of records whose frame is sound and whose content is not. @default "drop" */
  readonly undecodable?: "drop" | "keep" | undefined;
  /** The lock of the file that is written, as a writer's option. @default "generation" */
  readonly lock?: LockKind | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Bytes that are not in the repaired file. */
export interface Loss {
  /** Where they lie in the damaged file. */
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** What a repair kept and what it could not keep. */
export interface RepairReport {
  /** Path of the damaged file. */
  readonly source: string;
  /** Path of the repaired one. */
  readonly target: string;
  /** Where the damaged file lies now, after a repair in place. */
  readonly backup: string | undefined;
  /** Records that are in the repaired file. */
  readonly kept: number;
  /** Bytes that are not, and in how many places. */
  readonly lostBytes: number;
  readonly lostPlaces: number;
  /** The first of these places, at most 100. */
  readonly losses: readonly Loss[];
}

/** What follows the name of a file that was repaired in place. */
export const BACKUP_SUFFIX = ".bak";
const MOST_LOSSES = 100;
const COPY_BYTES = 4 * 1024 * 1024;

/** Checks where a repaired file goes. @throws {@link NthrecError} `NTH_INVALID_VALUE` where the damaged one would be lost */
export function checkTarget(data: StoreEntry, options: RepairOptions | undefined): void {
  const { to, inPlace, undecodable } = options ?? {};
  if ((to === undefined) === (inPlace !== true)) {
    throw new TypeError(
      "a repair goes either to a new file (to) or into the place of the old one (inPlace)",
    );
  }
  checkChoice("undecodable", undecodable, ["drop", "keep"]);
  if (to === undefined) {
    checkBackup(data.store);
    return;
  }
  if (typeof to === "object" && "write" in to) return;
  if (!isSameEntry(resolveEntry(to), data)) return;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${data.name} holds the damaged data: name another file, or repair it with inPlace, which keeps a backup`,
    { source: data.name },
  );
}

/** @throws {@link NthrecError} `NTH_READONLY` where a file would be empty before its backup is made */
function checkBackup(store: ByteStore): void {
  if (isLiveStore(store)) return;
  throw new NthrecError(
    "NTH_READONLY",
    `files in ${store.name} cannot be replaced in one step: repair to another file (to)`,
    { source: store.name },
  );
}

/** A sound record on its way to the repaired file. */
export type KeepRecord = (frame: Uint8Array, value: unknown) => StepPlan<void>;

/** Walks through a damaged file and hands over every whole record. */
export class Salvage {
  readonly #format: FormatHooks;
  readonly #host: JournalHost;
  readonly #options: RepairOptions;
  readonly #meter: ProgressMeter;
  /** Whether frames cannot be copied one by one. */
  readonly #gathers: boolean;
  /** Where the last loss ends: the records of a damaged chunk are lost in one place. */
  #lostTo = 0;
  readonly losses: Loss[] = [];
  kept = 0;
  lostBytes = 0;
  lostPlaces = 0;

  constructor(source: ByteSource, host: JournalHost, options: RepairOptions, gathers: boolean) {
    this.#gathers = gathers;
    this.#format = host.reader(source, "ignore");
    this.#host = host;
    this.#options = options;
    this.#meter = new ProgressMeter(options.onProgress, source.size);
  }

  *run(keep: KeepRecord): StepPlan<void> {
    const format = this.#format;
    yield* readsOf(format.source, format.open(), newScratch());
    let at = format.begin;
    while (at < format.end) {
      const table = new OffsetTable();
      const end = yield* this.#walk(table, at);
      format.install(table, end);
      for (let i = 0; i < table.length; i++) yield* this.#record(i, keep);
      at = end < format.end ? yield* this.#pass(end, keep) : end;
    }
    this.#meter.finish(this.kept);
  }

  /** Finds records up to the end or to damage; answers where that begins. */
  *#walk(table: OffsetTable, start: number): StepPlan<number> {
    try {
      return (yield* scan(this.#format, table, start)).end;
    } catch (error) {
      if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED", "NTH_DECODE_ERROR")) throw error;
      if (table.length === 0) return start;
      const last = table.at(table.length - 1);
      if (error.offset !== undefined && error.offset > last) return error.offset;
      // Nobody knows where the last record ends: it counts as damaged.
      return table.pop() as number;
    }
  }

  *#record(index: number, keep: KeepRecord): StepPlan<void> {
    const { start, end } = this.#format.locate(index) ?? { start: 0, end: 0 };
    this.#meter.tick(this.kept, start);
    const frame = yield* read(this.#format.source, start, end);
    let value: unknown;
    try {
      if (!this.#format.frames(frame, undefined))
        throw new NthrecError("NTH_CORRUPTION", "it is no frame");
      value = this.#format.get(frame, index);
    } catch (error) {
      if (!isNthrecError(error)) throw error;
      const content = error.code === "NTH_DECODE_ERROR" && !this.#gathers;
      if (!content || this.#options.undecodable !== "keep") {
        return yield* this.#rescue(frame, start, error.message, keep);
      }
    }
    yield* keep(frame, value);
    this.kept++;
  }

  /** What another writer appended to a torn record is a whole one all the same. */
  *#rescue(frame: Uint8Array, start: number, reason: string, keep: KeepRecord): StepPlan<void> {
    const from = this.#format.rescue(frame);
    const end = start + frame.length;
    if (from <= 0) return this.#lose(start, end, reason);
    this.#lose(start, start + from, reason);
    yield* this.#keepAlone(frame.subarray(from), { start: start + from, end }, keep);
  }

  /** Keeps a record that no index names, if its content can be read. */
  *#keepAlone(frame: Uint8Array, { start, end }: ByteRange, keep: KeepRecord): StepPlan<void> {
    let value: unknown;
    try {
      value = this.#format.get(frame, 0);
    } catch (error) {
      if (!isNthrecError(error)) throw error;
      const content = error.code === "NTH_DECODE_ERROR" && !this.#gathers;
      if (!content || this.#options.undecodable !== "keep") {
        return this.#lose(start, end, error.message);
      }
    }
    yield* keep(frame, value);
    this.kept++;
  }

  /** Gets past bytes that are no whole record: completes them, or looks for the next record. */
  *#pass(end: number, keep: KeepRecord): StepPlan<number> {
    const format = this.#format;
    const next = yield* readsOf(format.source, format.resync(end), newScratch());
    if (next !== undefined && next > end) {
      this.#lose(end, next, "no record begins here");
      return next;
    }
    const rest = yield* read(format.source, end, format.end);
    const completion = this.#host.adopt(rest, false);
    if (completion === undefined) {
      this.#lose(end, format.end, "the file ends inside a record");
      return format.end;
    }
    const whole = new Uint8Array(rest.length + completion.length);
    whole.set(rest);
    whole.set(completion, rest.length);
    yield* this.#keepAlone(whole, { start: end, end: format.end }, keep);
    return format.end;
  }

  report(source: string, target: string, backup: string | undefined): RepairReport {
    const { kept, lostBytes, lostPlaces, losses } = this;
    return { source, target, backup, kept, lostBytes, lostPlaces, losses };
  }

  #lose(from: number, end: number, reason: string): void {
    const start = Math.max(from, this.#lostTo);
    if (start >= end) return;
    this.#lostTo = end;
    this.lostBytes += end - start;
    this.lostPlaces++;
    if (this.losses.length < MOST_LOSSES) this.losses.push({ start, end, reason });
  }
}

/** Copies an entry under another name of its store, where no backup is yet; answers that name. */
export function* backUp(entry: StoreEntry<LiveStore>): StepPlan<string> {
  let name = entry.name + BACKUP_SUFFIX;
  for (let number = 2; entry.store.statSync(name) !== undefined; number++) {
    name = `${entry.name}${BACKUP_SUFFIX}.${number}`;
  }
  const source = yield* openEntry(entry.store, entry.name);
  const sink = yield* createEntry(entry.store, name);
  try {
    for (let at = 0; at < source.size; at += COPY_BYTES) {
      const bytes = yield* read(source, at, Math.min(source.size, at + COPY_BYTES));
      yield { op: "write", sink, position: at, bytes };
    }
  } finally {
    yield* close(sink);
    yield* close(source);
  }
  return name;
}
