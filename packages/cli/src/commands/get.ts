import { NthrecError } from "@nthrec/core";
import { type ExitCode, UsageError } from "../exit.ts";
import { type Input, openInput } from "../input/open-input.ts";
import type { KeyOptions } from "../input/open-keys.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing, range } from "./print-records.ts";

/** `nthrec get`: records by their numbers, or by their keys. */
export async function get(
  io: Io,
  [path = "", ...numbers]: readonly string[],
  options: KeyOptions & PrintOptions & { readonly key: readonly string[] },
): Promise<ExitCode> {
  if (numbers.length > 0 === options.key.length > 0) {
    throw new UsageError("name records by their numbers, or by --key");
  }
  await using input = await openInput(io, [path], options);
  const printing = new Printing(io, input, options);
  if (numbers.length > 0) await printing.at(chosen(numbers, input.reader.length, input.name));
  else await printing.at(await keyed(io, input, options));
  return printing.code;
}

/** The numbers of the records with the keys that are wanted. */
async function keyed(
  io: Io,
  input: Input,
  options: KeyOptions & { readonly key: readonly string[] },
): Promise<number[]> {
  const { openKeys } = await import("../input/open-keys.ts");
  const { numbersOf } = await import("./keys.ts");
  await using keys = await openKeys(io, input, { ...options, allowMissing: true });
  const numbers: number[] = [];
  for (const key of options.key) numbers.push(...(await numbersOf(keys, key, options)));
  return numbers;
}

function* chosen(numbers: readonly string[], length: number, name: string): Generator<number> {
  for (const text of numbers) {
    if (text.includes(":")) yield* sliced(text, length);
    else yield placed(whole(text), length, name);
  }
}

function placed(number: number, length: number, name: string): number {
  const index = number < 0 ? number + length : number;
  if (index >= 0 && index < length) return index;
  throw new NthrecError(
    "NTH_OUT_OF_RANGE",
    `record ${number} does not exist: ${name} has ${length} records`,
    {
      source: name,
      index: number,
    },
  );
}

/** A slice as Python has it. */
function sliced(text: string, length: number): Generator<number> {
  const parts = text.trim().split(":");
  if (parts.length > 3)
    throw new UsageError(`${text} is no slice: write start:end or start:end:step`);
  const [start, end, step = 1] = parts.map((part) => (part === "" ? undefined : whole(part)));
  if (step === 0) throw new UsageError(`${text}: the step of a slice cannot be 0`);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (place: number): number =>
    Math.min(high, Math.max(low, place < 0 ? place + length : place));
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start);
  const to = end === undefined ? (step > 0 ? high : low) : clamp(end);
  return range(from, to, step);
}

function whole(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new UsageError(`${JSON.stringify(text)} is no number of a record`);
}
