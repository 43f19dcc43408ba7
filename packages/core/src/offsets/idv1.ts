import { writeU64 } from "../bytes/le.ts";

/** Bytes before the first offset of an index file. */
export const HEADER_BYTES = 16;
/** The magic that megstore writes, and our default. */
export const DEFAULT_MAGIC = "IDV1";

const TYPECODE = "Q   ";
/** `IDV1Q   `: each commit writes it. */
const DEFAULT_BEGIN: Uint8Array = /* @__PURE__ */ latin1(DEFAULT_MAGIC + TYPECODE);

/** What an index file is, judged against its data. */
export type IndexState = "valid" | "missing" | "invalid" | "stale" | "foreign";

/** A judgement and its reason, as an error message ends with it. */
export interface IndexVerdict {
  readonly state: IndexState;
  /** Empty for `valid`. */
  readonly reason: string;
}

/** The 16 bytes before the offsets: magic, typecode `Q`, size of the data in bytes (megstore, base.py). */
export function encodeHeader(dataSize: number, magic: string = DEFAULT_MAGIC): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(magic === DEFAULT_MAGIC ? DEFAULT_BEGIN : latin1(checkMagic(magic) + TYPECODE));
  writeU64(header, 8, dataSize);
  return header;
}

/** Refuses a magic that is not four printable ASCII characters. */
export function checkMagic(magic: string): string {
  if (/^[\x21-\x7e]{4}$/.test(magic)) return magic;
  throw new TypeError(
    `an index magic is four printable ASCII characters, not ${JSON.stringify(magic)}`,
  );
}

/**
 * Judges an index file by its first 16 bytes and its length against the size of its data.
 * A foreign file is another tool's; an unfinished one of ours is `stale`.
 */
export function judgeHeader(
  header: Uint8Array,
  indexSize: number,
  dataSize: number,
  magic: string = DEFAULT_MAGIC,
): IndexVerdict {
  return judgeBeginning(header, indexSize, magic) ?? judgeSize(header, indexSize, dataSize);
}

/** What the first 16 bytes say against an index, whatever its data; `undefined` when they are a header. */
export function judgeBeginning(
  header: Uint8Array,
  indexSize: number,
  magic: string,
): IndexVerdict | undefined {
  if (indexSize === 0) return verdict("stale", "the index is empty: its writer was stopped");
  const begin = latin1(magic);
  if (!startsLike(header.subarray(0, 4), begin)) {
    return verdict("foreign", `the file does not begin with ${magic}: it is another program's`);
  }
  if (header.length < HEADER_BYTES) return verdict("invalid", "the index ends inside its header");
  // megstore pads with spaces but accepts any ASCII whitespace after the typecode.
  if (!/^Q[\t-\r ]{3}$/.test(String.fromCharCode(...header.subarray(4, 8)))) {
    return verdict("invalid", "the entries of the index are not 64-bit numbers");
  }
  return undefined;
}

function judgeSize(header: Uint8Array, indexSize: number, dataSize: number): IndexVerdict {
  if ((indexSize - HEADER_BYTES) % 8 !== 0) {
    return verdict("invalid", "the index ends inside an offset");
  }
  const stated = headerDataSize(header);
  if (stated === dataSize) return verdict("valid", "");
  if (stated === 0) return verdict("stale", "the index is unfinished: its header states no size");
  return verdict("stale", `the index is for ${stated} bytes of data, but there are ${dataSize}`);
}

/** Size of the data that a whole header states, in bytes; 2^53 and more count as infinite. */
export function headerDataSize(header: Uint8Array): number {
  let size = 0;
  for (let i = 15; i >= 8; i--) size = size * 256 + (header[i] as number);
  return Number.isSafeInteger(size) ? size : Number.POSITIVE_INFINITY;
}

function verdict(state: IndexState, reason: string): IndexVerdict {
  return { state, reason };
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function startsLike(bytes: Uint8Array, begin: Uint8Array): boolean {
  return bytes.length <= begin.length && bytes.every((byte, i) => byte === begin[i]);
}
