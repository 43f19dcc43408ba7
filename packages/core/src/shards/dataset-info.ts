import { NthrecError } from "../errors.ts";
import { close, openEntry, read, type StepPlan } from "../plan/step.ts";
import { decodeUtf8 } from "../platform/text.ts";
import type { Place } from "./place.ts";
import { shardIndex } from "./shard-names.ts";

/** What a folder of TFDS says about itself. */
export const DATASET_INFO = "dataset_info.json";

/** One split of a TFDS data set, as its `dataset_info.json` describes it. */
export interface DatasetSplit {
  readonly name: string;
  /** Records of each shard. */
  readonly lengths: readonly number[];
  /** Name of a shard, given the number of shards. */
  shardName(index: number, count: number): string;
}

/** Larger than any that TFDS writes: a hundred thousand shards take 1 MB. */
const MOST_BYTES = 64 * 1024 * 1024;
const DEFAULT_TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}";

/** Reads the splits of a TFDS folder. @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_DECODE_ERROR` */
export function* readDatasetInfo(place: Place, file: string): StepPlan<DatasetSplit[]> {
  const { store, name } = place.entry(file);
  const source = yield* openEntry(store, name);
  try {
    if (source.size > MOST_BYTES) throw unsound(source.name, `has ${source.size} bytes`);
    const bytes = yield* read(source, 0, source.size);
    return splitsOf(decodeUtf8(bytes, 0, bytes.length), source.name);
  } finally {
    yield* close(source);
  }
}

/** The splits that the text of a `dataset_info.json` names. */
export function splitsOf(text: string, source: string): DatasetSplit[] {
  const info = objectOf(parse(text, source), source);
  const dataset = textOf(info["name"], "name", source);
  const format = textOf(
    either(info, "fileFormat", "file_format") ?? "tfrecord",
    "fileFormat",
    source,
  );
  const splits = info["splits"] ?? [];
  if (!Array.isArray(splits)) throw unsound(source, "has splits that are no list");
  return splits.map((each: unknown) => {
    const split = objectOf(each, source);
    const name = textOf(split["name"], "name of a split", source);
    const template = either(split, "filepathTemplate", "filepath_template") ?? DEFAULT_TEMPLATE;
    // What follows a percent sign is no part of the name.
    const [pattern = ""] = textOf(template, "filepathTemplate", source).split("%");
    const values = { DATASET: dataset, SPLIT: name, FILEFORMAT: format };
    checkInside(fill(pattern, values, 0, 1, source), source);
    return {
      name,
      lengths: lengthsOf(either(split, "shardLengths", "shard_lengths") ?? [], source),
      shardName: (index, count) => fill(pattern, values, index, count, source),
    };
  });
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unsound(source, "is not JSON", cause);
  }
}

function objectOf(value: unknown, source: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unsound(source, "has something else where an object belongs");
}

/** A field by its name in proto JSON, or by that in the proto file, which readers of proto JSON accept too. */
function either(value: Record<string, unknown>, camel: string, snake: string): unknown {
  return value[camel] ?? value[snake];
}

function textOf(value: unknown, what: string, source: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw unsound(source, `has no ${what}`);
}

/** Proto JSON writes 64-bit integers as decimal strings. */
function lengthsOf(value: unknown, source: string): number[] {
  if (!Array.isArray(value)) throw unsound(source, "has shardLengths that are no list");
  return value.map((each: unknown) => {
    const text = typeof each === "number" ? String(each) : each;
    if (typeof text === "string" && /^\d+$/.test(text) && Number.isSafeInteger(Number(text))) {
      return Number(text);
    }
    throw unsound(source, `has ${JSON.stringify(each)} among its shardLengths`);
  });
}

function fill(
  template: string,
  values: Readonly<Record<string, string>>,
  index: number,
  count: number,
  source: string,
): string {
  const [x, y] = [shardIndex(index, count), shardIndex(count, count)];
  const all = { ...values, SHARD_INDEX: x, NUM_SHARDS: y, SHARD_X_OF_Y: `${x}-of-${y}` };
  return template.replace(/\{([^{}]*)\}/g, (_, field: string) => {
    if (Object.hasOwn(all, field)) return all[field as keyof typeof all];
    throw unsound(source, `has {${field}} in a filepathTemplate, which no one knows`);
  });
}

/** A description that came from elsewhere must not lead out of its folder. */
function checkInside(name: string, source: string): void {
  const parts = name.split(/[/\\]/);
  if (!parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"))) {
    return;
  }
  throw unsound(source, `names the file ${JSON.stringify(name)}, which does not lie in its folder`);
}

function unsound(source: string, what: string, cause?: unknown): NthrecError {
  const message = `${source} ${what}: it is no description of a TFDS data set; name the shards by a pattern or a list`;
  return new NthrecError("NTH_DECODE_ERROR", message, { source, cause });
}

/** The split that is meant. @throws {@link NthrecError} `NTH_INVALID_VALUE` naming the splits that there are */
export function chooseSplit(
  splits: readonly DatasetSplit[],
  wanted: string | undefined,
  source: string,
): DatasetSplit {
  const [only, ...more] = splits;
  const found = splits.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  if (wanted === undefined && only !== undefined && more.length === 0) return only;
  const names = splits.map(({ name }) => JSON.stringify(name)).join(", ") || "none";
  const what = wanted === undefined ? "several splits" : `no split ${JSON.stringify(wanted)}`;
  const message = `${source} has ${what}: pass { split } as one of ${names}`;
  throw new NthrecError("NTH_INVALID_VALUE", message, { source });
}
