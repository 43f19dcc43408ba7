import { stringEnd } from "./string-end.ts";

/** What a reviver is: as JSON.parse takes it. */
export type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** Makes a value of the digits of an integer that a number cannot hold exactly. */
export type IntegerMaker = (digits: string) => unknown;

/** An integer of 16 digits and more, the shortest that a number may misstate; neither a part of a number nor a key. */
const LONG_INTEGER = /(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE]|\s*:)/g;
/** A quick look for what {@link LONG_INTEGER} finds, and for a little more. */
const MAYBE_LONG_INTEGER = /(?<![\d.])[1-9]\d{15}/;
const LONG_DIGITS = 16;

/**
 * Parses JSON as JSON.parse does, but for integers beyond 2^53, which `make` gets as they stand.
 * They travel through JSON.parse as strings with a mark that no string of the text begins with.
 */
export function parseExact(text: string, make: IntegerMaker, reviver?: Reviver): unknown {
  if (!MAYBE_LONG_INTEGER.test(text)) return JSON.parse(text, reviver);
  const mark = unusedMark(text);
  const marked = markIntegers(text, escapeOf(mark));
  if (marked === text) return JSON.parse(text, reviver);
  const restore = (value: unknown): unknown =>
    typeof value === "string" && value.startsWith(mark) ? make(value.slice(mark.length)) : value;
  try {
    if (reviver === undefined) return restoreAll(JSON.parse(marked), restore);
    return JSON.parse(marked, function (this: unknown, key: string, value: unknown): unknown {
      return reviver.call(this, key, restore(value));
    });
  } catch (error) {
    // The marks moved everything: what is wrong, and where, the text itself must say.
    if (error instanceof SyntaxError) JSON.parse(text);
    throw error;
  }
}

/** A string may hold U+0001 only by its escape, so a text without the escape has no string with the mark. */
function unusedMark(text: string): string {
  let mark = "\u0001";
  while (text.includes(escapeOf(mark))) mark += mark;
  return mark;
}

function escapeOf(mark: string): string {
  return "\\u0001".repeat(mark.length);
}

function markIntegers(text: string, mark: string): string {
  let marked = "";
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const open = quote < 0 ? text.length : quote;
    if (open - at >= LONG_DIGITS) {
      const before = text.slice(at, open);
      const after = before.replace(LONG_INTEGER, (digits) =>
        Number.isSafeInteger(Number(digits)) ? digits : `"${mark}${digits}"`,
      );
      if (after !== before) {
        marked += text.slice(copied, at) + after;
        copied = open;
      }
    }
    at = stringEnd(text, open);
  }
  return copied === 0 ? text : marked + text.slice(copied);
}

/** Replaces marked strings all over a parsed value, without recursion: JSON.parse has no limit of depth either. */
function restoreAll(root: unknown, restore: (value: unknown) => unknown): unknown {
  const result = { root };
  const open: object[] = [result];
  const visit = (node: Record<string | number, unknown>, key: string | number): void => {
    const value = node[key];
    if (typeof value === "string") {
      const restored = restore(value);
      if (restored !== value) node[key] = restored;
    } else if (typeof value === "object" && value !== null) {
      open.push(value);
    }
  };
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const record = node as Record<string | number, unknown>;
    if (Array.isArray(node)) for (let i = 0; i < node.length; i++) visit(record, i);
    else for (const key of Object.keys(node)) visit(record, key);
  }
  return result.root;
}
