import { type ExitCode, UsageError } from "../exit.ts";
import type { Io } from "../output/io.ts";
import {
  asSet,
  contiguous,
  filled,
  inTurn,
  type Piece,
  type Targets,
  targetsOf,
} from "../transfer/targets.ts";
import { type TransferOptions, transfer } from "../transfer/transfer.ts";
import { inputsAndOutput } from "./convert.ts";

type SplitOptions = TransferOptions & {
  readonly shards?: number;
  readonly records?: number;
  readonly roundRobin?: boolean;
};

/** `nthrec split`: the records of a file, or of several, in a set of shards, as they are. */
export async function split(
  io: Io,
  args: readonly string[],
  options: SplitOptions,
): Promise<ExitCode> {
  const [paths, output] = inputsAndOutput(args);
  const targets = setOf(output, options);
  return await transfer(io, paths, options, {
    output,
    verb: "splitting",
    to: ({ format }) => format,
    pieces: ({ reader }) => dealt(targets, reader.length, options),
  });
}

/** The set that is written; its number of shards is open where their size is given. */
function setOf(output: string, { shards, records, roundRobin }: SplitOptions): Targets {
  const named = targetsOf(output);
  const counts = [named.isSet ? named.count : undefined, shards].filter((n) => n !== undefined);
  if (counts.length + (records === undefined ? 0 : 1) !== 1) {
    throw new UsageError(
      "say once how to split: by the output's name (train@10.jsonl), --shards or --records",
    );
  }
  if (records !== undefined && roundRobin === true) {
    throw new UsageError(
      "--round-robin deals records to a number of shards: give that instead of --records",
    );
  }
  if (shards === 0 || records === 0) throw new UsageError("nothing can be split into parts of 0");
  if (named.isSet && named.count !== undefined) return named;
  const open = named.isSet ? named : targetsOf(asSet(output, "*"));
  return { ...open, count: shards };
}

function dealt(targets: Targets, length: number, { records, roundRobin }: SplitOptions): Piece[] {
  if (records !== undefined) {
    // An empty input is one empty shard.
    return filled(targets.names(Math.max(1, Math.ceil(length / records))), length, records);
  }
  const names = targets.names(targets.count as number);
  return roundRobin === true ? inTurn(names, length) : contiguous(names, length);
}
