import { type DataInput, NthrecError } from "@nthrec/core";
import type { ShardItem } from "@nthrec/core/shards";

/**
 * Some records of one file, in the words of the original's code (`skip`, `take`) or of its documentation (`start`,
 * `num_records`); both spellings of a name are the same.
 */
export interface FileInstruction {
  readonly filename: DataInput;
  /** Records to leave out at the front. @default 0 */
  readonly skip?: number | undefined;
  /** Records to take. @default all that follow */
  readonly take?: number | undefined;
  /** The same as `skip`. */
  readonly start?: number | undefined;
  /** The same as `take`. */
  readonly numRecords?: number | undefined;
  /** The same as `take`. */
  readonly num_records?: number | undefined;
  /** Records in the file: with it nothing is opened before a record is wanted. @default unknown */
  readonly examplesInShard?: number | undefined;
  /** The same as `examplesInShard`. */
  readonly examples_in_shard?: number | undefined;
}

/** A member of a data source as sets of shards take it. @throws {@link NthrecError} `NTH_INVALID_VALUE` for two words that disagree */
export function itemOf(item: DataInput | FileInstruction): ShardItem {
  if (typeof item !== "object" || item === null || !("filename" in item)) return item;
  return {
    filename: item.filename,
    skip: oneOf(item, "skip", "start"),
    take: oneOf(item, "take", "numRecords", "num_records"),
    examplesInShard: oneOf(item, "examplesInShard", "examples_in_shard"),
  };
}

function oneOf(
  item: FileInstruction,
  ...names: Exclude<keyof FileInstruction, "filename">[]
): number | undefined {
  const given = names.filter((name) => item[name] !== undefined);
  const [first, second] = given;
  if (first === undefined) return undefined;
  if (second !== undefined && item[first] !== item[second]) {
    const message = `an instruction says ${first}: ${item[first]} and ${second}: ${item[second]}, which mean the same`;
    throw new NthrecError("NTH_INVALID_VALUE", message);
  }
  return item[first];
}
