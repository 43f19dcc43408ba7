import { NthrecError } from "@nthrec/core";
import { stringEnd } from "./string-end.ts";

/** What a replacer is: as JSON.stringify takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** Nesting that every JSON reader takes; orjson, which the Python original reads with, refuses more. */
const MAX_DEPTH = 1024;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

/** JSON.stringify escapes a surrogate only when it is alone; an even number of backslashes before is text. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;
/** How a bigint travels through JSON.stringify, between two lone surrogates, which no other string may hold. */
const MARKED_INTEGER = /"\\ud800(-?\d+)\\udc00"/g;

/**
 * The JSON text of one record, on one line.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for what has no JSON text, or one that not every reader takes
 */
export function stringifyRecord(
  value: unknown,
  replacer: Replacer | undefined,
  bigints: boolean,
): string {
  let text: string | undefined;
  try {
    text = bigints
      ? stringifyBigints(value, replacer)
      : JSON.stringify(value, replacer as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw error instanceof NthrecError ? error : refusal(error);
  }
  if (text === undefined) {
    throw invalid(`a record of type ${typeof value} has no JSON text: append null for "no value"`);
  }
  if (text.includes("\\ud") && LONE_SURROGATE.test(text)) throw loneSurrogate();
  if (text.length > 2 * MAX_DEPTH && isTooDeep(text)) {
    throw invalid(
      `the record is nested more than ${MAX_DEPTH} levels deep, which JSON readers refuse`,
    );
  }
  return text;
}

function stringifyBigints(value: unknown, replacer: Replacer | undefined): string | undefined {
  let integers = 0;
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, json) {
    // A program may have given BigInt a toJSON of its own; the holder still has the bigint.
    const raw = typeof this[key] === "bigint" ? this[key] : json;
    const item = replacer === undefined ? raw : replacer.call(this, key, raw);
    if (typeof item !== "bigint") return item;
    if (item < MIN_INTEGER || item > MAX_INTEGER) throw tooLarge(item);
    integers++;
    return `\ud800${item}\udc00`;
  });
  if (integers === 0 || text === undefined) return text;
  let found = 0;
  const exact = text.replace(MARKED_INTEGER, (_, digits: string) => {
    found++;
    return digits;
  });
  if (found !== integers) throw loneSurrogate();
  return exact;
}

/** Looks closer only at a text with enough brackets. */
function isTooDeep(text: string): boolean {
  return count(text, "[") + count(text, "{") > MAX_DEPTH && depthOf(text) > MAX_DEPTH;
}

function count(text: string, bracket: string): number {
  let found = 0;
  for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) found++;
  return found;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}

function tooLarge(value: bigint): NthrecError {
  const digits = String(value);
  const shown = digits.length > 40 ? `${digits.slice(0, 40)}... (${digits.length} digits)` : digits;
  return invalid(
    `the integer ${shown} is outside -2^63 to 2^64-1, and JSON readers would round it: append it as a string`,
  );
}

function loneSurrogate(): NthrecError {
  return invalid(
    "the record holds text with a lone surrogate, which is no character and which JSON readers refuse: " +
      "repair it with String.prototype.toWellFormed()",
  );
}

function refusal(cause: unknown): NthrecError {
  const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
  const hint = /BigInt/.test(String(reason))
    ? ': open the writer with bigints: "bigint" to write bigints as integers'
    : "";
  return invalid(`the record has no JSON text (${reason})${hint}`, cause);
}

function invalid(message: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message, { cause });
}
