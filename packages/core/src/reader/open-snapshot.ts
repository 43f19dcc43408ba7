import { isNthrecError, NthrecError } from "../errors.ts";
import { indexTailCrc } from "../journal/index-tail.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import { formatPages } from "../offsets/format-pages.ts";
import { DEFAULT_MAGIC, HEADER_BYTES, type IndexState } from "../offsets/idv1.ts";
import {
  type IndexFile,
  inspectIndex,
  type LoadedOffsets,
  loadOffsets,
  pageOffsets,
} from "../offsets/index-file.ts";
import { probe, sampleOf } from "../offsets/probe.ts";
import { scan } from "../offsets/scan.ts";
import { close, type StepPlan } from "../plan/step.ts";
import type { Resolved } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { buildIndex, type IndexJob, publishIndex } from "./build-index.ts";
import { checkReaderOptions } from "./check-options.ts";
import { REMOTE_SCAN_BYTES } from "./distrust.ts";
import type { OpenedData } from "./open-data.ts";
import { type OpenedFormat, openFormat } from "./open-format.ts";
import { type IndexPlace, indexPlace, liveEntry } from "./place.ts";
import type { ReaderOptions } from "./reader-options.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a format's class says of itself. */
export interface FormatTraits<T> {
  readonly indexSuffix: string;
  make(source: ByteSource, tail: TailPolicy | undefined): FormatHooks<T>;
}

/** What an opening is for. */
export interface Purpose {
  /** Whether the index is made anew, however sound the old one is. @default false */
  readonly rebuild?: boolean | undefined;
  /** Whether an index that must be written and cannot is an error. @default false */
  readonly required?: boolean | undefined;
  /** What the index begins with. @default "IDV1" */
  readonly magic?: string | undefined;
}

/** Opens data, finds its offsets, and makes a snapshot of them. */
export function* openSnapshot<T>(
  resolved: Resolved,
  options: ReaderOptions,
  traits: FormatTraits<T>,
  purpose: Purpose = {},
): StepPlan<Snapshot<T>> {
  checkReaderOptions(options);
  const { data, format } = yield* openFormat(resolved, options, (source, tail) =>
    traits.make(source, tail),
  );
  let opening: Opening<T> | undefined;
  try {
    opening = new Opening(resolved, options, traits, { data, format }, purpose);
    return yield* opening.run();
  } catch (error) {
    try {
      if (opening !== undefined) yield* opening.closeIndex();
    } finally {
      if (resolved.owned) yield* close(data.source);
    }
    throw error;
  }
}

/** One opening of one input. */
class Opening<T> {
  readonly #resolved: Resolved;
  readonly #options: ReaderOptions;
  readonly #data: OpenedData;
  readonly #place: IndexPlace | undefined;
  readonly #format: FormatHooks<T>;
  readonly #rebuild: boolean;
  readonly #required: boolean;
  readonly #magic: string;
  #state: IndexState | undefined;
  /** The index file while it is open and belongs to nobody else. */
  #index: ByteSource | undefined;

  constructor(
    resolved: Resolved,
    options: ReaderOptions,
    traits: FormatTraits<T>,
    { data, format }: OpenedFormat<T>,
    { rebuild = false, required = false, magic = DEFAULT_MAGIC }: Purpose,
  ) {
    this.#resolved = resolved;
    this.#options = options;
    this.#data = data;
    this.#format = format;
    this.#rebuild = rebuild;
    this.#required = required;
    this.#magic = magic;
    const own = this.#format.privateIndex;
    this.#place = own ? undefined : indexPlace(resolved, options, traits.indexSuffix);
  }

