import { parseArgs } from "node:util";

/** What the command line says. */
export interface Options {
  /** Names of cases; none means all of them. */
  readonly only: readonly string[];
  readonly rounds: number;
  /** After which no further round of a case begins. */
  readonly seconds: number;
  readonly records: number;
  /** Where the numbers go as JSON. */
  readonly json: string | undefined;
  /** Folder for a CPU profile of each case. */
  readonly profile: string | undefined;
  /** Whether the time counts that processors worked, and not the time that passed. */
  readonly cpu: boolean;
  readonly rival: boolean;
  /** Whether to print the names of the cases, and nothing else. */
  readonly list: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]
  --only a,b       these cases, and those whose names begin with "a-": CASES
  --rounds N       rounds that count                  (7)
  --seconds N      begins no further round of a case after these, from the third on
  --records N      records of the generated file      (1000000)
  --json FILE      writes the numbers as JSON
  --profile DIR    writes a CPU profile of each case
  --cpu            counts the time that processors worked: for a busy machine
  --no-rival       leaves the Python original out
  --list           prints the names of the cases`;

/** Reads the command line. @throws {@link Error} with a sentence for what it does not know */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: "string", default: "" },
      rounds: { type: "string", default: "7" },
      seconds: { type: "string" },
      records: { type: "string", default: "1000000" },
      json: { type: "string" },
      profile: { type: "string" },
      cpu: { type: "boolean", default: false },
      rival: { type: "boolean", default: true },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    only: values.only.split(",").filter((name) => name !== ""),
    rounds: count("--rounds", values.rounds, 1),
    seconds: values.seconds === undefined ? Infinity : count("--seconds", values.seconds, 1),
    records: count("--records", values.records, 20_000),
    json: values.json,
    profile: values.profile,
    cpu: values.cpu,
    rival: values.rival,
    list: values.list,
    help: values.help,
  };
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${name} takes an integer of at least ${least}, not "${text}"`);
}

/** The cases that `only` names: a case, or what the names of several begin with; all where it names none. */
export function chosenCases(
  names: readonly string[],
  only: readonly string[],
): { readonly chosen: readonly string[]; readonly unknown: readonly string[] } {
  const named = (word: string): readonly string[] =>
    names.includes(word) ? [word] : names.filter((name) => name.startsWith(`${word}-`));
  const chosen = new Set(only.flatMap(named));
  return {
    chosen: only.length === 0 ? names : names.filter((name) => chosen.has(name)),
    unknown: only.filter((word) => named(word).length === 0),
  };
}
