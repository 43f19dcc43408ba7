import { ByteWriter } from "@nthrec/core";
import { encodeSimple } from "../../src/chunk/encode-simple.ts";
import { defaultCodecs } from "../../src/codecs/prepared.ts";
import { ChunkFramer } from "../../src/framing/chunk-framer.ts";
import { ChunkType } from "../../src/framing/chunk-header.ts";
import { encodeMetadata, encodePostscript } from "../../src/records/footer.ts";
import { FooterEntries, type FooterEntry } from "../../src/records/footer-entries.ts";
import { chunkOf } from "./records.ts";

/** What a file made by hand may lie about. */
export interface Lies {
  /** Sizes of its chunks. @default [2, 2, 1] */
  readonly groups?: readonly number[];
  readonly entries?: (found: FooterEntry[]) => readonly FooterEntry[];
  /** The footer's records instead of the honest ones. */
  readonly footer?: (honest: Uint8Array[]) => readonly Uint8Array[];
  readonly numChunks?: number;
  readonly numRecords?: number;
  readonly footerOffset?: (honest: number) => number;
  readonly postscript?: (honest: Uint8Array) => Uint8Array;
  /** Called with the file between chunks. */
  readonly between?: (framer: ChunkFramer) => void;
}

/** An uncompressed file whose record i is the byte i, with lies in it. */
export function madeFile(lies: Lies = {}): Uint8Array {
  const out = new ByteWriter();
  const framer = new ChunkFramer(out, 0);
  framer.signature();
  const found: FooterEntry[] = [];
  let next = 0;
  for (const count of lies.groups ?? [2, 2, 1]) {
    lies.between?.(framer);
    const records = Array.from({ length: count }, () => Uint8Array.of(next++));
    const counts = { numRecords: count, decodedDataSize: count };
    found.push({ offset: write(framer, records), ...counts });
  }
  const entries = new FooterEntries();
  const told = lies.entries?.(found) ?? found;
  for (const entry of told) entries.push(entry.offset, entry);
  const metadata = encodeMetadata(
    lies.numChunks ?? told.length,
    lies.numRecords ?? next,
    "group_size:2,uncompressed",
  );
  const { bytes, ends } = entries.behind(metadata);
  const honest = [...ends].map((end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
  const at = write(framer, [...(lies.footer?.(honest) ?? honest)]);
  framer.padToBoundary();
  const postscript = encodePostscript(lies.footerOffset?.(at) ?? at);
  const record = postscript.bytes.slice(0, postscript.ends[0]);
  const told3 = lies.postscript?.(record) ?? record;
  write(framer, [told3, told3, told3]);
  framer.padToBoundary();
  return out.view().slice();
}

function write(framer: ChunkFramer, records: readonly Uint8Array[]): number {
  const chunk = chunkOf(records);
  const data = encodeSimple(chunk, "none", defaultCodecs, {});
  const counts = { numRecords: records.length, decodedDataSize: chunk.bytes.length };
  return framer.chunk(ChunkType.simple, counts, data);
}
