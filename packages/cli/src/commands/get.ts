import { NthrecError } from "@nthrec/core";
import { type ExitCode, UsageError } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing, range } from "./print-records.ts";

/** `nthrec get`: records by their numbers. */
export async function get(
  io: Io,
  [path = "", ...numbers]: readonly string[],
  options: InputOptions & PrintOptions,
): Promise<ExitCode> {
  await using input = await openInput(io, [path], options);
  const { length } = input.reader;
  const printing = new Printing(io, input, options);
  await printing.at(chosen(numbers, length, input.name));
  return printing.code;
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
