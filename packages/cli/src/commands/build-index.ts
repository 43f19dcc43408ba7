import {
  BaseIndexedReader,
  buildIndex,
  type StoreEntry,
  type VerifyReport,
  verifyIndex,
} from "@nthrec/core";
import { listShards } from "@nthrec/core/shards";
import { Exit, type ExitCode, UsageError } from "../exit.ts";
import type { LoadedFormat } from "../formats/cli-format.ts";
import { formatOptions } from "../input/format-options.ts";
import { type InputOptions, type Located, locate, shardSpec } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { Progress } from "../output/progress.ts";
import { counted } from "../output/report.ts";

type IndexOptions = InputOptions & {
  readonly anew?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
};

/** Whether core can work on the format's class: it comes of the core that this program has, and not of a plugin's copy. */
function isOwn({ Reader, opensOnly }: LoadedFormat): boolean {
  if (opensOnly === true) return false;
  return (Reader as { readonly prototype: unknown }).prototype instanceof BaseIndexedReader;
}

/** `nthrec index`: makes sure that every file has a sound index, or only looks whether it has. */
export async function buildIndexes(
  io: Io,
  paths: readonly string[],
  options: IndexOptions,
): Promise<ExitCode> {
  await using located = await locate(io, paths, options);
  const files = await filesOf(located, io.signal);
  if (options.index !== undefined && files.length > 1) {
    throw new UsageError("--index names one index, but the input is more than one file");
  }
  let code: ExitCode = Exit.ok;
  for (const file of files) {
    const name = typeof file === "string" ? file : file.name;
    const fact = options.check
      ? await checkOne(io, located, file, options)
      : { records: await buildOne(io, located, file, options), ok: true };
    if (!fact.ok) code = Exit.index;
    const text = options.json
      ? JSON.stringify({ name, ...fact })
      : `${name}: ${counted(fact.records, "record")}${fact.ok ? "" : ", no sound index"}`;
    await io.stdout.write(`${text}\n`);
  }
  return code;
}

async function filesOf(located: Located, signal: AbortSignal): Promise<(string | StoreEntry)[]> {
  const { isSet, locations, folders } = located;
  if (!isSet) return [...locations];
  const { files } = await listShards(await shardSpec(locations), { signal, folders });
  return files.map(({ data }) => data as string | StoreEntry);
}

async function buildOne(
  io: Io,
  { loaded }: Located,
  file: string | StoreEntry,
  options: IndexOptions,
): Promise<number> {
  const { index, anew, progress, allowRemoteScan } = options;
  const meter = new Progress(io, progress ?? "auto", "indexing");
  try {
    const own = {
      ...formatOptions(loaded, options),
      index,
      signal: io.signal,
      remoteScan: allowRemoteScan,
      onIndexProgress: meter.listener,
    };
    if (isOwn(loaded)) return await buildIndex(loaded.Reader, file, { ...own, anew });
    await using reader = await loaded.Reader.open(file, own);
    if (anew) await reader.rebuildIndex();
    return reader.length;
  } finally {
    meter.done();
  }
}

async function checkOne(
  io: Io,
  { loaded }: Located,
  file: string | StoreEntry,
  options: IndexOptions,
): Promise<{ readonly records: number; readonly ok: boolean; readonly index: string | undefined }> {
  const { index, allowRemoteScan } = options;
  const own = {
    ...formatOptions(loaded, options),
    index,
    signal: io.signal,
    remoteScan: allowRemoteScan,
  };
  const report = isOwn(loaded)
    ? await verifyIndex(loaded.Reader, file, { ...own, level: "quick" })
    : await verifyOpen(loaded, file, own);
  const ok = report.ok && (report.indexState === undefined || report.indexState === "valid");
  return { records: report.records, ok, index: report.indexState };
}

async function verifyOpen(
  { Reader }: LoadedFormat,
  file: string | StoreEntry,
  options: Readonly<Record<string, unknown>>,
): Promise<VerifyReport> {
  const asItIs = { ...options, onStaleIndex: "memory", tail: "ignore" };
  await using reader = await Reader.open(file, asItIs);
  return await reader.verify({ level: "quick" });
}
