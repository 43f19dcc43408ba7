import type { ExitCode } from "../exit.ts";
import type { Io } from "../output/io.ts";
import { type TransferOptions, transfer } from "../transfer/transfer.ts";
import { inputsAndOutput, oneFile } from "./convert.ts";

/** `nthrec merge`: the records of several files in one, in order, as they are. */
export async function merge(
  io: Io,
  args: readonly string[],
  options: TransferOptions,
): Promise<ExitCode> {
  const [paths, output] = inputsAndOutput(args);
  oneFile(output, 0);
  return await transfer(io, paths, options, {
    output,
    verb: "merging",
    to: ({ format }) => format,
    pieces: ({ reader }) => oneFile(output, reader.length),
  });
}
