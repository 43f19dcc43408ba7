import { checkChoice, isNthrecError, throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { BaseIndexedReader } from "../reader/base-indexed-reader.ts";
import type { ReaderClass } from "../reader/reader-class.ts";
import type { ReaderOptions } from "../reader/reader-options.ts";
import type { DataInput, LocalInput } from "../resolve/data-input.ts";
import { acquired } from "./async-shard-records.ts";
import { planShards } from "./plan-shards.ts";
import { lost } from "./shard-items.ts";
import type { ShardPool } from "./shard-pool.ts";
import { knownLength, poolOf, type ShardOpener, ShardSet, takenLength } from "./shard-set.ts";
import type {
  MissingShard,
  PlanContext,
  ShardFile,
  ShardPlan,
  ShardSpec,
  ShardSpecOptions,
} from "./shard-spec.ts";
import { ShardedReader } from "./sharded-reader.ts";

/** How a set of shards is opened: what its readers take, and what concerns the set. */
export type OpenShardsOptions<O extends ReaderOptions = ReaderOptions> = Omit<O, "index"> &
  ShardSpecOptions & {
    /** `"memory"` neither reads nor writes index files. @default beside each shard */
    readonly index?: "memory" | undefined;
    /**
     * Files open at once. More are closed, the one that was not used for the longest time first, and opened again when
     * needed; Blobs, bytes and sources that were passed in do not count. @default 64
     */
    readonly maxOpen?: number | undefined;
  };

/** The records of a reader. */
export type RecordOf<R> = R extends BaseIndexedReader<infer T> ? T : never;

/** Files that are opened at once to learn their lengths. */
const OPENING = 8;
const MOST_OPEN = 64;

/**
 * Opens many files as one reader: a list, a pattern (`train@10`, `train@*`, `train-*.jsonl`, `train-00000-of-00010`), a
 * folder, a TFDS folder, parts of files.
 *
 * The length of each shard comes from its description (TFDS, slices), else from its index, else from a scan.
 *
 * @param Reader the format, for instance `JsonlReader`
 * @throws {@link NthrecError} `NTH_NOT_FOUND` for shards that are missing, by number; `NTH_INVALID_VALUE` for a spec that
 * names no set; `NTH_NOT_SUPPORTED` where a folder cannot be listed; and what opening throws
 */
export async function openShards<
  R extends BaseIndexedReader<unknown>,
  O extends ReaderOptions = ReaderOptions,
>(
  Reader: ReaderClass<R, O>,
  spec: ShardSpec,
  options: OpenShardsOptions<O> = {} as OpenShardsOptions<O>,
): Promise<ShardedReader<RecordOf<R>, R & BaseIndexedReader<RecordOf<R>>>> {
  const { signal } = options;
  throwIfAborted(signal);
  const plan = await runPlan(planShards(spec, contextOf(Reader, options)), { signal });
  const opening = new Opening<R>(plan, openerOf(Reader, options), options);
  return new ShardedReader(await opening.run()) as never;
}

/** {@link openShards}, before it returns; for local data. */
export function openShardsSync<
  R extends BaseIndexedReader<unknown>,
  O extends ReaderOptions = ReaderOptions,
>(
  Reader: ReaderClass<R, O>,
  spec: ShardSpec,
  options: OpenShardsOptions<O> = {} as OpenShardsOptions<O>,
): ShardedReader<RecordOf<R>, R & BaseIndexedReader<RecordOf<R>>> {
  const plan = runPlanSync(planShards(spec, contextOf(Reader, options)));
  const opening = new Opening<R>(plan, openerOf(Reader, options), options);
  return new ShardedReader(opening.runSync()) as never;
}

function contextOf<O extends ReaderOptions>(
  { indexSuffix, folders }: { readonly indexSuffix: string; readonly folders?: boolean },
  options: OpenShardsOptions<O>,
): PlanContext {
  const { index, missing, lengths, split, http } = options as OpenShardsOptions;
  // A path would be that of one file, and each shard's.
  checkChoice("index of a set", index, ["memory"]);
  checkChoice("missing", missing, ["error", "skip"]);
  checkChoice("lengths", lengths, ["auto", "files"]);
  return { missing, lengths, split, http, indexSuffix, folders };
}

/** A format may open in its own way: its `open` is called, whatever it is. */
interface Opens<R> {
  open(data: DataInput, options: object): Promise<R>;
  openSync(data: LocalInput, options: object): R;
}

function openerOf<R, O extends ReaderOptions>(
  Reader: ReaderClass<R, O>,
  options: OpenShardsOptions<O>,
): ShardOpener<R> {
  const format = Reader as unknown as Opens<R>;
  const { missing, lengths, split, maxOpen, signal, ...rest } = options as OpenShardsOptions;
  // A shard may be opened again: the source that was passed in must last as long as the set.
  const own = { ...rest, closeSource: false };
  return {
    signal,
    open({ data }) {
      return format.open(data, this.signal === undefined ? own : { ...own, signal: this.signal });
    },
    openSync: ({ data }) => format.openSync(data as LocalInput, own),
  };
}

/** Opens the shards whose lengths are not known, and leaves out those that are not there. */
class Opening<R extends BaseIndexedReader<unknown>> {
  readonly #plan: ShardPlan;
  readonly #opener: ShardOpener<R>;
  readonly #options: OpenShardsOptions;
  readonly #maxOpen: number;
  readonly #lengths: (number | undefined)[];
  readonly #absent: MissingShard[] = [];
  #pool: ShardPool<R>;

  constructor(plan: ShardPlan, opener: ShardOpener<R>, options: object) {
    this.#plan = plan;
    this.#opener = opener;
    this.#options = options;
    this.#maxOpen = this.#options.maxOpen ?? MOST_OPEN;
    if (!Number.isInteger(this.#maxOpen) || this.#maxOpen < 1) {
      throw new TypeError(`maxOpen is a whole number from 1 on, not ${String(this.#maxOpen)}`);
    }
    this.#lengths = plan.files.map(knownLength);
    this.#pool = this.#newPool(plan.files, this.#lengths);
  }

  async run(): Promise<ShardSet<R>> {
    const unknown = this.#unknown();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < unknown.length) await this.#measure(unknown[next++] as number);
    };
    try {
      const workers = Array.from({ length: Math.min(OPENING, this.#maxOpen) }, () =>
        worker().catch((error: unknown) => {
          // The others begin nothing more.
          next = unknown.length;
          throw error;
        }),
      );
      for (const end of await Promise.allSettled(workers)) {
        if (end.status === "rejected") throw end.reason;
      }
      return this.#finish() ?? (await this.#again());
    } catch (error) {
      // What cannot be closed matters less than why there is no set.
      await Promise.allSettled([this.#pool.close()]);
      throw error;
    } finally {
      this.#opener.signal = undefined;
    }
  }

  runSync(): ShardSet<R> {
    try {
      for (const shard of this.#unknown()) this.#measureSync(shard);
      const set = this.#finish();
      if (set !== undefined) return set;
      this.#pool.closeSync();
      return this.#rest();
    } catch (error) {
      this.#pool.closeSync();
      throw error;
    }
  }

  #unknown(): number[] {
    return [...this.#lengths.keys()].filter((shard) => this.#lengths[shard] === undefined);
  }

  async #measure(shard: number): Promise<void> {
    try {
      const entry = await acquired(this.#pool, shard, this.#options.signal, this.#plan.name);
      this.#lengths[shard] = takenLength(this.#file(shard), (entry.reader as R).length);
      entry.release();
    } catch (error) {
      this.#fail(shard, error);
    }
  }

  #measureSync(shard: number): void {
    try {
      const entry = this.#pool.acquireSync(shard);
      this.#lengths[shard] = takenLength(this.#file(shard), (entry.reader as R).length);
      entry.release();
    } catch (error) {
      this.#fail(shard, error);
    }
  }

  /** Shards that are not there are told all at once. */
  #fail(shard: number, error: unknown): void {
    if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
    this.#absent.push({ name: this.#file(shard).name, number: shard });
  }

  #finish(): ShardSet<R> | undefined {
    if (this.#absent.length === 0) {
      return this.#setOf(this.#plan, this.#lengths as number[]);
    }
    this.#absent.sort((a, b) => a.number - b.number);
    const none = this.#absent.length === this.#plan.files.length;
    if (none || this.#options.missing !== "skip") {
      throw lost(this.#plan.name, this.#absent, this.#plan.files.length);
    }
    return undefined;
  }

  async #again(): Promise<ShardSet<R>> {
    await this.#pool.close();
    return this.#rest();
  }

  /** The set without the shards that are not there. */
  #rest(): ShardSet<R> {
    const present = [...this.#lengths.keys()].filter((shard) => this.#lengths[shard] !== undefined);
    const files = present.map((shard) => this.#file(shard));
    const missing = [...this.#plan.missing, ...this.#absent];
    const lengths = present.map((shard) => this.#lengths[shard] as number);
    this.#pool = this.#newPool(files, lengths);
    return this.#setOf({ name: this.#plan.name, files, missing }, lengths);
  }

  #setOf(plan: ShardPlan, lengths: readonly number[]): ShardSet<R> {
    return new ShardSet(plan, lengths, this.#pool, this.#options.closeSource ?? false);
  }

  #newPool(files: readonly ShardFile[], lengths: readonly (number | undefined)[]): ShardPool<R> {
    return poolOf(this.#plan.name, files, lengths, this.#opener, this.#maxOpen);
  }

  #file(shard: number): ShardFile {
    return this.#plan.files[shard] as ShardFile;
  }
}
