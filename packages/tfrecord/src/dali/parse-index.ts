import { decodeUtf8, NthrecError } from "@nthrec/core";
import { FRAME_BYTES } from "../records/frame.ts";
import type { TFRecordIndexEntry } from "./index-entry.ts";

/** Something in an index that DALI passes over without a word, or reads as what it is not. */
export interface IndexProblem {
  /** Line of the text, from 1; 0 where the index is not text. */
  readonly line: number;
  readonly message: string;
}

/** Hears of each problem. */
export type ProblemListener = (problem: IndexProblem) => void;

/** White space and a number, as a C++ stream takes them. */
const NUMBER = /[ \t\n\v\f\r]*([+-]?[0-9]+)/y;
const SPACE = /[ \t\n\v\f\r]*/y;
const NEWLINE = 10;
/** A pair of the binary form: offset and size of the frame as 64-bit little-endian numbers. */
const PAIR_BYTES = 16;

/**
 * Reads an index: the text of DALI, of s3dlio's text and of `*.tfindex`; or s3dlio's binary pairs.
 *
 * @throws {@link NthrecError} `NTH_INDEX_FOREIGN` for what is neither
 */
export function parseIndex(
  bytes: Uint8Array,
  name: string,
  listener: ProblemListener,
): TFRecordIndexEntry[] {
  if (looksLikeText(bytes)) return parseText(decodeUtf8(bytes), listener);
  const entries = parsePairs(bytes);
  if (entries !== undefined) return entries;
  throw new NthrecError(
    "NTH_INDEX_FOREIGN",
    `${name} is no index of DALI or s3dlio${kindOf(bytes)}; make one with createTFRecordIndex`,
    { source: name },
  );
}

/** Whether the bytes may be DALI's text, sound or not: it has no control characters but white space. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const first = bytes.subarray(0, 4096);
  return first.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
}

/**
 * Pairs of numbers, as DALI's reader takes them from a C++ stream: until something is none. What it does silently is
 * told here.
 */
export function parseText(text: string, listener: ProblemListener): TFRecordIndexEntry[] {
  const entries: TFRecordIndexEntry[] = [];
  const numbers = new Numbers(text, listener);
  for (;;) {
    const offset = numbers.next();
    const { line } = numbers;
    const size = offset === undefined ? undefined : numbers.next();
    if (offset === undefined || size === undefined) return entries;
    if (!(offset >= 0 && size >= FRAME_BYTES && Number.isSafeInteger(offset + size))) {
      listener({ line, message: `no record lies at ${offset} with ${size} bytes` });
    }
    entries.push([offset, size]);
  }
}

/** The numbers of a text, up to what is none. */
class Numbers {
  readonly #text: string;
  readonly #listener: ProblemListener;
  /** The line of the last number. */
  line = 1;
  #inLine = 0;
  #end = 0;

  constructor(text: string, listener: ProblemListener) {
    this.#text = text;
    this.#listener = listener;
  }

  next(): number | undefined {
    NUMBER.lastIndex = this.#end;
    const digits = NUMBER.exec(this.#text)?.[1];
    if (digits === undefined) {
      SPACE.lastIndex = this.#end;
      SPACE.test(this.#text);
      const rest = SPACE.lastIndex < this.#text.length;
      this.#walk(SPACE.lastIndex);
      this.#close();
      if (rest) this.#tell("what is no number ends the index: the rest of it is left out");
      return undefined;
    }
    this.#walk(NUMBER.lastIndex);
    this.#inLine++;
    const value = Number(digits);
    if (Number.isSafeInteger(value) || fits64(digits)) return value;
    this.#tell("a number beyond 64 bits ends the index: the rest of it is left out");
    return undefined;
  }

  /** Goes on to a place, and looks at the lines that end before it. */
  #walk(to: number): void {
    for (let at = this.#end; at < to; at++) {
      if (this.#text.charCodeAt(at) !== NEWLINE) continue;
      this.#close();
      this.line++;
    }
    this.#end = to;
  }

  #close(): void {
    if (this.#inLine % 2 === 1) {
      this.#tell(
        "a line holds an odd count of numbers: pairs are out of step, or the last is left out",
      );
    }
    this.#inLine = 0;
  }

  #tell(message: string): void {
    this.#listener({ line: this.line, message });
  }
}

/** Whether digits with a sign are a 64-bit integer. */
function fits64(digits: string): boolean {
  const exact = BigInt(digits.replace("+", ""));
  return BigInt.asIntN(64, exact) === exact;
}

/** s3dlio's binary index; it tiles its file, and what does not is none. */
function parsePairs(bytes: Uint8Array): TFRecordIndexEntry[] | undefined {
  if (bytes.length % PAIR_BYTES !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TFRecordIndexEntry[] = [];
  let next = 0;
  for (let at = 0; at < bytes.length; at += PAIR_BYTES) {
    const offset = Number(view.getBigUint64(at, true));
    const size = Number(view.getBigUint64(at + 8, true));
    if (offset !== next || size < FRAME_BYTES || !Number.isSafeInteger(next + size))
      return undefined;
    entries.push([offset, size]);
    next += size;
  }
  return entries;
}

function kindOf(bytes: Uint8Array): string {
  const start = decodeUtf8(bytes.subarray(0, 4));
  if (start === "IDV1") return ": it is an index of nthrec, which readers find by themselves";
  return bytes[0] === 0x80 ? ": it looks like a pickle, which is never run" : "";
}
