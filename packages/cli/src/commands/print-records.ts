import { isNthrecError } from "@nthrec/core";
import { Exit, type ExitCode } from "../exit.ts";
import type { Input } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { type PrintOptions, RecordPrinter } from "../output/record-printer.ts";
import { complain } from "../output/report.ts";

/** Records asked for at a time: enough for neighbours to travel together. */
const BATCH = 64;

/** What a command that prints records needs of an input. */
export type Printed = Pick<Input, "reader" | "loaded">;

/** Prints records of an input, and goes on behind those that are damaged. */
export class Printing {
  readonly #io: Io;
  readonly #input: Printed;
  readonly #printer: RecordPrinter;
  #code: ExitCode = Exit.ok;

  constructor(io: Io, input: Printed, options: PrintOptions) {
    this.#io = io;
    this.#input = input;
    this.#printer = new RecordPrinter(io, input.loaded, options);
  }

  /** Whether all that was asked for was sound. */
  get code(): ExitCode {
    return this.#code;
  }

  /** Prints one record. */
  async record(record: unknown, index: number): Promise<void> {
    await this.#printer.print(record, index, () => this.#input.reader.getBytes(index));
  }

  /** Prints the records from `start` to before `end`, read ahead. */
  async range(start: number, end: number): Promise<void> {
    let index = start;
    while (index < end) {
      try {
        for await (const record of this.#input.reader.slice(index, end)) {
          this.#io.signal.throwIfAborted();
          await this.record(record, index);
          index++;
        }
      } catch (error) {
        await this.#damage(error);
        index++;
      }
    }
  }

  /** Prints the records at `indices`, in their order. */
  async at(indices: Iterable<number>): Promise<void> {
    let batch: number[] = [];
    for (const index of indices) {
      batch.push(index);
      if (batch.length < BATCH) continue;
      await this.#batch(batch);
      batch = [];
    }
    await this.#batch(batch);
  }

  async #batch(batch: readonly number[]): Promise<void> {
    let records: unknown[];
    try {
      records = await this.#input.reader.getMany(batch, { signal: this.#io.signal });
    } catch (error) {
      if (!isDamage(error)) throw error;
      // One of them is damaged: each by itself.
      for (const index of batch) await this.range(index, index + 1);
      return;
    }
    for (const [i, record] of records.entries()) await this.record(record, batch[i] as number);
  }

  /** Tells of a damaged record, which does not concern the others; throws every other error. */
  async #damage(error: unknown): Promise<void> {
    if (!isDamage(error)) throw error;
    await complain(this.#io, error);
    this.#code = Exit.damage;
  }
}

function isDamage(error: unknown): boolean {
  return isNthrecError(error, "NTH_CORRUPTION", "NTH_DECODE_ERROR");
}

/** The numbers from `start` to `end`. */
export function* range(start: number, end: number, step = 1): Generator<number> {
  for (let i = start; step > 0 ? i < end : i > end; i += step) yield i;
}
