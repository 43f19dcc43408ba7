import { ByteWriter } from "@nthrec/core";
import { encodeSimple } from "../../src/chunk/encode-simple.ts";
import { defaultCodecs } from "../../src/codecs/prepared.ts";
import { ChunkFramer } from "../../src/framing/chunk-framer.ts";
import { ChunkType } from "../../src/framing/chunk-header.ts";
import { parseChunk } from "../../src/framing/parse-chunk.ts";
import { varint } from "./arbitrary-message.ts";
import { chunkOf } from "./records.ts";

/** The data of a chunk of records, and what it holds. */
export interface Body {
  readonly type: number;
  readonly numRecords: number;
  readonly decodedDataSize: number;
  readonly data: Uint8Array;
}

/** Its magic number as a varint (formats/arrayrecord.md 4.2). */
const MAGIC = [0xde, 0xc0, 0xeb, 0xfe, 0x84, 0xce, 0xc3, 0xc9, 0x71];

/** A whole ArrayRecord file of these chunks, framed by hand: what the original needs to read it, and no more. */
export function framedFile(bodies: readonly Body[]): Uint8Array {
  const out = new ByteWriter();
  const framer = new ChunkFramer(out, 0);
  framer.signature();
  const entries = bodies.map((body) => {
    const offset = framer.chunk(body.type, body, body.data);
    const { decodedDataSize, numRecords } = body;
    return [8, ...varint(offset), 16, ...varint(decodedDataSize), 24, ...varint(numRecords)];
  });
  const numRecords = bodies.reduce((sum, body) => sum + body.numRecords, 0);
  const metadata = [8, 1, 16, ...varint(bodies.length), 24, ...varint(numRecords)];
  const end = framer.position;
  simple(framer, [[10, ...varint(metadata.length), ...metadata], ...entries]);
  framer.padToBoundary();
  const postscript = [8, ...varint(end), 16, ...MAGIC];
  simple(framer, [postscript, postscript, postscript]);
  framer.padToBoundary();
  return out.view();
}

function simple(framer: ChunkFramer, records: readonly (readonly number[])[]): void {
  const chunk = chunkOf(records.map((record) => Uint8Array.from(record)));
  const counts = { numRecords: records.length, decodedDataSize: chunk.bytes.length };
  framer.chunk(ChunkType.simple, counts, encodeSimple(chunk, "none", defaultCodecs, {}));
}

/** The chunks of a file that hold transposed records. */
export function transposedBodies(file: Uint8Array): Body[] {
  const bodies: Body[] = [];
  for (let at = 0; at < file.length; ) {
    const chunk = parseChunk(file.subarray(at), at, file.length);
    if (chunk.type === ChunkType.transposed) bodies.push(chunk);
    at = chunk.end;
  }
  return bodies;
}
