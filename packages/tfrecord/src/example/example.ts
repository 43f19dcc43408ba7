import { checkChoice, decodeUtf8 } from "@nthrec/core";
import { EntryTable } from "./entry-table.ts";
import { checkFeature, Feature } from "./feature.ts";
import { type Ranges, WireCursor } from "./wire-cursor.ts";

/** How an Example is decoded. */
export interface DecodeOptions {
  /**
   * What becomes of a record with names that are not UTF-8: protobuf refuses it; `"any"` reads it, and finds such
   * features by the bytes of their name. @default "utf8"
   */
  readonly names?: "utf8" | "any" | undefined;
  /**
   * Looks at every value at once, so that a record is refused exactly where protobuf refuses it. Otherwise a feature
   * that is damaged is refused when it is asked for. @default false
   */
  readonly check?: boolean | undefined;
}

/** Features by name. Nothing of them is decoded before it is asked for. */
export class Example implements Iterable<readonly [string, Feature]> {
  readonly #table: EntryTable;

  /** Use {@link decodeExample}. */
  constructor(table: EntryTable) {
    this.#table = table;
  }

  /** Features there are. */
  get size(): number {
    return this.#table.size;
  }

  /** Names of the features, in the order of the record; what is not UTF-8 shows as U+FFFD. */
  names(): string[] {
    return Array.from(this.#table.all(), ([name]) => decodeUtf8(name));
  }

  /** Names of the features as their bytes are. */
  rawNames(): Uint8Array[] {
    return Array.from(this.#table.all(), ([name]) => name);
  }

  has(name: string | Uint8Array): boolean {
    return this.#table.find(name) !== undefined;
  }

  /**
   * The feature of this name, if there is one; others are not looked at.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` if its bytes are no feature
   */
  feature(name: string | Uint8Array): Feature | undefined {
    const ranges = this.#table.find(name);
    return ranges && new Feature(this.#table.bytes, ranges);
  }

  /** Names and features, in the order of the record. */
  *[Symbol.iterator](): Generator<readonly [string, Feature]> {
    for (const [name, ranges] of this.#table.all()) {
      yield [decodeUtf8(name), new Feature(this.#table.bytes, ranges)];
    }
  }
}

/** Lists of features by name: the steps of a sequence. */
export class FeatureLists implements Iterable<readonly [string, Feature[]]> {
  readonly #table: EntryTable;

  /** Use {@link decodeSequenceExample}. */
  constructor(table: EntryTable) {
    this.#table = table;
  }

  /** Lists there are. */
  get size(): number {
    return this.#table.size;
  }

  names(): string[] {
    return Array.from(this.#table.all(), ([name]) => decodeUtf8(name));
  }

  /** The features of the list of this name, one for each step, if there is such a list. */
  list(name: string | Uint8Array): Feature[] | undefined {
    const ranges = this.#table.find(name);
    return ranges && featuresOf(this.#table.bytes, ranges);
  }

  *[Symbol.iterator](): Generator<readonly [string, Feature[]]> {
    for (const [name, ranges] of this.#table.all()) {
      yield [decodeUtf8(name), featuresOf(this.#table.bytes, ranges)];
    }
  }
}

/** A sequence: features of the whole, and lists of features for its steps. */
export interface SequenceExample {
  readonly context: Example;
  readonly lists: FeatureLists;
}

/**
 * Reads a record as a tf.train.Example. Its features are found at once and decoded when they are asked for.
 *
 * @throws {@link NthrecError} `NTH_DECODE_ERROR` where protobuf refuses the record; for damage within features see `check`
 */
export function decodeExample(record: Uint8Array, options?: DecodeOptions): Example {
  const [features] = partsOf(record);
  return exampleOf(record, features, options);
}

/**
 * Reads a record as a tf.train.SequenceExample. An Example reads as one, too: its features are the context.
 *
 * @throws {@link NthrecError} `NTH_DECODE_ERROR` where protobuf refuses the record; for damage within features see `check`
 */
export function decodeSequenceExample(
  record: Uint8Array,
  options?: DecodeOptions,
): SequenceExample {
  const [context, lists] = partsOf(record);
  const table = EntryTable.read(record, lists, anyNames(options));
  if (options?.check === true) {
    table.check((bytes, list) => {
      for (const feature of featureRanges(bytes, list)) checkFeature(bytes, feature);
    });
  }
  return { context: exampleOf(record, context, options), lists: new FeatureLists(table) };
}

function exampleOf(record: Uint8Array, features: Ranges, options?: DecodeOptions): Example {
  const table = EntryTable.read(record, features, anyNames(options));
  if (options?.check === true) table.check(checkFeature);
  return new Example(table);
}

function anyNames(options: DecodeOptions | undefined): boolean {
  checkChoice("names", options?.names, ["utf8", "any"]);
  return options?.names === "any";
}

/** The parts of fields 1 and 2 of a record. */
function partsOf(record: Uint8Array): readonly [Ranges, Ranges] {
  const cursor = new WireCursor(record, 0, record.length);
  const first: number[] = [];
  const second: number[] = [];
  for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
    const parts = tag === 0x0a ? first : tag === 0x12 ? second : undefined;
    if (parts === undefined) {
      cursor.skip(tag);
      continue;
    }
    const end = cursor.enter();
    parts.push(cursor.at, end);
    cursor.at = end;
  }
  return [first, second];
}

function featuresOf(bytes: Uint8Array, list: Ranges): Feature[] {
  return Array.from(featureRanges(bytes, list), (ranges) => new Feature(bytes, ranges));
}

/** Where the features of a list lie, which are its field 1. */
function* featureRanges(bytes: Uint8Array, list: Ranges): Generator<Ranges> {
  for (let i = 0; i < list.length; i += 2) {
    const cursor = new WireCursor(bytes, list[i] as number, list[i + 1] as number);
    for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
      if (tag !== 0x0a) {
        cursor.skip(tag);
        continue;
      }
      const end = cursor.enter();
      yield [cursor.at, end];
      cursor.at = end;
    }
  }
}
