import { permutation } from "@nthrec/core/order";
import type { ExitCode } from "../exit.ts";
import { type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import type { PrintOptions } from "../output/record-printer.ts";
import { Printing, range } from "./print-records.ts";

/** `nthrec sample`: records chosen at random, each at most once. */
export async function sample(
  io: Io,
  paths: readonly string[],
  options: InputOptions & PrintOptions & { readonly records: number; readonly seed?: number },
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const printing = new Printing(io, input, options);
  const { length } = input.reader;
  if (length > 0) {
    const order = permutation(length, options.seed ?? Math.floor(Math.random() * 2 ** 32));
    const places = function* (): Generator<number> {
      for (const i of range(0, Math.min(options.records, length))) yield order.get(i);
    };
    await printing.at(places());
  }
  return printing.code;
}
