import { NthrecError } from "../errors.ts";

/** What the name of a file says about its place in a set: `<prefix>-00003-of-00010<suffix>`. */
export interface ShardName {
  readonly prefix: string;
  readonly suffix: string;
  readonly index: number;
  readonly count: number;
  /** Digits of the two numbers. */
  readonly digits: readonly [index: number, count: number];
}

/** A set by its number of shards: `<prefix>@10<suffix>`; `count` is absent for `@*`. */
export interface CountedPattern {
  readonly prefix: string;
  readonly suffix: string;
  readonly count: number | undefined;
}

/** Up to here a number of shards is believed: names are made for each. */
const MOST_SHARDS = 1_000_000;
const LEAST_DIGITS = 5;

/**
 * The names of the shards of a set, as TensorFlow, TFDS and Beam give them: `train-00000-of-00010.jsonl`, ….
 *
 * @param pattern `train@10.jsonl`, or, with `count`, the name that the numbers are added to
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when there is no count from 1 to a million
 */
export function shardNames(pattern: string, count?: number): string[] {
  const parsed = count === undefined ? parseCounted(pattern) : undefined;
  const { prefix, suffix } = parsed ?? { prefix: pattern, suffix: "" };
  const shards = checkCount(count ?? parsed?.count, pattern);
  return Array.from({ length: shards }, (_, index) => prefix + shardPart(index, shards) + suffix);
}

/** The part of a name that numbers a shard: `-00003-of-00010`. */
function shardPart(index: number, count: number): string {
  return `-${shardIndex(index, count)}-of-${shardIndex(count, count)}`;
}

/** A shard's number with the digits that its set uses. */
export function shardIndex(index: number, count: number): string {
  return String(index).padStart(Math.max(LEAST_DIGITS, String(count).length), "0");
}

/** Refuses a number of shards that is none. */
export function checkCount(count: number | undefined, pattern: string): number {
  if (count !== undefined && Number.isInteger(count) && count > 0 && count <= MOST_SHARDS) {
    return count;
  }
  const message = `${pattern}: a set has 1 to ${MOST_SHARDS} shards, not ${count ?? "an unknown number"}`;
  throw new NthrecError("NTH_INVALID_VALUE", message, { source: pattern });
}

/** Takes `train@10.jsonl` and `train@*` apart. */
export function parseCounted(name: string): CountedPattern | undefined {
  const [, prefix, count, suffix] = /^(.*)@(\d+|\*)(\.[^@]*)?$/s.exec(name) ?? [];
  if (prefix === undefined || count === undefined) return undefined;
  return { prefix, suffix: suffix ?? "", count: count === "*" ? undefined : Number(count) };
}

/** Takes `train-00003-of-00010.jsonl` apart; `undefined` for a name of another kind. */
export function parseShardName(name: string): ShardName | undefined {
  const [, prefix, index, count, suffix] = /^(.*)-(\d+)-of-(\d+)(\..*)?$/s.exec(name) ?? [];
  if (prefix === undefined || index === undefined || count === undefined) return undefined;
  if (Number(index) >= Number(count)) return undefined;
  return {
    prefix,
    suffix: suffix ?? "",
    index: Number(index),
    count: Number(count),
    digits: [index.length, count.length],
  };
}

/** The name of another shard of the set that a shard belongs to. */
export function siblingName(shard: ShardName, index: number): string {
  const [first, second] = shard.digits;
  const numbers = `-${String(index).padStart(first, "0")}-of-${String(shard.count).padStart(second, "0")}`;
  return shard.prefix + numbers + shard.suffix;
}

/** Takes `path[start:end]` apart; `undefined` without a slice. */
export function parseSlice(
  path: string,
): { readonly path: string; readonly start: number; readonly end: number } | undefined {
  const [, before, start, end] = /^(.+)\[(\d+):(\d+)\]$/s.exec(path) ?? [];
  return before === undefined
    ? undefined
    : { path: before, start: Number(start), end: Number(end) };
}
