import { decodeUtf8, NthrecError } from "@nthrec/core";

/** Everything in an archive fills whole blocks. */
export const BLOCK_BYTES = 512;
/** Longest header that describes the next member: names and numbers, never data. */
const MOST_EXTENSION_BYTES = 1024 * 1024;

/** What a block of an archive says of the bytes behind it. */
export interface TarHeader {
  /** The one letter that says what a member is. */
  readonly type: string;
  /** Bytes of content, before they are padded to whole blocks. */
  readonly size: number;
  readonly name: string;
}

/** What a member is: a file, something that describes the next member, or anything else. */
export type TarKind = "file" | "extension" | "other";

/** Reads the header at `at`; `undefined` for a block of zeros, which ends an archive. */
export function readHeader(bytes: Uint8Array, at: number): TarHeader | undefined {
  const block = bytes.subarray(at, at + BLOCK_BYTES);
  if (block.every((byte) => byte === 0)) return undefined;
  if (!isSummed(block)) {
    throw new NthrecError("NTH_CORRUPTION", "a header does not fit its checksum");
  }
  const type = String.fromCharCode(block[156] as number);
  const size = numberOf(block.subarray(124, 136));
  return { type: type === "\0" ? "0" : type, size, name: nameOf(block) };
}

/** Sorts a header by what it is. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for files with holes */
export function kindOf({ type, size, name }: TarHeader): TarKind {
  if (type === "S") throw sparse(name);
  // Before 1988 a folder was a file whose name ends so.
  if (type === "0" || type === "7") return name.endsWith("/") ? "other" : "file";
  if (!"xgXLKN".includes(type)) return "other";
  if (size > MOST_EXTENSION_BYTES) {
    const message = `a header of ${size} bytes that only names the next member is no header`;
    throw new NthrecError("NTH_CORRUPTION", message);
  }
  return "extension";
}

/** Bytes of a member's content in the archive: links, devices and folders have none, whatever they say. */
export function contentBytes({ type, size }: TarHeader): number {
  return "123456".includes(type) ? 0 : size;
}

/** Bytes that content takes, padded. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** What the records of a pax header say of the next member, as far as it matters here. */
export function paxRecords(content: Uint8Array): {
  readonly size?: number;
  readonly path?: string;
} {
  const found: { size?: number; path?: string } = {};
  for (let at = 0; at < content.length && content[at] !== 0; ) {
    const space = content.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(decodeUtf8(content, at, space));
    const end = at + length;
    if (!(Number.isInteger(length) && end > space + 1 && end <= content.length)) throw badPax();
    const text = decodeUtf8(content, space + 1, end - 1);
    const equals = text.indexOf("=");
    if (equals < 1 || content[end - 1] !== 0x0a) throw badPax();
    const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (name === "path") found.path = value;
    else if (name.startsWith("GNU.sparse.")) throw sparse(value);
    else if (name === "size") found.size = sizeOf(value);
    at = end;
  }
  return found;
}

function sizeOf(text: string): number {
  if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw badPax();
}

function badPax(): NthrecError {
  return new NthrecError("NTH_CORRUPTION", "a pax header is not as pax has it");
}

function sparse(name: string): NthrecError {
  const message = `it holds a file with holes (${name}): archive it without --sparse`;
  return new NthrecError("NTH_NOT_SUPPORTED", message);
}

/** The sum of a header's bytes, that of the sum itself taken for spaces; some old programs took bytes as signed. */
function isSummed(block: Uint8Array): boolean {
  if (block.length < BLOCK_BYTES) return false;
  let sum = 8 * 0x20;
  let signed = sum;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i] as number;
    sum += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = numberOf(block.subarray(148, 156));
  return stated === sum || stated === signed;
}

/** A number: octal digits, or, for large ones, binary. */
function numberOf(field: Uint8Array): number {
  const first = field[0] as number;
  let value = 0;
  if (first >= 0x80) {
    value = first & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw badNumber();
    return value;
  }
  const text = String.fromCharCode(...field)
    .replace(/\0.*$/s, "")
    .trim();
  if (text === "") return 0;
  if (!/^[0-7]+$/.test(text)) throw badNumber();
  return Number.parseInt(text, 8);
}

function badNumber(): NthrecError {
  return new NthrecError("NTH_CORRUPTION", "a header has a number that is none");
}

function nameOf(block: Uint8Array): string {
  const name = textOf(block, 0, 100);
  // POSIX; GNU writes "ustar" and a space, and has other things where the prefix would be.
  const posix = decodeUtf8(block, 257, 263) === "ustar\0";
  const prefix = posix ? textOf(block, 345, 500) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Text up to its first NUL. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const stop = bytes.subarray(start, end).indexOf(0);
  return decodeUtf8(bytes, start, stop < 0 ? end : start + stop);
}
