import {
  type BaseIndexedReader,
  isNthrecError,
  type NthrecError,
  type ReaderOptions,
  type StoreEntry,
} from "@nthrec/core";
import type { ShardedReader, ShardSpec } from "@nthrec/core/shards";
import { UsageError } from "../exit.ts";
import type { CliFormat, LoadedFormat, Specimen } from "../formats/cli-format.ts";
import { Registry } from "../formats/registry.ts";
import type { Io } from "../output/io.ts";
import { Progress, type ProgressStyle } from "../output/progress.ts";
import { checkOptions, formatOptions } from "./format-options.ts";
import { isFolder, isFolderOfFiles, takeSpecimen } from "./specimen.ts";

/** Options that every command with an input has. */
export interface InputOptions {
  readonly type?: string | undefined;
  readonly plugin?: readonly string[] | undefined;
  readonly index?: string | undefined;
  readonly inflate?: string | undefined;
  readonly allowRemoteScan?: boolean | undefined;
  readonly progress?: ProgressStyle | undefined;
  /** Options of the format's reader, `name=value`. */
  readonly option?: readonly string[] | undefined;
}

/** An input that is open: one file, or a set of shards as one reader. */
export interface Input extends AsyncDisposable {
  readonly name: string;
  readonly format: CliFormat;
  readonly loaded: LoadedFormat;
  // biome-ignore lint/suspicious/noExplicitAny: a command knows no type of record
  readonly reader: BaseIndexedReader<any> | ShardedReader<any, any>;
  /** The one reader, where the input is one file. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly single: BaseIndexedReader<any> | undefined;
}

/** Where an input is, and of which format, before it is opened. */
export interface Located extends AsyncDisposable {
  readonly locations: readonly string[];
  /** Whether more than one file may be meant. */
  readonly isSet: boolean;
  /** Whether data of the format are folders, which patterns then find. */
  readonly folders: boolean;
  readonly format: CliFormat;
  readonly loaded: LoadedFormat;
  readonly registry: Registry;
}

/** Finds out what arguments stand for; standard input is spooled to a file that goes with the answer. */
export async function locate(
  io: Io,
  paths: readonly string[],
  options: InputOptions,
): Promise<Located> {
  if (paths.length === 0)
    throw new UsageError("name a file, a pattern, a URL, or - for standard input");
  const registry = await Registry.with(options.plugin ?? []);
  const spooled = paths.includes("-") ? await (await import("./spool.ts")).spool(io) : undefined;
  const dispose = async (): Promise<void> => spooled?.[Symbol.asyncDispose]();
  try {
    const locations = paths.map((path) => (path === "-" ? (spooled?.path as string) : path));
    const { format, isSet } = await recognise(io, registry, locations, options.type);
    const loaded = await format.load();
    checkOptions(format, loaded, options.option ?? [], isSet ? "set" : "reader");
    const folders = loaded.Reader.folders === true;
    return { locations, isSet, folders, format, loaded, registry, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Opens what arguments stand for. */
export async function openInput(
  io: Io,
  paths: readonly string[],
  options: InputOptions,
  readerOptions: ReaderOptions = {},
): Promise<Input> {
  const located = await locate(io, paths, options);
  try {
    const opened = await openLocated(io, located, options, readerOptions);
    const close = async (): Promise<void> => {
      await opened.reader.close();
      await located[Symbol.asyncDispose]();
    };
    return { ...opened, [Symbol.asyncDispose]: close };
  } catch (error) {
    await located[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens what was located. */
export async function openLocated(
  io: Io,
  { locations, isSet, format, loaded }: Located,
  options: InputOptions,
  readerOptions: ReaderOptions = {},
): Promise<Input> {
  const progress = new Progress(io, options.progress ?? "auto", "indexing");
  const own: ReaderOptions = {
    signal: io.signal,
    onIndexProgress: progress.listener,
    remoteScan: options.allowRemoteScan,
    index: options.index,
    ...formatOptions(loaded, options),
    ...readerOptions,
  };
  try {
    if (!isSet) {
      const [location = ""] = locations;
      const reader = await loaded.Reader.open(location, own);
      return opened({ name: location, format, loaded, reader, single: reader });
    }
    const { index, ...rest } = own;
    if (index !== undefined && index !== "memory") {
      throw new UsageError("--index names one index, but the input is more than one file");
    }
    const { openShards } = await import("@nthrec/core/shards");
    // How many records a slice has, only its file knows.
    const lengths = locations.some((location) => isSlice(location)) ? "files" : undefined;
    const spec = await shardSpec(locations);
    const reader = await openShards(loaded.Reader, spec, { lengths, ...rest, index });
    return opened({ name: locations.join(" "), format, loaded, reader, single: undefined });
  } finally {
    progress.done();
  }
}

function opened(input: Omit<Input, typeof Symbol.asyncDispose>): Input {
  return { ...input, [Symbol.asyncDispose]: () => input.reader.close() };
}

/** Whether an argument stands for more than one file, or for a part of one. */
export function isPattern(location: string): boolean {
  const plain = location.replace(/^https?:\/\/[^?]*\?.*/i, "");
  return /[*?]|@\d+(?=\.|$)/.test(plain) || isSlice(plain);
}

/** Whether an argument stands for some records of a file. */
function isSlice(location: string): boolean {
  return /\[\d*:\d*\]$/.test(location);
}

/** What several arguments, or one that stands for more than one file, are together. */
export async function shardSpec(locations: readonly string[]): Promise<ShardSpec> {
  const { shardNames } = await import("@nthrec/core/shards");
  const specs = locations.map((location) => {
    if (/^[^?]*@\d+(?=\.|$)/.test(location) && !/^https?:/i.test(location)) {
      const names = shardNames(location);
      // A pattern finds files: of shards that are folders each is named.
      const folders = isFolder(names[0] as string);
      return folders ? names.map((filename) => ({ filename })) : [location];
    }
    if (isPattern(location) || isFolderOfFiles(location)) return [location];
    // A shard that is named is that file, and not the set that it belongs to: a shell's pattern names each.
    return [{ filename: location }];
  });
  return specs.flat();
}

async function recognise(
  io: Io,
  registry: Registry,
  locations: readonly string[],
  type: string | undefined,
): Promise<{ readonly format: CliFormat; readonly isSet: boolean }> {
  const [first = ""] = locations;
  const several = locations.length > 1 || isPattern(first);
  if (type !== undefined) {
    const format = registry.named(type);
    if (several) return { format, isSet: true };
    const specimen = await takeSpecimen(first, io.signal);
    const folder = specimen.folder !== undefined && format.recognise(specimen) === 0;
    return { format, isSet: folder };
  }
  const specimen = several
    ? await firstOf(registry, locations, io.signal)
    : await takeSpecimen(first, io.signal);
  if (specimen.folder === undefined)
    return { format: registry.recognise(specimen), isSet: several };
  const own = registry.formats.find((format) => format.recognise(specimen) > 0);
  if (own !== undefined) return { format: own, isSet: several };
  // A folder of shards is of the format of its first file.
  const shard = await firstOf(registry, locations, io.signal);
  return { format: registry.recognise(shard), isSet: true };
}

/** A look at the first file that a pattern or a folder stands for, or at the first folder where no format knows the file. */
async function firstOf(
  registry: Registry,
  locations: readonly string[],
  signal: AbortSignal,
): Promise<Specimen> {
  const { listShards } = await import("@nthrec/core/shards");
  const spec = await shardSpec(locations.slice(0, 1));
  const first = async (folders: boolean): Promise<Specimen> => {
    const { files } = await listShards(spec, { signal, folders });
    const [shard] = files;
    if (shard === undefined) throw new UsageError(`${locations[0]} stands for no file`);
    return await takeSpecimen(shard.data as string | StoreEntry, signal);
  };
  const file = await first(false).catch(whatIsMissing);
  if (!isNthrecError(file) && registry.find(file) !== undefined) return file;
  const folder = await first(true).catch(whatIsMissing);
  if (!isNthrecError(folder) && registry.find(folder) !== undefined) return folder;
  if (isNthrecError(file)) throw file;
  return file;
}

/** That nothing is there, as an answer. */
function whatIsMissing(error: unknown): NthrecError {
  if (isNthrecError(error, "NTH_NOT_FOUND")) return error;
  throw error;
}
