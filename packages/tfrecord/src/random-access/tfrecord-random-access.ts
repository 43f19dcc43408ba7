import { type AbortOptions, NthrecError } from "@nthrec/core";
import type { Key } from "@nthrec/core/keys";
import { ShardedReader, type ShardSpec } from "@nthrec/core/shards";
import { encodeExample } from "../example/encode.ts";
import { decodeExample, type Example } from "../example/example.ts";
import type { Feature } from "../example/feature.ts";
import { splitName } from "../tar/member-name.ts";
import type { TarMember } from "../tar/tar-reader.ts";
import { type KeyedData, openKeyedData } from "./keyed-data.ts";
import type {
  FeatureScalar,
  RandomAccessOptions,
  RandomAccessStats,
} from "./random-access-options.ts";

/**
 * Examples of TFRecord files by key: those of one file, of a list, or of all that a pattern matches. Tar archives are
 * read in the same way: files with one stem are an Example, whose features are their extensions.
 */
export class TFRecordRandomAccess implements AsyncDisposable {
  readonly #data: KeyedData;
  readonly #options: RandomAccessOptions;

  private constructor(data: KeyedData, options: RandomAccessOptions) {
    this.#data = data;
    this.#options = options;
  }

  /**
   * Opens files, and the index of their keys, which is made or extended where it must be.
   *
   * @param data A path or URL, a pattern (`train-*.tfrecord`, `train@10`), a folder, a Blob, bytes, or a list of these
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_KEY_NOT_FOUND` (a record without a key), `NTH_KEY_DUPLICATE`,
   * `NTH_INDEX_FOREIGN` (another program's file at `indexFile`), and what readers throw
   */
  static async open(
    data: ShardSpec,
    options: RandomAccessOptions = {},
  ): Promise<TFRecordRandomAccess> {
    return new TFRecordRandomAccess(await openKeyedData(data, options), options);
  }

  /** Different keys. */
  get length(): number {
    return this.#data.keys.size;
  }

  /** Reads the Example with this key, `null` if there is none. */
  async getRecord(key: Key, options?: AbortOptions): Promise<Example | null> {
    const record = await this.getRawRecord(key, options);
    return record && decodeExample(record);
  }

  /** {@link TFRecordRandomAccess.getRecord}, before it returns; for local data. */
  getRecordSync(key: Key): Example | null {
    const record = this.getRawRecordSync(key);
    return record && decodeExample(record);
  }

  /** Reads the bytes of the record with this key as the file has them; of an archive, its files as an Example. */
  async getRawRecord(key: Key, options?: AbortOptions): Promise<Uint8Array | null> {
    const sought = asFloat32(key);
    const { kind, keys } = this.#data;
    if (kind === "members") return this.#joined(await keys.getAll(sought, options), key);
    return (await keys.at(sought, options)) ?? null;
  }

  /** {@link TFRecordRandomAccess.getRawRecord}, before it returns. */
  getRawRecordSync(key: Key): Uint8Array | null {
    const sought = asFloat32(key);
    const { kind, keys } = this.#data;
    if (kind === "members") return this.#joined(keys.getAllSync(sought), key);
    return keys.atSync(sought) ?? null;
  }

  /** Reads the first value of a feature; `null` if there is no such record or feature, or if it is empty. */
  async getFeature(
    key: Key,
    feature: string,
    options?: AbortOptions,
  ): Promise<FeatureScalar | null> {
    return (await this.getFeatureList(key, feature, options))?.[0] ?? null;
  }

  /** {@link TFRecordRandomAccess.getFeature}, before it returns. */
  getFeatureSync(key: Key, feature: string): FeatureScalar | null {
    return this.getFeatureListSync(key, feature)?.[0] ?? null;
  }

  /** Reads all values of a feature; `null` if there is no such record or feature. */
  async getFeatureList(
    key: Key,
    feature: string,
    options?: AbortOptions,
  ): Promise<FeatureScalar[] | null> {
    return valuesOf((await this.getRecord(key, options))?.feature(feature));
  }

  /** {@link TFRecordRandomAccess.getFeatureList}, before it returns. */
  getFeatureListSync(key: Key, feature: string): FeatureScalar[] | null {
    return valuesOf(this.getRecordSync(key)?.feature(feature));
  }

