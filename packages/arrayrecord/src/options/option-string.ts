import { NthrecError } from "@nthrec/core";

/** An option string taken apart: values by key, in the order in which they stand. */
export type RawOptions = ReadonlyMap<string, string>;

/**
 * Takes an option string of the original apart: `key:value,key,…` (formats/arrayrecord.md 5).
 *
 * @param declared The keys there are, as the error message lists them.
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` in the original's words
 */
export function splitOptions(text: string, declared: readonly string[]): RawOptions {
  if (typeof text !== "string") throw new TypeError(`options are a string, not ${text}`);
  const found = new Map<string, string>();
  for (const option of text.split(",")) {
    if (option === "") continue;
    const colon = option.indexOf(":");
    const key = colon < 0 ? option : option.slice(0, colon);
    if (!declared.includes(key)) {
      throw invalidOptions(`Unknown option ${key}, valid options: ${declared.join(", ")}`);
    }
    if (found.has(key)) throw invalidOptions(`Option ${key} is present more than once`);
    if (key === "default" && found.size > 0) throw invalidOptions("Option default must be first");
    found.set(key, colon < 0 ? "" : option.slice(colon + 1));
  }
  return found;
}

/**
 * Typed fields as options, behind those of an option string that they do not replace.
 *
 * @param typed By key; those that are `undefined` are left out.
 */
export function withFields(text: string, typed: Readonly<Record<string, unknown>>): string {
  if (typeof text !== "string") throw new TypeError(`options are a string, not ${text}`);
  const fields = Object.entries(typed).filter(([, value]) => value !== undefined);
  const replaced = new Set(fields.map(([key]) => key));
  const rest = text.split(",").filter((option) => !replaced.has(option.split(":")[0] as string));
  return [...rest, ...fields.map(([key, value]) => `${key}:${value}`)].join(",");
}

/** One way to read a value; `undefined` where it is another's. */
export interface ValueParser<T> {
  /** As the error message names it. */
  readonly valid: string;
  parse(value: string): T | undefined;
}

/** Reads the value of `key` by the first parser that takes it. */
export function readValue<T>(key: string, value: string, ...parsers: ValueParser<T>[]): T {
  for (const parser of parsers) {
    const found = parser.parse(value);
    if (found !== undefined) return found;
  }
  const valid = parsers.map((parser) => parser.valid).join(", ");
  const shown = value === "" ? "(empty)" : value;
  throw invalidOptions(`Option ${key}: invalid value: ${shown}, valid values: ${valid}`);
}

/** The value `name` and nothing else; the empty one is shown as `(empty)`. */
export function constant<T>(name: string, meaning: T): ValueParser<T> {
  return {
    valid: name === "" ? "(empty)" : name,
    parse: (value) => (value === name ? meaning : undefined),
  };
}

/** A decimal integer of a range; blanks around it, a sign and leading zeros are allowed. */
export function integer(least: number, most: number): ValueParser<number> {
  return {
    valid: `integers in the range [${least}..${most}]`,
    parse(value) {
      if (!/^\s*[+-]?\d+\s*$/.test(value)) return undefined;
      const number = Number(value);
      return number >= least && number <= most ? number : undefined;
    },
  };
}

const SUFFIXES = "BkKMGTPE";
const EXPONENTS = [0, 10, 10, 20, 30, 40, 50, 60];

/**
 * A number of bytes: a real number, decimal or hexadecimal, with an optional suffix that is a power of 1024. `16MB` is the same as
 * `16M`, though the original does not take it.
 *
 * @param shown The largest number as the error message shows it.
 */
export function bytes(least: number, most: number, shown: string): ValueParser<number> {
  return {
    valid: `integers expressed as reals with optional suffix [${SUFFIXES}], in the range [${least}..${shown}]`,
    parse(value) {
      const match = /^\s*(.+?)(?:([BkKMGTPE])|([kKMGTPE])B)?\s*$/s.exec(value);
      const number = real(match?.[1]?.trim() ?? "");
      const suffix = match?.[2] ?? match?.[3] ?? "B";
      const size = roundHalfUp(number * 2 ** (EXPONENTS[SUFFIXES.indexOf(suffix)] as number));
      if (!(size >= least)) return undefined;
      // Larger ones are as good as the largest where that is 2^64 - 1.
      return size <= most ? size : most >= 2 ** 63 ? most : undefined;
    },
  };
}

function real(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^\+?inf(?:inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const hex = /^\+?0[xX]([0-9a-fA-F]+)(?:[pP]([+-]?\d+))?$/.exec(text);
  if (hex === null) return Number.NaN;
  return Number.parseInt(hex[1] as string, 16) * 2 ** Number(hex[2] ?? 0);
}

function roundHalfUp(value: number): number {
  return Math.floor(value + 0.5);
}

/** The error of an option string. */
export function invalidOptions(message: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message);
}
