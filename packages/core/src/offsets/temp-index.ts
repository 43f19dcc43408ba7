import { platform } from "#platform";
import { isNthrecError, NthrecError } from "../errors.ts";
import { close, createEntry, type StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { encodeHeader, HEADER_BYTES } from "./idv1.ts";
import type { OffsetTable } from "./offset-table.ts";
import type { PageCache } from "./page-cache.ts";

/** The index could not be written where it belongs: a read-only folder, a full disk. The data are not concerned. */
export class IndexPlaceError extends NthrecError {
  constructor(name: string, cause: unknown) {
    const code = isNthrecError(cause) ? cause.code : "NTH_IO_ERROR";
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(code, `the index ${name} cannot be written: ${reason}`, { source: name, cause });
  }
}

/** What stands between the name of an index and the random part of an unfinished one's. */
export const TEMP_INFIX = ".tmp-";

/** Offsets written in one go, so that a table of any length is published in bounded memory. */
const WRITE_PAGES = 16;

/**
 * An index on its way into place: written under a name of its own and renamed at the end, so that nobody ever
 * sees half of it. Pages that are written can leave memory before the scan is over.
 */
export class TempIndex {
  readonly #entry: StoreEntry;
  readonly #magic: string | undefined;
  readonly #name: string;
  readonly #pages: PageCache | undefined;
  #sink: ByteSink | undefined;
  #written = 0;

  /**
   * @param magic What the header begins with; `undefined` writes no header.
   * @param pages Where pages of the table come from that are not in memory.
   */
  constructor(entry: StoreEntry, magic: string | undefined, pages?: PageCache) {
    this.#entry = entry;
    this.#magic = magic;
    this.#pages = pages;
    this.#name = entry.name + TEMP_INFIX + platform.uniqueName();
  }

  /** Writes the full pages that are not written yet, and drops them from the table. */
  *spill(table: OffsetTable): StepPlan<void> {
    const full = Math.floor(table.length / table.pageLength);
    // The page of the last offset stays: the table still compares with it.
    const from = Math.max(0, this.#written - 1);
    yield* this.#write(table, full * table.pageLength);
    for (let page = from; page < full - 1; page++) table.setPage(page, undefined);
  }

  /**
   * Writes the rest and the header, and renames the file into place.
   *
   * @param durable Whether a crash of the machine must not leave the name without its content.
   */
  *publish(table: OffsetTable, dataSize: number, durable = false): StepPlan<void> {
    yield* this.#write(table, table.length);
    const magic = this.#magic;
    const header = magic === undefined ? undefined : encodeHeader(dataSize, magic);
    try {
      const sink = yield* this.#open();
      if (header !== undefined) yield { op: "write", sink, position: 0, bytes: header };
      if (durable) yield { op: "flush", file: sink };
      yield* close(sink);
      yield { op: "rename", store: this.#entry.store, from: this.#name, to: this.#entry.name };
      this.#sink = undefined;
    } catch (error) {
      throw new IndexPlaceError(this.#entry.name, error);
    }
  }

  /** Takes the unfinished file away. What cannot be removed costs room, until the next writer removes it. */
  *discard(): StepPlan<void> {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#sink = undefined;
    try {
      yield* close(sink);
    } catch (error) {
      if (!isNthrecError(error)) throw error;
    }
    try {
      yield { op: "remove", store: this.#entry.store, name: this.#name };
    } catch (error) {
      if (!isNthrecError(error)) throw error;
    }
  }

  *#write(table: OffsetTable, upTo: number): StepPlan<void> {
    const sink = yield* this.#open();
    const pageLength = table.pageLength;
    let from = this.#written * pageLength;
    while (from < upTo) {
      const to = Math.min(upTo, from + WRITE_PAGES * pageLength);
      for (let at = from; at < to; at += pageLength) yield* this.#bring(table.pageOf(at));
      const position = (this.#magic === undefined ? 0 : HEADER_BYTES) + from * 8;
      try {
        yield { op: "write", sink, position, bytes: table.encode(from, to) };
      } catch (error) {
        throw new IndexPlaceError(this.#entry.name, error);
      }
      from = to;
    }
    this.#written = Math.floor(upTo / pageLength);
  }

  *#bring(page: number): StepPlan<void> {
    if (this.#pages !== undefined) yield* this.#pages.loadPage(page);
  }

  *#open(): StepPlan<ByteSink> {
    try {
      this.#sink ??= yield* createEntry(this.#entry.store, this.#name);
    } catch (error) {
      throw new IndexPlaceError(this.#entry.name, error);
    }
    return this.#sink;
  }
}
