import {
  type BaseIndexedReader,
  checkChoice,
  type DataInput,
  isNthrecError,
  type ReaderClass,
  type ReaderOptions,
} from "@nthrec/core";
import { type KeyedReader, type KeyProgress, keyed } from "@nthrec/core/keys";
import { openShards, type ShardedReader, type ShardSpec } from "@nthrec/core/shards";
import type { TFRecordReaderOptions } from "../records/record-options.ts";
import { TFRecordReader } from "../records/tfrecord-reader.ts";
import { splitName } from "../tar/member-name.ts";
import { type TarMember, TarReader, type TarReaderOptions } from "../tar/tar-reader.ts";
import { exampleKey } from "./example-key.ts";
import { keyIndexName } from "./key-name.ts";
import type { RandomAccessOptions } from "./random-access-options.ts";

/** Records of TFRecord files by key, or members of archives by their stem. */
export type KeyedData =
  | {
      readonly kind: "records";
      readonly keys: KeyedReader<Uint8Array>;
      readonly files: Files<Uint8Array>;
    }
  | {
      readonly kind: "members";
      readonly keys: KeyedReader<TarMember>;
      readonly files: Files<TarMember>;
    };

/** The open files: one, or a set. */
type Files<T> = BaseIndexedReader<T> | ShardedReader<T>;

/** Opens files and the index of their keys. */
export async function openKeyedData(
  data: ShardSpec,
  options: RandomAccessOptions,
): Promise<KeyedData> {
  const tar = options.tar ?? (await isTar(data));
  return tar ? await openMembers(data, options) : await openRecords(data, options);
}

async function openRecords(data: ShardSpec, options: RandomAccessOptions): Promise<KeyedData> {
  const { keyFeatureName = "key", checksums } = options;
  const files = await openFiles<Uint8Array, TFRecordReaderOptions>(TFRecordReader, data, {
    ...readerOptions(data, options),
    checksums,
  });
  const key = exampleKey(keyFeatureName);
  const keys = await opening(files, () =>
    keyed(files, {
      ...keyOptions(options),
      name: keyIndexName(keyFeatureName),
      key,
    }),
  );
  return { kind: "records", keys, files };
}

async function openMembers(data: ShardSpec, options: RandomAccessOptions): Promise<KeyedData> {
  const { stem = "last" } = options;
  checkChoice("stem", stem, ["last", "first"]);
  const files = await openFiles<TarMember, TarReaderOptions>(
    TarReader,
    data,
    readerOptions(data, options),
  );
  const key = ({ name }: TarMember): string | undefined => splitName(name, stem)?.stem;
  const keys = await opening(files, () =>
    keyed(files, {
      ...keyOptions(options),
      // A record has several members, and each of them its key.
      duplicates: "all",
      missing: options.missing ?? "skip",
      name: stem === "last" ? "stem" : "stem-first",
      key: key,
    }),
  );
  return { kind: "members", keys, files };
}

/** Closes the files if what needs them fails. */
async function opening<T>(files: Files<unknown>, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await files.close();
    throw error;
  }
}

function keyOptions(options: RandomAccessOptions) {
  const { indexFile, missing, damaged, looseKeys, onStaleIndex, remoteScan, http, signal } =
    options;
  const { duplicates = "last", onProgress, progressInterval = 1000 } = options;
  return {
    ...{ indexFile, missing, damaged, looseKeys, onStaleIndex, remoteScan, http, signal },
    duplicates,
    progressInterval,
    onProgress: onProgress && (({ records }: KeyProgress) => onProgress(records)),
  };
}

function readerOptions(data: ShardSpec, options: RandomAccessOptions) {
  const { remoteScan, http, signal } = options;
  const inflate = options.inflate ?? (hasFolder(data) ? "beside" : "memory");
  return { remoteScan, http, signal, inflate } as const;
}

async function openFiles<T, O extends ReaderOptions>(
  Reader: ReaderClass<BaseIndexedReader<T>, O> & {
    open(data: DataInput, options?: O): Promise<BaseIndexedReader<T>>;
  },
  data: ShardSpec,
  options: O,
): Promise<Files<T>> {
  if (isOne(data)) {
    try {
      return await Reader.open(data, options);
    } catch (error) {
      // A folder, or a name that is a pattern in a way not seen here.
      if (typeof data !== "string" || !isNthrecError(error, "NTH_NOT_FOUND", "NTH_INVALID_VALUE")) {
        throw error;
      }
      return await openSet(Reader, data, options, error);
    }
  }
  return await openSet(Reader, data, options);
}

async function openSet<T, O extends ReaderOptions>(
  Reader: ReaderClass<BaseIndexedReader<T>, O>,
  data: ShardSpec,
  options: O,
  first?: unknown,
): Promise<ShardedReader<T>> {
  try {
    return (await openShards(Reader, data, options as never)) as unknown as ShardedReader<T>;
  } catch (error) {
    throw first !== undefined && isNthrecError(error, "NTH_NOT_FOUND") ? first : error;
  }
}

/** Whether the data are one input of a reader, not what names many. */
function isOne(data: ShardSpec): data is DataInput {
  if (typeof data === "string") return !/[*?[\]@{]|[/\\]$/.test(data);
  if (Array.isArray(data) || typeof data !== "object") return false;
  return !("filename" in data) && !("list" in data);
}

/** Whether an inflated copy can lie beside the data. */
function hasFolder(data: ShardSpec): boolean {
  const first = Array.isArray(data) ? (data as readonly unknown[])[0] : data;
  if (typeof first === "string" || first instanceof URL) return !/^https?:/i.test(String(first));
  return typeof first === "object" && first !== null && ("store" in first || "filename" in first);
}

async function isTar(data: ShardSpec): Promise<boolean> {
  const first = (Array.isArray(data) ? data[0] : data) as Exclude<ShardSpec, readonly unknown[]>;
  if (first instanceof Uint8Array) return isArchive(first);
  if (typeof Blob !== "undefined" && first instanceof Blob && !("name" in first)) {
    return isArchive(new Uint8Array(await first.slice(0, 512).arrayBuffer()));
  }
  const { filename, name } = first as { filename?: unknown; name?: unknown };
  const text = first instanceof URL ? first.pathname : (filename ?? name ?? first);
  return /\.(?:tar|tar\.gz|tgz)(?:[?#[].*)?$/i.test(String(text));
}

/** Whether bytes begin as an archive does: its magic is where no TFRecord file of sense has it. */
function isArchive(bytes: Uint8Array): boolean {
  return bytes.length >= 512 && String.fromCharCode(...bytes.subarray(257, 262)) === "ustar";
}
