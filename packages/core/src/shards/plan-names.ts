import { isNthrecError, NthrecError } from "../errors.ts";
import type { StepPlan } from "../plan/step.ts";
import { isLiveStore } from "../store/byte-store.ts";
import { dataNames, type FoundNames, orderNames } from "./folder-names.ts";
import { globTest, isGlob } from "./glob.ts";
import type { Place } from "./place.ts";
import { lost } from "./shard-items.ts";
import { type CountedPattern, parseCounted, parseShardName, shardNames } from "./shard-names.ts";
import type { Found, MissingShard, PlanContext, ShardFile } from "./shard-spec.ts";

/** What a name means that is a pattern; `undefined` for any other. */
export function* planPattern(
  place: Place,
  name: string,
  context: PlanContext,
): StepPlan<Found | undefined> {
  const counted = parseCounted(name);
  const asGlob = isGlob(name) && !place.remote;
  if (counted === undefined && !asGlob) return undefined;
  // A file of exactly this name is meant by it.
  if (isFile(place, name)) return single(whole(place, name));
  if (counted === undefined) return yield* globbing(place, name, context);
  if (counted.count === undefined) return yield* anyCount(place, counted, context);
  return yield* counting(place, shardNames(name));
}

function* globbing(place: Place, pattern: string, context: PlanContext): StepPlan<Found> {
  const matches = globTest(pattern);
  const names = dataNames(yield* place.names(), context.indexSuffix).filter(matches);
  if (names.length === 0) throw nothing(place, `no file that ${pattern} matches`);
  return ordered(place, orderNames(names, matches));
}

/** `name@*`: the one set of this name, however many shards it has. */
export function* anyCount(
  place: Place,
  pattern: CountedPattern,
  context: PlanContext,
): StepPlan<Found> {
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
export function* counting(place: Place, names: readonly string[]): StepPlan<Found> {
  const missing = yield* absent(place, names);
  if (missing.length === names.length) throw lost(names[0] as string, missing, names.length);
  const lacking = new Set(missing.map(({ name }) => name));
  const files = names.filter((name) => !lacking.has(name)).map((name) => whole(place, name));
  return { files, missing };
}

/** Those of the names that are not there, by number; none where a look at the folder cannot tell. */
export function* absent(place: Place, names: readonly string[]): StepPlan<MissingShard[]> {
  if (place.remote || names.some((name) => name.includes("/"))) return [];
  const present = new Set(yield* place.names());
  return names.map((name, number) => ({ name, number })).filter(({ name }) => !present.has(name));
}

/** Files of a folder by their names. */
export function ordered(place: Place, { names, missing }: FoundNames): Found {
  return { files: names.map((name) => whole(place, name)), missing };
}

/** All records of a file in a folder. */
export function whole(place: Place, name: string): ShardFile {
  return { name, data: place.entry(name), skip: 0, take: undefined, promised: undefined };
}

/** Whether a file of this name is there, as far as a look tells. */
export function isFile(place: Place, name: string): boolean {
  return isLiveStore(place.store) && place.store.statSync(name) !== undefined;
}

/** What names one file. */
export function single(file: ShardFile): Found {
  return { files: [file], missing: [] };
}

/** A look into a folder found nothing. */
export function nothing(place: Place, what: string): NthrecError {
  return new NthrecError("NTH_NOT_FOUND", `${place.name} holds ${what}`, { source: place.name });
}

/** What a plan finds; `undefined` where there is nothing. */
export function* orNothing<T>(plan: StepPlan<T>): StepPlan<T | undefined> {
  try {
    return yield* plan;
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}
