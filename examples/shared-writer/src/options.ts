import { parseArgs } from "node:util";

/** What the command line says. */
export interface Options {
  readonly workers: number;
  /** Records that each worker writes. */
  readonly records: number;
  readonly kills: number;
  readonly seed: number;
  /** Largest payload of a record, characters. */
  readonly size: number;
  readonly help: boolean;
}

export const usage = `node examples/shared-writer/dist/main.js [options]
  --workers N   processes that append                     (4)
  --records N   records of each                           (2000)
  --kills N     times that one of them is killed          (20)
  --size N      longest payload of a record, characters   (20000)
  --seed N      repeats who is killed after which record  (another one each time)`;

/** Reads the command line. @throws {@link Error} with a sentence for what it does not know */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workers: { type: "string", default: "4" },
      records: { type: "string", default: "2000" },
      kills: { type: "string", default: "20" },
      size: { type: "string", default: "20000" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    workers: count("--workers", values.workers, 1),
    records: count("--records", values.records, 1),
    kills: count("--kills", values.kills, 0),
    size: count("--size", values.size, 1),
    seed: count("--seed", values.seed, 0),
    help: values.help,
  };
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${name} takes an integer of at least ${least}, not "${text}"`);
}