  /** Reads the Example with this key. @throws {@link NthrecError} `NTH_KEY_NOT_FOUND` if there is none */
  async get(key: Key, options?: AbortOptions): Promise<Example> {
    return (await this.getRecord(key, options)) ?? this.#refuse(key);
  }

  /** {@link TFRecordRandomAccess.get}, before it returns. */
  getSync(key: Key): Example {
    return this.getRecordSync(key) ?? this.#refuse(key);
  }

  /** Whether a record has this key. */
  has(key: Key, options?: AbortOptions): Promise<boolean> {
    return this.#data.keys.has(asFloat32(key), options);
  }

  /** {@link TFRecordRandomAccess.has}, before it returns. */
  hasSync(key: Key): boolean {
    return this.#data.keys.hasSync(asFloat32(key));
  }

  /** The same as {@link TFRecordRandomAccess.has}, as tfd-utils calls it. */
  containsKey(key: Key, options?: AbortOptions): Promise<boolean> {
    return this.has(key, options);
  }

  /** All keys, in no order that means anything: text where their bytes are UTF-8, else bytes; integers; floats. */
  async getKeys(options?: AbortOptions): Promise<Key[]> {
    const keys: Key[] = [];
    for await (const key of this.#data.keys.keys(options)) keys.push(readable(key));
    return keys;
  }

  /** Counts what is there. */
  getStats(): RandomAccessStats {
    const { keys, files } = this.#data;
    const { stats } = keys;
    const perFile: Record<string, number> =
      files instanceof ShardedReader
        ? Object.fromEntries(files.shards.map(({ name, length }) => [name, length]))
        : { [files.name]: files.length };
    return {
      totalRecords: stats.keys,
      totalFiles: Object.keys(perFile).length,
      recordsPerFile: perFile,
      indexFile: stats.indexFile,
      duplicates: this.#data.kind === "members" ? 0 : stats.duplicates,
      missing: stats.missing,
      damaged: stats.damaged,
    };
  }

  /** Makes the index anew, however sound it is. */
  rebuildIndex(options?: AbortOptions): Promise<void> {
    return this.#data.keys.rebuild(options);
  }

  /** Closes index and files. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#data.keys.close();
    await this.#data.files.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The files of one stem as an Example; `null` for none. */
  #joined(members: readonly TarMember[], key: Key): Uint8Array | null {
    if (members.length === 0) return null;
    const { duplicates = "last", stem = "last" } = this.#options;
    const features = new Map<string, { bytes: Uint8Array[] }>();
    for (const { name, data } of members) {
      const extension = splitName(name, stem)?.extension ?? "";
      const again = features.has(extension);
      if (again && duplicates === "error") {
        const message = `${String(key)} has several files with the extension ${extension}`;
        throw new NthrecError("NTH_KEY_DUPLICATE", message, { source: this.#data.files.name });
      }
      if (!again || duplicates === "last") features.set(extension, { bytes: [data] });
    }
    return encodeExample(features);
  }

  #refuse(key: Key): never {
    const { name } = this.#data.files;
    const shown = typeof key === "string" ? JSON.stringify(key) : String(key);
    throw new NthrecError("NTH_KEY_NOT_FOUND", `no record of ${name} has the key ${shown}`, {
      source: name,
    });
  }
}

/** Features hold floats of 32 bits: 0.1 is sought as what it became in one. */
function asFloat32(key: Key): Key {
  if (typeof key === "number" && !Number.isInteger(key)) return { float: Math.fround(key) };
  if (typeof key !== "object" || key instanceof Uint8Array) return key;
  return { float: Math.fround(key.float) };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readable(key: Key): Key {
  if (!(key instanceof Uint8Array)) return key;
  try {
    return strict.decode(key);
  } catch (error) {
    if (error instanceof TypeError) return key;
    throw error;
  }
}

function valuesOf(feature: Feature | undefined): FeatureScalar[] | null {
  if (feature === undefined) return null;
  if (feature.kind === "float") return Array.from(feature.floats());
  if (feature.kind !== "int64") return feature.bytes();
  return Array.from(feature.bigints(), (value) =>
    Number.isSafeInteger(Number(value)) ? Number(value) : value,
  );
}
