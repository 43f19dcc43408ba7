import { isNthrecError } from "@nthrec/core";
import { decodeChunk, holdsRecords } from "../../src/chunk/decode-chunk.ts";
import { defaultCodecs } from "../../src/codecs/prepared.ts";
import { hashMatches } from "../../src/highwayhash/highwayhash.ts";
import { recordsOf } from "./records.ts";

const BLOCK = 65_536;

/** What a recovering reader makes of a file. */
export interface Recovered {
  readonly records: Uint8Array[];
  /** What it passed over. */
  readonly regions: (readonly [start: number, end: number])[];
}

type Failure = readonly ["have" | "find" | "skip", number];
/** Where reading a chunk failed, and what follows; `truncated` where the file ends. */
class Failed extends Error {
  readonly outcome: Failure | "truncated";

  constructor(outcome: Failure | "truncated") {
    super(String(outcome));
    this.outcome = outcome;
  }
}

/** Reads a Riegeli file as formats/arrayrecord.md 2.7 and 2.8 say, one sentence after another, without care for speed. */
export function recover(file: Uint8Array): Recovered {
  const records: Uint8Array[] = [];
  const regions: [number, number][] = [];
  let begin = 0;
  while (begin < file.length) {
    try {
      const chunk = readOne(file, begin);
      records.push(...chunk.records);
      begin = chunk.end;
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const next = error.outcome === "truncated" ? file.length : resume(file, error.outcome);
      regions.push([begin, next]);
      begin = next;
    }
  }
  return { records, regions };
}

const rem = (p: number): number => (BLOCK - (p % BLOCK)) % BLOCK;
const possible = (p: number): boolean => rem(p) < 65_512;
const u64 = (bytes: Uint8Array, at: number): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));

function resume(file: Uint8Array, [how, from]: Failure): number {
  const size = file.length;
  if (how === "skip") return from;
  if (how === "have") {
    if (from > size) return size;
    return possible(from) ? from : resume(file, ["find", from]);
  }
  const p = from + rem(from);
  if (p > size) return size;
  const header = file.subarray(p, p + 24);
  if (header.length < 24) return p;
  if (!hashMatches(header, 0, header, 8, 24)) return resume(file, ["find", p + 24]);
  if (u64(header, 8) === 0) return p;
  return resume(file, ["have", p + u64(header, 16)]);
}

/** Steps 1 to 7 of 2.7. */
function readOne(file: Uint8Array, begin: number): { records: Uint8Array[]; end: number } {
  if (!possible(begin)) throw new Failed(["find", begin]);
  let at = begin;
  let chunkEnd: number | undefined;
  let met: { block: number; next: number } | undefined;
  const blockHeader = (): void => {
    const header = file.subarray(at, at + 24);
    if (header.length < 24) throw new Failed("truncated");
    const block = at;
    at += 24;
    if (!hashMatches(header, 0, header, 8, 24)) throw new Failed(["find", at]);
    const next = u64(header, 16);
    if (u64(header, 8) !== block - begin) {
      throw new Failed(next <= BLOCK ? ["have", block + next] : ["find", at]);
    }
    if (chunkEnd !== undefined && next !== chunkEnd - block) throw new Failed(["find", at]);
    met = { block, next };
  };
  const take = (length: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      if (at % BLOCK === 0) blockHeader();
      const part = file.subarray(at, at + Math.min(left, BLOCK - (at % BLOCK)));
      if (part.length === 0) throw new Failed("truncated");
      parts.push(part);
      left -= part.length;
      at += part.length;
    }
    return new Uint8Array(Buffer.concat(parts));
  };
  const header = take(40);
  if (!hashMatches(header, 0, header, 8, 40)) throw new Failed(["find", at]);
  const [dataSize, decodedDataSize] = [u64(header, 8), u64(header, 32)];
  const type = header[24] as number;
  const numRecords = Math.floor(u64(header, 24) / 256);
  const overhead =
    begin + 40 + dataSize + 24 * Math.floor((40 + dataSize + ((begin + 65_511) % BLOCK)) / 65_512);
  const last = begin + numRecords;
  const end = Math.max(overhead, last + Math.max(0, rem(last) - 65_511));
  if (met !== undefined && met.next !== end - met.block) throw new Failed(["find", at]);
  chunkEnd = end;
  const signature = type === 0x73 && dataSize + numRecords + decodedDataSize === 0;
  if (begin === 0 && !signature) throw new Failed(["find", at]);
  const data = take(dataSize);
  if (end > file.length) throw new Failed("truncated");
  if (!hashMatches(header, 16, data)) throw new Failed(["have", end]);
  if (numRecords > 0 && !holdsRecords(type)) throw new Failed(["skip", end]);
  if (!holdsRecords(type)) return { records: [], end };
  try {
    const chunk = { begin, end, dataSize, type, numRecords, decodedDataSize, data };
    return { records: recordsOf(decodeChunk(chunk, defaultCodecs)), end };
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    throw new Failed(["skip", end]);
  }
}