  *run(): StepPlan<Snapshot<T>> {
    if (this.#place === undefined) return yield* this.#build(undefined);
    if (!this.#rebuild) {
      const sealed = yield* this.#trying(this.#fromSeal(this.#place));
      if (sealed !== undefined) return sealed;
    }
    const file = yield* this.#inspect(this.#place);
    this.#state = file.verdict.state;
    if (!this.#rebuild) {
      const opened = yield* this.#trying(this.#fromFile(file));
      if (opened !== undefined) return opened;
    }
    yield* this.closeIndex();
    this.#admit(file, this.#rebuild);
    const keep = this.#options.onStaleIndex === "memory" && !this.#rebuild;
    return yield* this.#build(keep || !this.#mayWrite() ? undefined : file.entry);
  }

  /** Closes the index file unless a snapshot has it. */
  *closeIndex(): StepPlan<void> {
    const index = this.#index;
    this.#index = undefined;
    if (index !== undefined) yield* close(index);
  }

  *#open(entry: StoreEntry, dataSize: number): StepPlan<IndexFile> {
    yield* this.closeIndex();
    const file = yield* inspectIndex(entry, dataSize, this.#magic);
    this.#index = file.source;
    return file;
  }

  *#build(target: StoreEntry | undefined): StepPlan<Snapshot<T>> {
    if (target === undefined && this.#required) throw this.#nowhere();
    const built = yield* buildIndex(this.#job, target);
    return yield* this.#snapshot(built, built.end, true, built.torn);
  }

  get #job(): IndexJob {
    return {
      format: this.#format,
      options: this.#options,
      data: liveEntry(this.#resolved),
      seal: this.#data.seal,
      magic: this.#magic,
      required: this.#required,
    };
  }

  #nowhere(): NthrecError {
    const { name } = this.#format.source;
    const foreign = this.#state === "foreign";
    const reason = foreign ? "the file there is another program's" : "there is no place for it";
    return new NthrecError(
      foreign ? "NTH_INDEX_FOREIGN" : "NTH_NOT_SUPPORTED",
      `no index of ${name} can be written: ${reason}; name one with the option "index"`,
      { source: name },
    );
  }

  /** The index that the seal vouches for: nothing is looked at but its end. */
  *#fromSeal(place: IndexPlace): StepPlan<Snapshot<T> | undefined> {
    const { seal, verdict } = this.#data;
    if (seal === undefined || (verdict !== "current" && verdict !== "grown")) return undefined;
    const file = yield* this.#open(place.entry, seal.committed.size);
    const { records, end } = seal.committed;
    // Its end may be half written by a batch under way; the checksum tells whether the part that counts is sound.
    const foreign = file.verdict.state === "foreign";
    if (foreign || file.source === undefined) return undefined;
    if (file.source.size < HEADER_BYTES + records * 8) return undefined;
    if ((yield* indexTailCrc(file.source, records)) !== seal.indexCrc) return undefined;
    this.#state = "valid";
    const loaded = yield* loadOffsets(file.source, records, this.#loadOptions());
    if (verdict === "current") return yield* this.#snapshot(loaded, end, false, false);
    return yield* this.#grown(loaded, end);
  }

  /** Adds the whole records that another program appended behind the committed end; nothing is published. */
  *#grown(loaded: LoadedOffsets, end: number): StepPlan<Snapshot<T>> {
    if (loaded.pages !== undefined && loaded.table.length > 0) {
      yield* loaded.pages.loadPage(loaded.table.pageCount - 1);
      loaded.table.settle();
    }
    const found = yield* scan(this.#format, loaded.table, Math.max(end, this.#format.begin));
    this.#state = "stale";
    return yield* this.#snapshot(loaded, found.end, false, found.torn);
  }

  *#inspect(place: IndexPlace): StepPlan<IndexFile> {
    const size = this.#format.source.size;
    const file = yield* this.#open(place.entry, size);
    if (file.verdict.state !== "foreign" || place.fallback === undefined) return file;
    const fallback = yield* this.#open(place.fallback, size);
    // Missing, the fallback is where to build; but what the user has is a foreign index, and "throw" says so.
    return fallback.verdict.state === "missing" && this.#options.onStaleIndex === "throw"
      ? { ...fallback, verdict: file.verdict }
      : fallback;
  }

