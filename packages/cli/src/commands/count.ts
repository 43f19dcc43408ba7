import { Exit, type ExitCode } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";

/** `nthrec count`: how many records there are. */
export async function count(
  io: Io,
  paths: readonly string[],
  options: InputOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const { length } = input.reader;
  await io.stdout.write(options.json ? `${JSON.stringify({ records: length })}\n` : `${length}\n`);
  return Exit.ok;
}
