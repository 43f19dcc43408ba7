import { NthrecError } from "../errors.ts";
import { checkCount, parseShardName, type ShardName, siblingName } from "./shard-names.ts";
import type { MissingShard } from "./shard-spec.ts";

/** Files of a set that were found, in order, and those that were not. */
export interface FoundNames {
  readonly names: readonly string[];
  readonly missing: readonly MissingShard[];
}

/** What nthrec and DALI lay beside a file, unfinished ones included. */
const SIDECAR = /^(.+?)\.(?:idx|idv1|seal|lock|torn|undo|bak(?:\.\d+)?|keys-.+?)(?:\.tmp-.+)?$/s;
/** Data on their way into place. */
const UNFINISHED = /^.+\.(?:tmp|new)-[^.]+$/s;

/** The names of data among the names in a folder: no sidecars, nothing hidden, nothing unfinished. */
export function dataNames(names: readonly string[], indexSuffix: string): string[] {
  const all = new Set(names);
  return names.filter((name) => {
    if (name.startsWith(".") || UNFINISHED.test(name)) return false;
    const [, data] = SIDECAR.exec(name) ?? [];
    if (data !== undefined && all.has(data)) return false;
    return !(name.endsWith(indexSuffix) && all.has(name.slice(0, -indexSuffix.length)));
  });
}

/**
 * Names that a pattern matched, shards by number and all else by name; and the shards that the pattern would match,
 * that the others say exist, and that are not there.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when shards of two sets of one name are among them
 */
export function orderNames(
  names: readonly string[],
  matches: (name: string) => boolean,
): FoundNames {
  const groups = new Map<string, Map<number, string>>();
  const first = new Map<string, ShardName>();
  const sorted = names
    .map((name) => ({ name, shard: parseShardName(name) }))
    .sort((a, b) => compare(a, b));
  for (const { name, shard } of sorted) {
    if (shard === undefined) continue;
    const key = `${shard.prefix}\0${shard.suffix}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, shard);
    else if (before.count !== shard.count) throw twoSets(before, shard, name);
    const group = groups.get(key) ?? new Map<number, string>();
    group.set(shard.index, name);
    groups.set(key, group);
  }
  const missing: MissingShard[] = [];
  for (const [key, present] of groups) {
    const shard = first.get(key) as ShardName;
    for (let number = 0; number < checkCount(shard.count, siblingName(shard, 0)); number++) {
      const name = siblingName(shard, number);
      if (!present.has(number) && matches(name)) missing.push({ name, number });
    }
  }
  return { names: sorted.map(({ name }) => name), missing };
}

/** Refuses a folder whose files are of several kinds: some of them are hardly records. */
export function checkOneKind(names: readonly string[], folder: string): void {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(kindOf(name), (counts.get(kindOf(name)) ?? 0) + 1);
  if (counts.size < 2) return;
  const kinds = [...counts.keys()].sort((x, y) => (counts.get(y) ?? 0) - (counts.get(x) ?? 0));
  const list = kinds.map((kind) => kind || "no extension").join(", ");
  const pattern = `${folder}/*${kinds.find((kind) => kind !== "")}`;
  const message = `${folder} holds files of several kinds (${list}): pass a pattern, as in ${pattern}`;
  throw new NthrecError("NTH_INVALID_VALUE", message, { source: folder });
}

interface Named {
  readonly name: string;
  readonly shard: ShardName | undefined;
}

/** By code units, as Python sorts paths, but shards of one set by number. */
function compare(a: Named, b: Named): number {
  const [left, right] = [a.shard?.prefix ?? a.name, b.shard?.prefix ?? b.name];
  if (left !== right) return left < right ? -1 : 1;
  const byNumber = (a.shard?.index ?? -1) - (b.shard?.index ?? -1);
  if (byNumber !== 0) return byNumber;
  return a.name < b.name ? -1 : 1;
}

function twoSets(a: ShardName, b: ShardName, name: string): NthrecError {
  const set = `${a.prefix}-…${a.suffix}`;
  return new NthrecError(
    "NTH_INVALID_VALUE",
    `there are two sets ${set}, one of ${a.count} shards and one of ${b.count}: say which, as in ${a.prefix}@${a.count}${a.suffix}`,
    { source: name },
  );
}

function kindOf(name: string): string {
  const shard = parseShardName(name);
  const extension = (text: string): string => /\.[^.]*$/.exec(text)?.[0] ?? "";
  return shard === undefined ? extension(name) : extension(shard.prefix) + shard.suffix;
}
