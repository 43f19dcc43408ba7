import { isNthrecError, NthrecError } from "../errors.ts";
import type { StepPlan } from "../plan/step.ts";
import { isStoreEntry } from "../resolve/data-input.ts";
import { type ByteStore, isLiveStore, type StoreEntry } from "../store/byte-store.ts";
import { chooseSplit, DATASET_INFO, type DatasetSplit, readDatasetInfo } from "./dataset-info.ts";
import { checkOneKind, dataNames, type FoundNames, orderNames } from "./folder-names.ts";
import { globTest, isGlob } from "./glob.ts";
import { Place } from "./place.ts";
import { instructed, isInstruction, lost, nameOf, sliced } from "./shard-items.ts";
import {
  type CountedPattern,
  checkCount,
  parseCounted,
  parseShardName,
  parseSlice,
  shardNames,
  siblingName,
} from "./shard-names.ts";
import type {
  MissingShard,
  ShardFile,
  ShardItem,
  ShardPlan,
  ShardSpec,
  ShardSpecOptions,
} from "./shard-spec.ts";

/** What the planning of a set must know. */
export interface PlanContext extends ShardSpecOptions {
  /** Suffix of the format's index files: these are no shards. */
  readonly indexSuffix: string;
}

type Found = Omit<ShardPlan, "name">;

/** Finds the files that a set consists of; none of them is opened. */
export function* planShards(spec: ShardSpec, context: PlanContext): StepPlan<ShardPlan> {
  if (Array.isArray(spec)) {
    if (spec.length === 0) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        "a set of shards needs at least one: the list is empty",
      );
    }
    const found: Found[] = [];
    for (const item of spec as readonly ShardItem[])
      found.push(yield* planItem(item, context, false));
    const files = found.flatMap((each) => each.files);
    const missing = found.flatMap((each) => each.missing);
    const [first] = files;
    const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
    return settled({ name: `${first?.name ?? "no shard"}${more}`, files, missing }, context);
  }
  const one = spec as ShardItem | ByteStore;
  const found = isStore(one)
    ? yield* planFolder(new Place(one, false), context)
    : yield* planItem(one, context, true);
  return settled({ ...found, name: nameOf(one) }, context);
}

function* planItem(item: ShardItem, context: PlanContext, alone: boolean): StepPlan<Found> {
  if (isInstruction(item)) return single(instructed(item, context));
  if (typeof item === "string") {
    const slice = parseSlice(item);
    if (slice !== undefined) return single(sliced(slice.path, slice.start, slice.end));
  }
  if (typeof item === "string" || item instanceof URL || isStoreEntry(item)) {
    return yield* planLocation(item, context, alone);
  }
  return single({ name: nameOf(item), data: item, skip: 0, take: undefined, promised: undefined });
}

function* planLocation(
  location: string | URL | StoreEntry,
  context: PlanContext,
  alone: boolean,
): StepPlan<Found> {
  const { place, name } = Place.of(location, context.http);
  const counted = parseCounted(name);
  const asGlob = isGlob(name) && !place.remote;
  if (counted !== undefined || asGlob) {
    // A file of exactly this name is meant by it.
    if (isFile(place, name)) return single(whole(place, name));
    if (counted?.count !== undefined) {
      return yield* counting(place, shardNames(name));
    }
    if (counted !== undefined) return yield* anyCount(place, counted, context);
    return yield* globbing(place, name, context);
  }
  if (name === DATASET_INFO) return yield* planDataset(place, name, context);
  const shard = alone ? parseShardName(name) : undefined;
  if (shard !== undefined) {
    const count = checkCount(shard.count, name);
    const names = Array.from({ length: count }, (_, index) => siblingName(shard, index));
    return yield* counting(place, names);
  }
  if (place.remote && name === "") return yield* planDataset(place, DATASET_INFO, context);
  if (place.local && !isFile(place, name)) {
    return yield* planFolder(place.folder(name), context);
  }
  return single({ ...whole(place, name), data: location });
}

/** All data in a folder, or what its description says. */
function* planFolder(place: Place, context: PlanContext): StepPlan<Found> {
  const names = yield* place.names();
  if (names.includes(DATASET_INFO)) return yield* planDataset(place, DATASET_INFO, context);
  const data = dataNames(names, context.indexSuffix);
  if (data.length === 0) throw nothing(place, "no file");
  checkOneKind(data, place.name);
  return ordered(
    place,
    orderNames(data, () => true),
  );
}

function* globbing(place: Place, pattern: string, context: PlanContext): StepPlan<Found> {
  const matches = globTest(pattern);
  const names = dataNames(yield* place.names(), context.indexSuffix).filter(matches);
  if (names.length === 0) throw nothing(place, `no file that ${pattern} matches`);
  return ordered(place, orderNames(names, matches));
}

/** `name@*`: the one set of this name, however many shards it has. */
function* anyCount(place: Place, pattern: CountedPattern, context: PlanContext): StepPlan<Found> {
  const { prefix, suffix } = pattern;
  const belongs = (name: string): boolean => {
    const shard = parseShardName(name);
    return shard?.prefix === prefix && shard.suffix === suffix;
  };
  const names = dataNames(yield* place.names(), context.indexSuffix).filter(belongs);
  if (names.length === 0) throw nothing(place, `no shard of ${prefix}@*${suffix}`);
  return ordered(place, orderNames(names, belongs));
}

/** Names that are known; which are not there is asked at once where a look at the folder tells. */
function* counting(place: Place, names: readonly string[]): StepPlan<Found> {
  const missing = yield* absent(place, names);
  if (missing.length === names.length) throw lost(names[0] as string, missing, names.length);
  const lacking = new Set(missing.map(({ name }) => name));
  const files = names.filter((name) => !lacking.has(name)).map((name) => whole(place, name));
  return { files, missing };
}

function* absent(place: Place, names: readonly string[]): StepPlan<MissingShard[]> {
  if (place.remote || names.some((name) => name.includes("/"))) return [];
  const present = new Set(yield* place.names());
  return names.map((name, number) => ({ name, number })).filter(({ name }) => !present.has(name));
}

/** A split of a TFDS folder; its description is believed as far as it agrees with the files. */
function* planDataset(place: Place, info: string, context: PlanContext): StepPlan<Found> {
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
  try {
    return yield* anyCount(place, { ...shard, count: undefined }, context);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}

function ordered(place: Place, { names, missing }: FoundNames): Found {
  return { files: names.map((name) => whole(place, name)), missing };
}

/** Applies the policy for shards that are not there. */
function settled(plan: ShardPlan, context: PlanContext): ShardPlan {
  if (plan.missing.length > 0 && context.missing !== "skip") {
    throw lost(plan.name, plan.missing, plan.files.length + plan.missing.length);
  }
  return plan;
}

function single(file: ShardFile): Found {
  return { files: [file], missing: [] };
}

function whole(place: Place, name: string): ShardFile {
  return { name, data: place.entry(name), skip: 0, take: undefined, promised: undefined };
}

/** Whether a file of this name is there, as far as a look tells. */
function isFile(place: Place, name: string): boolean {
  return isLiveStore(place.store) && place.store.statSync(name) !== undefined;
}

function isStore(item: unknown): item is ByteStore {
  return typeof item === "object" && item !== null && "list" in item && "open" in item;
}

function nothing(place: Place, what: string): NthrecError {
  return new NthrecError("NTH_NOT_FOUND", `${place.name} holds ${what}`, { source: place.name });
}
