import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The number of a record whose place was not told. */
export const UNTOLD = -1;

/** What a writer was told, written down at once: it may be killed at any moment after. */
export class AckLog {
  readonly #fd: number;

  constructor(folder: string, writer: string) {
    this.#fd = openSync(join(folder, writer), "a");
  }

  /** Record `number` of this writer is record `index` of the file. */
  add(number: number, index: number): void {
    writeSync(this.#fd, `${number} ${index}\n`);
  }

  /** Several at once. */
  addAll(first: number, indexes: readonly number[]): void {
    writeSync(this.#fd, indexes.map((index, i) => `${first + i} ${index}\n`).join(""));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** What all writers were told: by writer, from its own numbers to places in the file. */
export type Acks = Map<string, Map<number, number>>;

/** Reads all logs in a folder. A last line that a kill cut short was not told to anyone. */
export function readAcks(folder: string): Acks {
  const acks: Acks = new Map();
  if (!existsSync(folder)) return acks;
  for (const writer of readdirSync(folder)) {
    const lines = readFileSync(join(folder, writer), "utf8").split("\n").slice(0, -1);
    acks.set(writer, new Map(lines.map((line) => line.split(" ").map(Number) as [number, number])));
  }
  return acks;
}

/** Acknowledgements in all. */
export function countAcks(acks: Acks): number {
  return [...acks.values()].reduce((sum, each) => sum + each.size, 0);
}
