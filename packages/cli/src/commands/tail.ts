import { type ExitCode, UsageError } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing } from "./print-records.ts";

/** `nthrec tail`: the last records, and with `--follow` those that come. */
export async function tail(
  io: Io,
  paths: readonly string[],
  options: InputOptions & PrintOptions & { readonly records: number; readonly follow?: boolean },
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const { reader, single } = input;
  if (options.follow === true && (single === undefined || paths.includes("-"))) {
    throw new UsageError("--follow takes one file");
  }
  const { length } = reader;
  const printing = new Printing(io, input, options);
  await printing.range(Math.max(0, length - options.records), length);
  if (options.follow !== true || single === undefined) return printing.code;
  let index = length;
  try {
    for await (const record of single.follow({ from: length, signal: io.signal })) {
      // What follows is behind the reader's own view of the file.
      if (options.raw === true) await single.refresh();
      await printing.record(record, index++);
    }
  } catch (error) {
    // To be stopped is how following ends.
    if (!io.signal.aborted) throw error;
  }
  return printing.code;
}
