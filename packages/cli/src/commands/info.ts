import { promises } from "node:fs";
import { Exit, type ExitCode } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { printFacts } from "../output/report.ts";

/** `nthrec info`: what a file is, and what is known of it. */
export async function info(
  io: Io,
  paths: readonly string[],
  options: InputOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const { reader, single, format, loaded } = input;
  const report = single === undefined ? undefined : await single.verify({ level: "quick" });
  const shards = single === undefined && "shards" in reader ? reader.shards.length : undefined;
  await printFacts(io, options.json === true, {
    name: input.name,
    format: format.name,
    records: reader.length,
    bytes: report?.bytes ?? (await sizeOf(input.name)),
    shards,
    index: report?.indexState ?? (single === undefined ? undefined : "none"),
    ...(await loaded.facts?.(single ?? reader)),
  });
  return Exit.ok;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await promises.stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
