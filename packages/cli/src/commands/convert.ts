import { type ExitCode, UsageError } from "../exit.ts";
import type { CliFormat } from "../formats/cli-format.ts";
import type { Input, Located } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { readSchema } from "../transfer/record-schema.ts";
import { contiguous, type Piece, type Run, runByRun, targetsOf } from "../transfer/targets.ts";
import { type TransferOptions, transfer } from "../transfer/transfer.ts";

type ConvertOptions = TransferOptions & {
  readonly to?: string;
  readonly as?: "json";
  readonly schema?: string;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly field?: string;
};

/** `nthrec convert`: records of one format as records of another. */
export async function convert(
  io: Io,
  args: readonly string[],
  options: ConvertOptions,
): Promise<ExitCode> {
  const [paths, output] = inputsAndOutput(args);
  const targets = targetsOf(output);
  return await transfer(io, paths, options, {
    output,
    verb: "converting",
    to: (located) => formatFor(located, output, options.to),
    as: options.as,
    tensor: { dtype: options.dtype, shape: options.shape, field: options.field },
    schema: options.schema === undefined ? undefined : await readSchema(options.schema),
    pieces: (input) => {
      const runs = shardsOf(input);
      // As many as there are: each shard becomes one.
      const count = targets.count ?? runs.length;
      const names = targets.names(count);
      return targets.isSet && count === runs.length
        ? runByRun(names, runs)
        : contiguous(names, input.reader.length);
    },
  });
}

/** The arguments of a command whose last one is what it writes. @throws {@link UsageError} */
export function inputsAndOutput(
  args: readonly string[],
): [inputs: readonly string[], output: string] {
  const output = args.at(-1);
  if (args.length < 2 || output === undefined) {
    throw new UsageError("name what is read, and then what is written");
  }
  if (output === "-") throw new UsageError("standard output takes no records of a file: use cat");
  return [args.slice(0, -1), output];
}

/** The format of an output: the one that is named, or the one that its name tells. @throws {@link UsageError} */
function formatFor({ registry }: Located, output: string, named: string | undefined): CliFormat {
  return named === undefined ? registry.forOutput(output) : registry.named(named);
}

/** The records of each file of an input. */
function shardsOf({ reader }: Input): readonly Run[] {
  return "shards" in reader ? reader.shards : [{ start: 0, length: reader.length }];
}

/** The one file that a command writes. @throws {@link UsageError} for the name of a set */
export function oneFile(output: string, length: number): Piece[] {
  const { isSet, names } = targetsOf(output);
  if (isSet) throw new UsageError(`${output} names several files, but one is written`);
  return contiguous(names(1), length);
}
