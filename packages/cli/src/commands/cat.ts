import type { ExitCode } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing } from "./print-records.ts";

/** `nthrec cat`: all records. */
export async function cat(
  io: Io,
  paths: readonly string[],
  options: InputOptions & PrintOptions,
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const printing = new Printing(io, input, options);
  await printing.range(0, input.reader.length);
  return printing.code;
}
