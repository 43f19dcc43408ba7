import type { DataInput } from "../resolve/data-input.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { ByteStore } from "../store/byte-store.ts";

/**
 * Some records of one file: `take` of them behind the first `skip`. The file is named as it is; its name is no pattern.
 */
export interface FileInstruction {
  /** A path or URL, or any other input of a reader. */
  readonly filename: DataInput;
  /** Records to leave out at the front. @default 0 */
  readonly skip?: number | undefined;
  /** Records to take; -1 for all that follow. @default -1 */
  readonly take?: number | undefined;
  /** Records in the file: with it nothing is opened before a record is wanted. @default unknown */
  readonly examplesInShard?: number | undefined;
}

/** One member of a list: an input of a reader, a string that may be a pattern, or a part of a file. */
export type ShardItem = DataInput | FileInstruction;

/**
 * What names a set of shards: a path, URL or entry that may be a pattern (`train@10`, `train@*`, `train-*.jsonl`,
 * `train-00000-of-00010`, a folder, a TFDS folder); a store, with all its files; a part of a file (`path[start:end]`,
 * {@link FileInstruction}); or a list of these.
 */
export type ShardSpec = ShardItem | ByteStore | readonly ShardItem[];

/** How the names of a set become its shards. */
export interface ShardSpecOptions {
  /** A shard that its set must have and that is not there: an error that names all of them, or left out. @default "error" */
  readonly missing?: "error" | "skip" | undefined;
  /**
   * Where the numbers of records come from: a description beside the shards (TFDS, `examplesInShard`) or a slice where there is one,
   * checked when a shard is opened, or always the files, of which a slice is then what is there. @default "auto"
   */
  readonly lengths?: "auto" | "files" | undefined;
  /** Split of a TFDS folder. @default the only one */
  readonly split?: string | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
}

/** One file of a set, before it is opened. */
export interface ShardFile {
  /** Its name as the set knows it: without its folder where that is the set's. */
  readonly name: string;
  readonly data: DataInput;
  /** Records to leave out at the front. */
  readonly skip: number;
  /** Records to take; `undefined` for all. */
  readonly take: number | undefined;
  /** Whether `skip` and `take` may name records that the file lacks: what is there is taken. @default false */
  readonly cut?: boolean | undefined;
  /** Records in the file by a description, and whose. */
  readonly promised: { readonly records: number; readonly by: string } | undefined;
}

/** A shard that its set must have and that is not there. */
export interface MissingShard {
  readonly name: string;
  /** Number of the shard, as its name counts. */
  readonly number: number;
}

/** The files of a set, in order. */
export interface ShardPlan {
  /** As messages show it. */
  readonly name: string;
  readonly files: readonly ShardFile[];
  readonly missing: readonly MissingShard[];
}

/** What the planning of a set must know. */
export interface PlanContext extends ShardSpecOptions {
  /** Suffix of the format's index files: these are no shards. */
  readonly indexSuffix: string;
  /** Whether data of the format are a folder each. @default false */
  readonly folders?: boolean | undefined;
}

/** The files of one member of a set. */
export type Found = Omit<ShardPlan, "name">;
