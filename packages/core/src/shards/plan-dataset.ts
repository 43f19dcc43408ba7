import type { StepPlan } from "../plan/step.ts";
import { chooseSplit, type DatasetSplit, readDatasetInfo } from "./dataset-info.ts";
import type { Place } from "./place.ts";
import { absent, anyCount, orNothing, whole } from "./plan-names.ts";
import { lost } from "./shard-items.ts";
import { parseShardName } from "./shard-names.ts";
import type { Found, PlanContext, ShardFile } from "./shard-spec.ts";

/** A split of a TFDS folder; its description is believed as far as it agrees with the files. */
export function* planDataset(place: Place, info: string, context: PlanContext): StepPlan<Found> {
  const source = `${place.name}/${info}`;
  const split = chooseSplit(yield* readDatasetInfo(place, info), context.split, source);
  const count = split.lengths.length;
  if (count === 0) return { files: [], missing: [] };
  const names = Array.from(split.lengths, (_, index) => split.shardName(index, count));
  const missing = yield* absent(place, names);
  if (missing.length === count) {
    const other = yield* otherCount(place, split, context);
    if (other !== undefined) return other;
    throw lost(names[0] as string, missing, count);
  }
  const lacking = new Set(missing.map(({ name }) => name));
  const files: ShardFile[] = [];
  for (const [index, name] of names.entries()) {
    if (lacking.has(name)) continue;
    const promised =
      context.lengths === "files"
        ? undefined
        : { records: split.lengths[index] as number, by: source };
    files.push({ ...whole(place, name), promised });
  }
  return { files, missing };
}

/** The description counts other shards than there are: it has been seen to. The files count. */
function* otherCount(
  place: Place,
  split: DatasetSplit,
  context: PlanContext,
): StepPlan<Found | undefined> {
  const shard = parseShardName(split.shardName(0, split.lengths.length));
  if (shard === undefined) return undefined;
  return yield* orNothing(anyCount(place, { ...shard, count: undefined }, context));
}
