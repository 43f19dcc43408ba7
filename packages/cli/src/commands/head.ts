import { entryOf, isNthrecError, subSource } from "@nthrec/core";
import type { ExitCode } from "../exit.ts";
import { formatOptions } from "../input/format-options.ts";
import { type InputOptions, type Located, locate, openLocated } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing } from "./print-records.ts";

type HeadOptions = InputOptions & PrintOptions & { readonly records: number };

/** What is read first where there is no index; four times as much each time that it was too little, bytes. */
const FIRST_BYTES = 64 * 1024;

/** `nthrec head`: the first records, for which a large file need not have an index. */
export async function head(
  io: Io,
  paths: readonly string[],
  options: HeadOptions,
): Promise<ExitCode> {
  await using located = await locate(io, paths, options);
  if (!located.isSet && located.loaded.prefix === true && !(await hasIndex(io, located, options))) {
    const code = await printPrefix(io, located, options);
    if (code !== undefined) return code;
  }
  await using input = await openLocated(io, located, options);
  const printing = new Printing(io, input, options);
  await printing.range(0, Math.min(options.records, input.reader.length));
  return printing.code;
}

/** Whether there is an index that can be used as it is. */
async function hasIndex(
  io: Io,
  { locations: [path], loaded }: Located,
  own: HeadOptions,
): Promise<boolean> {
  try {
    const { index } = own;
    const options = {
      index,
      onStaleIndex: "throw",
      signal: io.signal,
      ...formatOptions(loaded, own),
    };
    const sound = await loaded.Reader.open(path, options);
    await sound.close();
    return true;
  } catch (error) {
    // What is wrong with the data is told when the records are read.
    if (isNthrecError(error, "NTH_NOT_FOUND", "NTH_ABORTED")) throw error;
    return false;
  }
}

/** Prints the first records out of the beginning of a file; `undefined` where that is no small part of it. */
async function printPrefix(
  io: Io,
  { locations: [path = ""], loaded }: Located,
  options: HeadOptions,
): Promise<ExitCode | undefined> {
  const { store, name } = entryOf(path);
  const source = await store.open(name, { signal: io.signal });
  try {
    for (let bytes = FIRST_BYTES; bytes < source.size; bytes *= 4) {
      const plain = { index: "memory", tail: "ignore", signal: io.signal } as const;
      const own = { ...formatOptions(loaded, options), ...plain };
      await using reader = await loaded.Reader.open(subSource(source, 0, bytes), own);
      if (reader.length < options.records) continue;
      const printing = new Printing(io, { reader, loaded }, options);
      await printing.range(0, options.records);
      return printing.code;
    }
    return undefined;
  } finally {
    await source.close();
  }
}
