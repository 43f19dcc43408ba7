import { NthrecError } from "../errors.ts";
import type { ByteStore } from "../store/byte-store.ts";
import type {
  FileInstruction,
  MissingShard,
  ShardFile,
  ShardItem,
  ShardSpecOptions,
} from "./shard-spec.ts";

/** The name of an input as its shard is called. */
export function nameOf(item: ShardItem | ByteStore): string {
  if (typeof item === "string") return item;
  if (item instanceof URL) return item.href;
  if (isInstruction(item)) return nameOf(item.filename);
  const name = (item as { name?: unknown } | null | undefined)?.name;
  if (typeof name === "string" && name !== "") return name;
  return item instanceof Uint8Array ? `${item.length} bytes` : "a Blob";
}

/** The shard that `path[start:end]` means. */
export function sliced(
  path: string,
  start: number,
  end: number,
  { lengths }: ShardSpecOptions,
): ShardFile {
  if (Number.isSafeInteger(end) && start <= end) {
    const cut = lengths === "files";
    return { name: path, data: path, skip: start, take: end - start, cut, promised: undefined };
  }
  const message = `${path}[${start}:${end}] is no slice: it must end where it begins, or behind`;
  throw new NthrecError("NTH_INVALID_VALUE", message, { source: path });
}

/** The shard that an instruction means. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function instructed(item: FileInstruction, { lengths }: ShardSpecOptions): ShardFile {
  const { filename, skip = 0, take = -1, examplesInShard: records } = item;
  const name = nameOf(filename);
  const count = (value: number, least: number): boolean =>
    Number.isSafeInteger(value) && value >= least;
  if (!count(skip, 0) || !count(take, -1) || (records !== undefined && !count(records, 0))) {
    const numbers = JSON.stringify({ skip, take, examplesInShard: records });
    throw new NthrecError("NTH_INVALID_VALUE", `${name}: ${numbers} are no numbers of records`, {
      source: name,
    });
  }
  const cut = lengths === "files";
  const promised = records === undefined || cut ? undefined : { records, by: "examplesInShard" };
  return { name, data: filename, skip, take: take === -1 ? undefined : take, cut, promised };
}

/** Whether `item` is a {@link FileInstruction}. */
export function isInstruction(item: unknown): item is FileInstruction {
  return typeof item === "object" && item !== null && "filename" in item;
}

/** Shards that are not there, by number. */
export function lost(set: string, missing: readonly MissingShard[], count: number): NthrecError {
  const shown = missing.slice(0, 20).map(({ number }) => number);
  const rest = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : "";
  const [first] = missing;
  const message =
    `${set}: of ${count} shards ${missing.length} are missing: ${shown.join(", ")}${rest} ` +
    `(${first?.name}${missing.length > 1 ? ", …" : ""}); missing: "skip" reads the others`;
  return new NthrecError("NTH_NOT_FOUND", message, { source: set });
}
