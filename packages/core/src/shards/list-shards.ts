import { throwIfAborted } from "../errors.ts";
import { runPlan } from "../plan/run-plan.ts";
import type { DataInput } from "../resolve/data-input.ts";
import type { AbortOptions } from "../types.ts";
import { planShards } from "./plan-shards.ts";
import type { MissingShard, ShardSpec, ShardSpecOptions } from "./shard-spec.ts";

/** The files that a spec names, none of them opened. */
export interface ShardList {
  /** In the order of the set. */
  readonly files: readonly { readonly name: string; readonly data: DataInput }[];
  readonly missing: readonly MissingShard[];
}

/** How shards are listed. */
export interface ListShardsOptions extends ShardSpecOptions, AbortOptions {
  /** Suffix of index files, which are no shards. @default ".idx" */
  readonly indexSuffix?: string | undefined;
  /** Whether data are folders, as the static `folders` of a reader says. @default false */
  readonly folders?: boolean | undefined;
}

/**
 * Lists the files of a set of shards, without opening any.
 *
 * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_INVALID_VALUE`, `NTH_NOT_SUPPORTED` where a folder cannot be listed
 */
export async function listShards(
  spec: ShardSpec,
  options: ListShardsOptions = {},
): Promise<ShardList> {
  const { signal, indexSuffix = ".idx", ...rest } = options;
  throwIfAborted(signal);
  const plan = await runPlan(planShards(spec, { ...rest, indexSuffix }), { signal });
  return {
    files: plan.files.map(({ name, data }) => ({ name, data })),
    missing: plan.missing,
  };
}
