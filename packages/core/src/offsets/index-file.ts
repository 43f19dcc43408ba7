import { isNthrecError } from "../errors.ts";
import { close, openEntry, read, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { HEADER_BYTES, headerDataSize, type IndexVerdict, judgeHeader } from "./idv1.ts";
import { OffsetTable, PAGE_LENGTH } from "./offset-table.ts";
import { type OffsetsLayout, PageCache } from "./page-cache.ts";
import { RESIDENT_BYTES } from "./scan.ts";

/** An index file as it lies there, and what its header says. */
export interface IndexFile {
  readonly entry: StoreEntry;
  readonly verdict: IndexVerdict;
  /** Open unless the file is missing. */
  readonly source: ByteSource | undefined;
  /** Whole offsets in the file. */
  readonly length: number;
  /** Size of the data that the header states, 0 without a whole header. */
  readonly stated: number;
}

/** How the offsets of an index file are held. */
export interface LoadOptions extends OffsetsLayout {
  /** `"resident"` in memory, `"paged"` as needed, `"auto"` by size. @default "auto" */
  readonly offsets?: "auto" | "resident" | "paged" | undefined;
  /** Whether the index comes over the wire: smaller pages, fewer of them kept. */
  readonly remote?: boolean | undefined;
  /** Offsets in a page, a power of two. @default 8192, over the wire 2048 */
  readonly pageLength?: number | undefined;
}

/** Offsets ready for use. */
export interface LoadedOffsets {
  readonly table: OffsetTable;
  /** Present when pages are loaded as they are needed. */
  readonly pages: PageCache | undefined;
}

const REMOTE_PAGE_LENGTH = 2048;
const REMOTE_RESIDENT_BYTES = 64 * 1024;
const REMOTE_KEPT_BYTES = 4 * 1024 * 1024;

/** Opens an index file and judges its header against the size of the data. */
export function* inspectIndex(
  entry: StoreEntry,
  dataSize: number,
  magic: string,
): StepPlan<IndexFile> {
  let source: ByteSource;
  try {
    source = yield* openEntry(entry.store, entry.name);
  } catch (error) {
    if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
    const verdict = { state: "missing", reason: "there is no index" } as const;
    return { entry, verdict, source: undefined, length: 0, stated: 0 };
  }
  try {
    const header = yield* read(source, 0, Math.min(HEADER_BYTES, source.size));
    const verdict = judgeHeader(header, source.size, dataSize, magic);
    const length = Math.max(0, Math.floor((source.size - HEADER_BYTES) / 8));
    const stated = header.length < HEADER_BYTES ? 0 : headerDataSize(header);
    return { entry, verdict, source, length, stated };
  } catch (error) {
    if (isNthrecError(error, "NTH_SHORT_READ")) {
      const verdict = { state: "invalid", reason: "another program has just cut it" } as const;
      return { entry, verdict, source, length: 0, stated: 0 };
    }
    yield* close(source);
    throw error;
  }
}

/** Loads the first `length` offsets; pages are read from `source` later. */
export function* loadOffsets(
  source: ByteSource,
  length: number,
  options: LoadOptions = {},
): StepPlan<LoadedOffsets> {
  const { remote, offsets = "auto", base = HEADER_BYTES, rising, pageLength } = options;
  const limit = remote ? REMOTE_RESIDENT_BYTES : RESIDENT_BYTES;
  if (offsets === "paged" || (offsets === "auto" && length * 8 > limit)) {
    return pageOffsets(source, length, options);
  }
  const bytes = length === 0 ? new Uint8Array(0) : yield* read(source, base, base + length * 8);
  return { table: OffsetTable.decode(bytes, pageLength, rising), pages: undefined };
}

/** A table over an index file that brings pages into memory as they are needed. */
export function pageOffsets(
  source: ByteSource,
  length: number,
  options: LoadOptions = {},
): LoadedOffsets {
  const { remote, rising, pageLength = remote ? REMOTE_PAGE_LENGTH : PAGE_LENGTH } = options;
  const table = new OffsetTable(pageLength, rising);
  table.declare(length);
  const kept = remote ? REMOTE_KEPT_BYTES : RESIDENT_BYTES;
  return { table, pages: new PageCache(table, source, kept, options) };
}
