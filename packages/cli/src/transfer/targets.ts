import { basename } from "node:path";
import { shardNames } from "@nthrec/core/shards";
import { UsageError } from "../exit.ts";

/** What one output file holds: records `start`, `start + step`, … of the input, `count` of them. */
export interface Piece {
  /** Path of the file. */
  readonly path: string;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** A run of records of the input that belong together. */
export interface Run {
  readonly start: number;
  readonly length: number;
}

/** A set of files to write: one, or as many as its name says; `undefined` where the input decides. */
export interface Targets {
  readonly count: number | undefined;
  readonly isSet: boolean;
  names(count: number): readonly string[];
}

/**
 * What the name of an output stands for: one file, `name@10.jsonl`, `name@*.jsonl`, or the name of any shard of the set,
 * `name-00000-of-00010.jsonl`.
 *
 * @throws {@link UsageError} for what cannot be written
 */
export function targetsOf(output: string): Targets {
  if (/^https?:/i.test(output))
    throw new UsageError(`${output} lies on a web server: write to a file`);
  if (/[*?]/.test(basename(output).replace(/@\*/, ""))) {
    throw new UsageError(
      `${output} is a pattern: outputs are one file, or name@10.jsonl, name@*.jsonl`,
    );
  }
  const [, prefix, counted, suffix = ""] =
    /^(.*)@(\d+|\*)(\.[^@/\\]*)?$/s.exec(output) ??
    /^(.*)-\d{5,}-of-(\d{5,})(\.[^/\\]*)?$/s.exec(output) ??
    [];
  if (prefix === undefined) return { count: 1, isSet: false, names: () => [output] };
  const count = counted === "*" ? undefined : Number(counted);
  if (count === 0) throw new UsageError(`${output}: a set has at least one shard`);
  return { count, isSet: true, names: (wanted) => shardNames(`${prefix}@${wanted}${suffix}`) };
}

/** The name of a set of `count` files like this one: `train.jsonl` becomes `train@10.jsonl`. */
export function asSet(output: string, count: number | "*"): string {
  const [, stem = output, ending = ""] = /^(.*?[^/\\])(\.[^/\\]*)?$/s.exec(output) ?? [];
  return `${stem}@${count}${ending}`;
}

/** Files that each take so many records, one after another; their numbers differ by one at most. */
export function contiguous(names: readonly string[], length: number): Piece[] {
  const count = names.length;
  return names.map((path, i) => {
    const start = Math.floor((length * i) / count);
    return { path, start, step: 1, count: Math.floor((length * (i + 1)) / count) - start };
  });
}

/** Files of `size` records each; the last one may have fewer. */
export function filled(names: readonly string[], length: number, size: number): Piece[] {
  return names.map((path, i) => {
    const start = Math.min(length, i * size);
    return { path, start, step: 1, count: Math.min(length - start, size) };
  });
}

/** Files that the records go to in turn. */
export function inTurn(names: readonly string[], length: number): Piece[] {
  const step = names.length;
  return names.map((path, start) => {
    return { path, start, step, count: Math.max(0, Math.ceil((length - start) / step)) };
  });
}

/** A file for each run of the input. */
export function runByRun(names: readonly string[], runs: readonly Run[]): Piece[] {
  return names.map((path, i) => {
    const { start, length } = runs[i] as Run;
    return { path, start, step: 1, count: length };
  });
}
