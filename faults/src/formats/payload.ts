import { Random } from "../harness/random.ts";

/** Characters of the block that payloads are cut from. */
const BLOCK = 1 << 13;
/** ASCII, and what takes two and three bytes in UTF-8; a line format must escape or carry all of it. */
const ALPHABET = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.:;{}[]"\\\té漢`;

const block = makeBlock(ALPHABET);
const ascii = makeBlock(ALPHABET.slice(0, 62));

/** Who wrote a record, the how-manieth of that writer it is, and the characters of its payload. */
export interface Mark {
  readonly writer: string;
  readonly number: number;
  readonly size: number;
}

/** The name of a record of another program; `undefined` of one of ours. */
export function foreignName(record: unknown): string | undefined {
  if (typeof record === "string") return /^foreign \S+ \d+$/.exec(record)?.[0];
  if (typeof record !== "object" || record === null || !("foreign" in record)) return undefined;
  const { foreign, n } = record as { readonly foreign: string; readonly n: number };
  return `foreign ${foreign} ${n}`;
}

/** The only payload that the record of this mark may have. */
export function payloadOf({ writer, number, size }: Mark, plain = false): string {
  const source = plain ? ascii : block;
  let hash = number;
  for (let i = 0; i < writer.length; i++) hash = Math.imul(hash ^ writer.charCodeAt(i), 0x01000193);
  let text = source.slice((hash >>> 0) % (BLOCK / 2), ((hash >>> 0) % (BLOCK / 2)) + size);
  while (text.length < size) text += source.slice(0, size - text.length);
  return text;
}

/** Mark and payload as one line. */
export function lineOf(mark: Mark, plain = false): string {
  return `${mark.writer} ${mark.number} ${mark.size} ${payloadOf(mark, plain)}`;
}

/** The mark of a line. @throws {@link Error} when the payload is not the one of the mark */
export function markOf(line: string, plain = false): Mark {
  const [, writer = "", number = "", size = ""] =
    /^(\S+) (\d+) (\d+) /.exec(line.slice(0, 64)) ?? [];
  const mark = { writer, number: Number(number), size: Number(size) };
  if (writer !== "" && line === lineOf(mark, plain)) return mark;
  throw new Error(`not a record as it was written: ${JSON.stringify(line.slice(0, 60))}`);
}

function makeBlock(alphabet: string): string {
  const random = new Random(1);
  const letters = Array.from(alphabet);
  return Array.from({ length: BLOCK }, () => random.pick(letters)).join("");
}
