import { isNthrecError, NthrecError } from "../errors.ts";
import { isStoreEntry } from "../resolve/data-input.ts";
import type { ByteSource, SyncByteSource } from "../source/byte-source.ts";
import { shrunk } from "./pieces.ts";
import { ShardMap } from "./shard-map.ts";
import { type PoolHost, ShardPool } from "./shard-pool.ts";
import type { MissingShard, ShardFile, ShardPlan } from "./shard-spec.ts";

/** How the readers of a set are opened, which depends on their format. */
export interface ShardOpener<R> {
  /** Ends the opening of the set; who opens a shard later has a signal of its own. */
  signal: AbortSignal | undefined;
  open(file: ShardFile): Promise<R>;
  openSync(file: ShardFile): R;
}

/** What a set asks of its readers. */
export interface ShardMember {
  readonly length: number;
  readonly sync: boolean;
  close(): Promise<void>;
  closeSync(): void;
}

/** The files of a set, how many records each gives, and the readers of those that are open. */
export class ShardSet<R> {
  readonly name: string;
  readonly missing: readonly MissingShard[];
  readonly files: readonly ShardFile[];
  readonly map: ShardMap;
  readonly pool: ShardPool<R>;
  readonly #closeSource: boolean;

  constructor(
    plan: ShardPlan,
    lengths: readonly number[],
    pool: ShardPool<R>,
    closeSource: boolean,
  ) {
    this.name = plan.name;
    this.missing = plan.missing;
    this.files = plan.files;
    this.map = new ShardMap(lengths);
    this.pool = pool;
    this.#closeSource = closeSource;
  }

  /** Record number in its file of the first record that the set takes from a shard. */
  skip(shard: number): number {
    return (this.files[shard] as ShardFile).skip;
  }

  async close(): Promise<void> {
    const ends = [this.pool.close(), ...this.#sources().map((source) => source.close())];
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === "rejected") throw end.reason;
    }
  }

  closeSync(): void {
    this.pool.closeSync();
    for (const source of this.#sources()) (source as SyncByteSource).closeSync();
  }

  /** Sources that were passed in: readers come and go, these are closed once. */
  #sources(): ByteSource[] {
    if (!this.#closeSource) return [];
    const sources = this.files.map(({ data }) => data).filter(isSource);
    return [...new Set(sources)];
  }
}

/**
 * A pool of readers of `files`, each checked against what was said of it.
 *
 * @param lengths how many records the set takes from each file, as far as that is known by then
 */
export function poolOf<R extends ShardMember>(
  set: string,
  files: readonly ShardFile[],
  lengths: readonly (number | undefined)[],
  opener: ShardOpener<R>,
  maxOpen: number,
): ShardPool<R> {
  const file = (shard: number): ShardFile => files[shard] as ShardFile;
  const host: PoolHost<R> = {
    name: set,
    maxOpen,
    async open(shard) {
      let reader: R;
      try {
        reader = await opener.open(file(shard));
      } catch (error) {
        throw placed(error, set, file(shard), shard);
      }
      const wrong = mismatch(file(shard), reader.length, lengths[shard]);
      if (wrong === undefined) return reader;
      await reader.close();
      throw wrong;
    },
    openSync(shard) {
      let reader: R;
      try {
        reader = opener.openSync(file(shard));
      } catch (error) {
        throw placed(error, set, file(shard), shard);
      }
      const wrong = mismatch(file(shard), reader.length, lengths[shard]);
      if (wrong === undefined) return reader;
      reader.closeSync();
      throw wrong;
    },
    close: (reader) => reader.close(),
    closeSync: (reader) => reader.closeSync(),
    isSync: (reader) => reader.sync,
    isResident(shard) {
      const { data } = file(shard);
      return typeof data !== "string" && !(data instanceof URL) && !isStoreEntry(data);
    },
  };
  return new ShardPool(host);
}

/** How many records the set takes from a file, if that is known before it is opened. */
export function knownLength({ take, skip, promised, cut }: ShardFile): number | undefined {
  if (take !== undefined && cut !== true) return take;
  return promised === undefined ? undefined : Math.max(0, promised.records - skip);
}

/** How many records the set takes from an open file. */
export function takenLength(file: ShardFile, length: number): number {
  const rest = Math.max(0, length - file.skip);
  return knownLength(file) ?? Math.min(rest, file.take ?? rest);
}

/** What an open file says against what was said of it. */
function mismatch(
  { name, skip, take, promised, cut }: ShardFile,
  length: number,
  before: number | undefined,
): NthrecError | undefined {
  if (promised !== undefined && promised.records !== length) {
    const message = `${promised.by} says that ${name} has ${promised.records} records, but it has ${length}: open the set with lengths: "files"`;
    return new NthrecError("NTH_INDEX_STALE", message, { source: name });
  }
  if (cut !== true && skip + (take ?? 0) > length) {
    const end = take === undefined ? "…" : skip + take;
    const message = `records [${skip}, ${end}) were asked of ${name}, which has ${length}: lengths: "files" takes what is there`;
    return new NthrecError("NTH_OUT_OF_RANGE", message, { source: name, index: length });
  }
  // What is cut to nothing begins behind the end.
  return before && skip + before > length ? shrunk(name) : undefined;
}

/** A file that is not there is a shard that is missing. */
function placed(error: unknown, set: string, file: ShardFile, shard: number): unknown {
  if (!isNthrecError(error, "NTH_NOT_FOUND")) return error;
  const message = `shard ${shard} of ${set} (${file.name}) is missing: ${error.message}`;
  return new NthrecError("NTH_NOT_FOUND", message, { source: file.name, cause: error });
}

function isSource(data: unknown): data is ByteSource {
  if (typeof data !== "object" || data === null || !("read" in data)) return false;
  return typeof data.read === "function" && "size" in data && typeof data.size === "number";
}
