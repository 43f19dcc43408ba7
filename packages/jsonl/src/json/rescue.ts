import { decodeUtf8, indexOfByte } from "@nthrec/core";

/** The bytes that an object and an array begin with; what else a record may be is too easily part of a torn one. */
const BEGINNINGS = [0x7b, 0x5b];
/** Places that are tried, at most: a line of many brackets would take time beyond measure. */
const MOST_TRIES = 1000;

/**
 * Where in a line that is no JSON an object or array begins that ends with the line: a record that was appended to
 * the torn end of another. The first such place, or -1.
 */
export function rescueRecord(line: Uint8Array): number {
  let tries = 0;
  for (let at = nextBeginning(line, 1); at < line.length; at = nextBeginning(line, at + 1)) {
    if (++tries > MOST_TRIES) return -1;
    if (parses(decodeUtf8(line, at, line.length))) return at;
  }
  return -1;
}

function nextBeginning(line: Uint8Array, from: number): number {
  const found = BEGINNINGS.map((byte) => indexOfByte(line, byte, from)).filter((at) => at >= 0);
  return Math.min(line.length, ...found);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
