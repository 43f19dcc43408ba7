import { NthrecError } from "../errors.ts";
import type { StepPlan } from "../plan/step.ts";
import { isStoreEntry } from "../resolve/data-input.ts";
import { kindOf } from "../resolve/resolve.ts";
import type { ByteStore, StoreEntry } from "../store/byte-store.ts";
import { DATASET_INFO } from "./dataset-info.ts";
import { checkOneKind, dataNames, orderNames } from "./folder-names.ts";
import { Place } from "./place.ts";
import { planDataset } from "./plan-dataset.ts";
import {
  counting,
  isFile,
  nothing,
  ordered,
  orNothing,
  planPattern,
  single,
  whole,
} from "./plan-names.ts";
import { instructed, isInstruction, lost, nameOf, sliced } from "./shard-items.ts";
import { checkCount, parseShardName, parseSlice, siblingName } from "./shard-names.ts";
import type {
  Found,
  MissingShard,
  PlanContext,
  ShardFile,
  ShardItem,
  ShardPlan,
  ShardSpec,
} from "./shard-spec.ts";

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
  if ((typeof item !== "object" && typeof item !== "string") || item === null) {
    throw new TypeError(
      `expected what names shards (a path, a URL, an entry or store, data, { filename }, or a list of these), not ${kindOf(item)}`,
    );
  }
  if (isInstruction(item)) return single(instructed(item, context));
  if (typeof item === "string") {
    const slice = parseSlice(item);
    if (slice !== undefined) return single(sliced(slice.path, slice.start, slice.end, context));
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
  const { place, name } = Place.of(location, context.http, context.folders);
  const folders = place.expanded();
  if (folders !== undefined) return yield* planFolders(folders, name, context);
  const found = yield* planPattern(place, name, context);
  if (found !== undefined) return found;
  if (name === DATASET_INFO) return yield* planDataset(place, name, context);
  const shard = alone ? parseShardName(name) : undefined;
  if (shard !== undefined) {
    const count = checkCount(shard.count, name);
    const names = Array.from({ length: count }, (_, index) => siblingName(shard, index));
    return yield* counting(place, names);
  }
  if (place.remote && name === "") return yield* planDataset(place, DATASET_INFO, context);
  if (place.local && !isFile(place, name)) {
    const folder = place.folder(name);
    if (context.folders !== true || folder.holdsFolders())
      return yield* planFolder(folder, context);
  }
  return single({ ...whole(place, name), data: location });
}

/** What a name means in several folders; one without it is passed over, one with a part of a set is not. */
function* planFolders(
  folders: readonly { readonly place: Place; readonly path: string }[],
  name: string,
  context: PlanContext,
): StepPlan<Found> {
  const files: ShardFile[] = [];
  const missing: MissingShard[] = [];
  for (const { place, path } of folders) {
    const found = yield* orNothing(planPattern(place, name, context));
    if (found !== undefined) {
      files.push(...found.files.map((file) => ({ ...file, name: path + file.name })));
      missing.push(...found.missing.map((shard) => ({ ...shard, name: path + shard.name })));
    } else if (isFile(place, name)) files.push({ ...whole(place, name), name: path + name });
  }
  if (files.length > 0) return { files, missing };
  throw new NthrecError("NTH_NOT_FOUND", `no folder that matches holds ${name}`, { source: name });
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

/** Applies the policy for shards that are not there. */
function settled(plan: ShardPlan, context: PlanContext): ShardPlan {
  if (plan.missing.length > 0 && context.missing !== "skip") {
    throw lost(plan.name, plan.missing, plan.files.length + plan.missing.length);
  }
  return plan;
}

function isStore(item: unknown): item is ByteStore {
  return typeof item === "object" && item !== null && "list" in item && "open" in item;
}
