import { type AbortOptions, type DataInput, NthrecError, type RecordSlice } from "@nthrec/core";
import {
  listShards,
  type OpenShardsOptions,
  openShards,
  type ShardedReader,
  type ShardItem,
} from "@nthrec/core/shards";
import { parseReaderOptions } from "../options/reader-settings.ts";
import type { ArrayRecordReader } from "../records/array-record-reader.ts";
import type { GroupSizeListener } from "./check-group-size.ts";
import { type FileInstruction, itemOf } from "./file-instruction.ts";
import { type GroupSizeOptions, GroupSizeReader } from "./group-size-reader.ts";

/** Records `[skip, skip + take)` of a file. */
export interface ResolvedInstruction {
  readonly filename: DataInput;
  readonly skip: number;
  readonly take: number;
}

/** What a data source is made of: paths, `path[start:end]`, patterns, `name@N`, parts of files. */
export type DataSourcePaths =
  | DataInput
  | FileInstruction
  | readonly (DataInput | FileInstruction)[];

/** How a data source is opened. */
export interface DataSourceOptions extends AbortOptions {
  /** The original's reader options by name, `{ index_storage_option: "offloaded" }`. */
  readonly readerOptions?: Readonly<Record<string, string>> | undefined;
  /** Files open at once. @default 64 */
  readonly maxOpen?: number | undefined;
  /** What part of a file means that has fewer records: an error when one is read, or what is there (`"files"`). @default "auto" */
  readonly lengths?: "auto" | "files" | undefined;
  /**
   * Told once of each file that has groups of more than one record, which are slow to read at random.
   *
   * @default a warning on the console
   */
  readonly onGroupSize?: GroupSizeListener | undefined;
}

/** All that it takes to open a data source again, in another thread: it can be cloned. */
export interface DataSourceDescriptor {
  readonly paths: DataSourcePaths;
  readonly readerOptions: Readonly<Record<string, string>>;
  readonly maxOpen: number | undefined;
  readonly lengths?: "auto" | "files" | undefined;
}

/** The records of many files under one row of numbers, as the original's class of this name has them, for loaders. */
export class ArrayRecordDataSource implements AsyncDisposable {
  readonly #set: ShardedReader<Uint8Array, ArrayRecordReader>;
  /** What opens the same data source again, in a worker thread too. */
  readonly descriptor: DataSourceDescriptor;

  /** Records in all files; also known after `close`. */
  readonly length: number;

  private constructor(
    set: ShardedReader<Uint8Array, ArrayRecordReader>,
    descriptor: DataSourceDescriptor,
  ) {
    this.#set = set;
    this.length = set.length;
    this.descriptor = descriptor;
  }

  /**
   * Opens a data source. Parts of files are not opened before a record of theirs is wanted.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for no paths, or reader options that do not exist; `NTH_NOT_FOUND`
   */
  static async open(
    paths: DataSourcePaths,
    options: DataSourceOptions = {},
  ): Promise<ArrayRecordDataSource> {
    const { readerOptions = {}, maxOpen, lengths, signal, onGroupSize } = options;
    const optionString = optionStringOf(readerOptions);
    const all: OpenShardsOptions<GroupSizeOptions> = {
      ...{ maxOpen, lengths, signal, onGroupSize, optionString },
    };
    const set = await openShards(GroupSizeReader, itemsOf(paths), all);
    return new ArrayRecordDataSource(set, { paths, readerOptions, maxOpen, lengths });
  }

  /** Opens what another data source described. */
  static reopen(
    { paths, ...options }: DataSourceDescriptor,
    more: Pick<DataSourceOptions, "onGroupSize" | "signal"> = {},
  ): Promise<ArrayRecordDataSource> {
    return ArrayRecordDataSource.open(paths, { ...options, ...more });
  }

  /** Which records of which file each part of the source is, in order: patterns and counts as the files they stand for. */
  async instructions(options: AbortOptions = {}): Promise<ResolvedInstruction[]> {
    const { paths, lengths } = this.descriptor;
    const { indexSuffix } = GroupSizeReader;
    const { files } = await listShards(itemsOf(paths), { ...options, lengths, indexSuffix });
    return this.#set.shards.map(({ skip, length }, shard) => {
      return { filename: (files[shard] as { data: DataInput }).data, skip, take: length };
    });
  }

  /** Reads one record. @throws {@link NthrecError} `NTH_OUT_OF_RANGE`; negative numbers are none */
  get(index: number, options?: AbortOptions): Promise<Uint8Array> {
    return this.#set.get(index, options);
  }

  /** Reads many records, in the order of `indices`, from several files at once. */
  getMany(indices: Iterable<number>, options?: AbortOptions): Promise<Uint8Array[]> {
    return this.#set.getMany(indices, options);
  }

  /** A lazy view of `[start, end)` with a step; nothing is read. */
  slice(start?: number, end?: number, step?: number): RecordSlice<Uint8Array> {
    return this.#set.slice(start, end, step);
  }

  /** The file that holds a record, and the record's number in it. */
  locate(index: number): { readonly shard: number; readonly name: string; readonly index: number } {
    return this.#set.shardOf(index);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this.#set.values();
  }

  /** Closes every file; later reads fail with `NTH_NOT_OPEN`. */
  async close(): Promise<void> {
    await this.#set.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function itemsOf(paths: DataSourcePaths): ShardItem[] {
  if (Array.isArray(paths) && paths.length === 0) {
    throw new NthrecError("NTH_INVALID_VALUE", "a data source needs at least one path");
  }
  return ((Array.isArray(paths) ? paths : [paths]) as (DataInput | FileInstruction)[]).map(itemOf);
}

function optionStringOf(readerOptions: unknown): string {
  if (typeof readerOptions !== "object" || readerOptions === null) {
    throw new TypeError(`readerOptions is an object of options by name, not ${readerOptions}`);
  }
  const text = Object.entries(readerOptions)
    .map(([key, value]) => `${key}:${value}`)
    .join(",");
  parseReaderOptions(text);
  return text;
}