  /** The index file as it is, or grown with the data, if a look at the data does not contradict it. */
  *#fromFile(file: IndexFile): StepPlan<Snapshot<T> | undefined> {
    const { state } = file.verdict;
    const size = this.#format.source.size;
    const older = state === "stale" && file.stated > 0 && file.stated < size && file.length > 0;
    if (file.source === undefined || (state !== "valid" && !(older && this.#mayScan())))
      return undefined;
    if (state === "valid" && this.#dataIsNewer(file)) {
      this.#state = "stale";
      return undefined;
    }
    const loaded = yield* loadOffsets(file.source, file.length, this.#loadOptions());
    const enough = older || loaded.table.length >= this.#sealedRecords;
    if (!enough || !(yield* this.#holds(loaded, older ? file.stated : this.#format.end))) {
      this.#state = "invalid";
      return undefined;
    }
    if (state === "valid") return yield* this.#snapshot(loaded, this.#format.end, false, false);
    return yield* this.#extend(file, loaded);
  }

  /**
   * Records that there are at least, as far as the seal knows. Another program's index may forget some in its middle,
   * which a look at a few records need not find.
   */
  get #sealedRecords(): number {
    const { seal, verdict } = this.#data;
    return verdict === "current" || verdict === "grown" ? (seal?.committed.records ?? 0) : 0;
  }

  *#holds(loaded: LoadedOffsets, end: number): StepPlan<boolean> {
    if (loaded.table.length === 0) return this.#format.begin === end;
    const remote = this.#resolved.remote;
    const { table, pages } = remote ? loaded : forProbe(loaded);
    const sample = remote ? sampleOf(table.length, 2) : sampleOf(table.length);
    try {
      return (yield* probe(this.#format, table, pages, end, sample)) === undefined;
    } catch (error) {
      if (error instanceof NthrecError && error.code === "NTH_INDEX_INVALID") return false;
      throw error;
    } finally {
      this.#format.install(loaded.table, end);
    }
  }

  /** An index that another program cuts or fills while it is looked at is as good as none. */
  *#trying(way: StepPlan<Snapshot<T> | undefined>): StepPlan<Snapshot<T> | undefined> {
    try {
      return yield* way;
    } catch (error) {
      const ofIndex = isNthrecError(error) && error.source === this.#index?.name;
      if (!ofIndex || !isNthrecError(error, "NTH_SHORT_READ", "NTH_INDEX_INVALID")) throw error;
      this.#state = "invalid";
      return undefined;
    }
  }

  /** Scans only what came after the index was made; the last record is scanned again, for it may have grown. */
  *#extend(file: IndexFile, loaded: LoadedOffsets): StepPlan<Snapshot<T> | undefined> {
    this.#admit(file, false);
    const { table, pages } = loaded;
    if (pages !== undefined) {
      // The last two: the one before the last may end another page.
      yield* pages.load(Math.max(0, table.length - 2));
      table.settle();
    }
    const start = table.pop() ?? this.#format.begin;
    const found = yield* scan(this.#format, table, start, {
      onProgress: this.#options.onIndexProgress,
    });
    if (table.length < this.#sealedRecords) {
      this.#state = "invalid";
      return undefined;
    }
    const keep = this.#options.onStaleIndex === "memory" || !this.#mayWrite() || found.torn;
    if (!keep) yield* publishIndex(this.#job, table, pages, file.entry);
    // What was there before is still another's word.
    return yield* this.#snapshot(loaded, found.end, false, found.torn);
  }

  /** Refuses where the caller does not want a scan, or where it would be dear. */
  #admit(file: IndexFile, rebuild: boolean): void {
    const name = this.#format.source.name;
    const code = STATE_CODE[this.#state ?? "stale"];
    if (this.#options.onStaleIndex === "throw" && !rebuild) {
      throw new NthrecError(
        code,
        `${file.entry.name} cannot be used for ${name}: ${file.verdict.reason || "a look at the data contradicts it"}; ` +
          "rebuildIndex() makes a new one",
        { source: name },
      );
    }
    if (this.#mayScan()) return;
    throw new NthrecError(
      code,
      `${name} has no index that can be used (${file.verdict.reason || "the data contradict it"}), and finding its ` +
        `records means reading all of its ${this.#format.source.size} bytes: publish ${file.entry.name} beside it, ` +
        "or allow the scan with remoteScan: true",
      { source: name },
    );
  }

  #mayScan(): boolean {
    const small = this.#format.source.size <= REMOTE_SCAN_BYTES;
    return !this.#resolved.remote || small || this.#options.remoteScan === true;
  }

  /** Another program's file is overwritten only where the caller named it. */
  #mayWrite(): boolean {
    if (this.#resolved.remote) return false;
    return this.#state !== "foreign" || this.#options.index !== undefined;
  }

  #dataIsNewer(file: IndexFile): boolean {
    const data = liveEntry(this.#resolved);
    const index = liveEntry({ ...this.#resolved, entry: file.entry });
    const dataStat = data?.store.statSync(data.name);
    const indexStat = index?.store.statSync(index.name);
    if (dataStat === undefined || indexStat === undefined) return false;
    return dataStat.modified > indexStat.modified;
  }

  #loadOptions() {
    return { offsets: this.#options.offsets, remote: this.#resolved.remote };
  }

  *#snapshot(
    loaded: LoadedOffsets,
    end: number,
    own: boolean,
    torn: boolean,
  ): StepPlan<Snapshot<T>> {
    if (loaded.pages?.source === this.#index) this.#index = undefined;
    yield* this.closeIndex();
    this.#format.install(loaded.table, end);
    return {
      format: this.#format,
      length: loaded.table.length,
      pages: loaded.pages ?? formatPages(this.#format),
      own,
      indexState: this.#state,
      torn,
      busy: this.#data.busy,
      opened: this.#data.source,
    };
  }
}

/** Offsets in a page of a table that is only looked at here and there: 4 KiB. */
const PROBE_PAGE_LENGTH = 512;

/** The same offsets for a look at some of them: paged ones in small pages, for nearly each record is in another one. */
function forProbe(loaded: LoadedOffsets): LoadedOffsets {
  const { table, pages } = loaded;
  if (pages === undefined) return loaded;
  return pageOffsets(pages.source, table.length, { pageLength: PROBE_PAGE_LENGTH });
}

const STATE_CODE = {
  valid: "NTH_INDEX_STALE",
  missing: "NTH_INDEX_MISSING",
  invalid: "NTH_INDEX_INVALID",
  stale: "NTH_INDEX_STALE",
  foreign: "NTH_INDEX_FOREIGN",
} as const;
