import { join } from "node:path";
import { entryOf, isNthrecError, type StoreEntry } from "@nthrec/core";
import { listShards } from "@nthrec/core/shards";
import { Exit, type ExitCode } from "../exit.ts";
import type { CliFormat } from "../formats/cli-format.ts";
import { Registry } from "../formats/registry.ts";
import { type InputOptions, isPattern } from "../input/open-input.ts";
import { takeSpecimen } from "../input/specimen.ts";
import type { Io } from "../output/io.ts";
import { grouped } from "../output/report.ts";

/** One line of a listing. */
interface Row {
  readonly name: string;
  readonly format: string;
  readonly bytes: number | undefined;
  /** Known only where an index, or the format itself, tells without a scan. */
  readonly records: number | undefined;
}

/** `nthrec ls`: files with their formats, sizes, and records where these are known without a scan. */
export async function ls(
  io: Io,
  paths: readonly string[],
  options: Pick<InputOptions, "type" | "plugin"> & { readonly json?: boolean },
): Promise<ExitCode> {
  const registry = await Registry.with(options.plugin ?? []);
  const type = options.type === undefined ? undefined : registry.named(options.type);
  const rows: Row[] = [];
  for (const path of paths.length === 0 ? ["."] : paths) {
    for (const location of await filesOf(path, registry, io.signal)) {
      rows.push(await rowOf(io, location, registry, type));
    }
  }
  if (options.json) {
    for (const row of rows) await io.stdout.write(`${JSON.stringify(row)}\n`);
    return Exit.ok;
  }
  for (const line of tableOf(rows)) await io.stdout.write(line);
  return Exit.ok;
}

/** What a path stands for: itself, what lies in a folder, or the files of a pattern. */
async function filesOf(
  path: string,
  registry: Registry,
  signal: AbortSignal,
): Promise<(string | StoreEntry)[]> {
  if (isPattern(path)) {
    const { files } = await listShards(path, { signal });
    return files.map(({ data }) => data as StoreEntry);
  }
  const specimen = await takeSpecimen(path, signal);
  const { folder } = specimen;
  if (folder === undefined || registry.formats.some((format) => format.recognise(specimen) > 0)) {
    return [path];
  }
  const names = folder.filter((name) => !name.startsWith(".") && !isSidecar(name, folder)).sort();
  return names.map((name) => (path === "." ? name : join(path, name)));
}

/** Whether a file is kept beside another one: its index, seal, keys, or what a recovery left. */
function isSidecar(name: string, folder: readonly string[]): boolean {
  const data = /^(.+?)\.(?:idx|idv1|seal|lock|torn|undo|bak(?:\.\d+)?|keys-.*)$/.exec(name)?.[1];
  return data !== undefined && folder.includes(data);
}

async function rowOf(
  io: Io,
  location: string | StoreEntry,
  registry: Registry,
  type: CliFormat | undefined,
): Promise<Row> {
  const specimen = await takeSpecimen(location, io.signal);
  const name = typeof location === "string" ? location : location.name;
  const bytes = specimen.size;
  const format = type ?? registry.find(specimen);
  if (format === undefined) {
    return {
      name,
      format: specimen.folder === undefined ? "-" : "folder",
      bytes,
      records: undefined,
    };
  }
  const { Reader, readerOptions } = await format.load();
  try {
    const options = { ...readerOptions, onStaleIndex: "throw", signal: io.signal };
    await using reader = await Reader.open(entryOf(location), options);
    return { name, format: format.name, bytes, records: reader.length };
  } catch (error) {
    if (!isNthrecError(error) || error.code === "NTH_ABORTED") throw error;
    return { name, format: format.name, bytes, records: undefined };
  }
}

function tableOf(rows: readonly Row[]): string[] {
  const cells = rows.map(({ name, format, bytes, records }) => [
    records === undefined ? "-" : grouped(records),
    bytes === undefined ? "-" : grouped(bytes),
    format,
    name,
  ]);
  const all = [["records", "bytes", "format", "name"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map(([records = "", bytes = "", format = "", name = ""]) => {
    const [a = 0, b = 0, c = 0] = widths;
    return `${records.padStart(a)}  ${bytes.padStart(b)}  ${format.padEnd(c)}  ${name}\n`;
  });
}
