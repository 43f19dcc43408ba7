import { checkChoice, NthrecError, throwIfAborted } from "../errors.ts";
import type { DataOutput } from "../resolve/data-input.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import type { BaseIndexedWriter, WriterClass } from "../writer/base-indexed-writer.ts";
import type { WriterOptions } from "../writer/writer-options.ts";
import { Place } from "./place.ts";
import { shardNames } from "./shard-names.ts";
import { ShardedWriter } from "./sharded-writer.ts";

/** How the shards of a set are written: what their writers take, and how records are dealt out. */
export type OpenShardWriterOptions<O extends WriterOptions = WriterOptions> = Omit<O, "index"> & {
  /** `"none"` writes no index files. @default beside each shard */
  readonly index?: "none" | undefined;
  /** Fills each shard with so many records before the next one. @default none: records go to the shards in turn */
  readonly recordsPerShard?: number | undefined;
};

/** The values that a writer takes. */
export type ValueOf<W> = W extends BaseIndexedWriter<infer T> ? T : never;

/**
 * Opens a writer over all shards of a set, named by their count: `train@10.jsonl`. Records go to the shards in turn, or, with
 * `recordsPerShard`, fill one after the other; appending goes on where the set was left.
 *
 * @param Writer the format, for instance `JsonlWriter`
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for a name without a count, `NTH_READONLY` for http(s), and what opening a writer throws
 */
export async function openShardWriter<
  W extends BaseIndexedWriter<never>,
  O extends WriterOptions = WriterOptions,
>(
  Writer: WriterClass<W, O>,
  pattern: string | URL | StoreEntry,
  options: OpenShardWriterOptions<O> = {} as OpenShardWriterOptions<O>,
): Promise<ShardedWriter<ValueOf<W>, W & BaseIndexedWriter<ValueOf<W>>>> {
  throwIfAborted(options.signal);
  const { name, names, entries, perShard, own } = planned(pattern, options);
  const format = Writer as unknown as Opens<W>;
  const writers: W[] = [];
  try {
    for (const entry of entries) writers.push(await format.open(entry, own));
    return new ShardedWriter(name, names, writers as never, perShard) as never;
  } catch (error) {
    // Nothing was written: what matters is why.
    await Promise.allSettled(writers.map((writer) => writer.abort()));
    throw error;
  }
}

/** A format may open in its own way: its `open` is called, whatever it is. */
interface Opens<W> {
  open(data: DataOutput, options: object): Promise<W>;
}

interface PlannedSet {
  readonly name: string;
  readonly names: readonly string[];
  readonly entries: readonly StoreEntry[];
  readonly perShard: number | undefined;
  /** Options of each writer. */
  readonly own: object;
}

function planned(pattern: string | URL | StoreEntry, options: object): PlannedSet {
  const { recordsPerShard: perShard, ...own } = options as OpenShardWriterOptions;
  if (perShard !== undefined && (!Number.isSafeInteger(perShard) || perShard < 1)) {
    throw new TypeError(`recordsPerShard is a whole number from 1 on, not ${String(perShard)}`);
  }
  checkChoice("index of a set", own.index, ["none"]);
  const { place, name } = Place.of(pattern, undefined);
  if (place.store instanceof UrlStore) {
    const message = `cannot write ${name}: ${place.name} can only be read`;
    throw new NthrecError("NTH_READONLY", message, { source: place.name });
  }
  const names = shardNames(name);
  return { name, names, entries: names.map((each) => place.entry(each)), perShard, own };
}
