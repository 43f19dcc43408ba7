import { NthrecError, varintWidth } from "@nthrec/core";
import { putVarint } from "../bytes/put-varint.ts";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import { writeBlock } from "../chunk/compressed-block.ts";
import type { Codecs, Compression, CompressOptions } from "../codecs/codec.ts";
import { compressionCode } from "../codecs/compression-code.ts";
import { decomposeInWasm } from "../decompose/decompose-in-wasm.ts";
import { Arena } from "./arena.ts";
import { Decomposer } from "./decomposer.ts";
import { encodeColumns } from "./encode-columns.ts";
import { encodeHeader } from "./encode-header.ts";
import { setPublicBases } from "./public-bases.ts";
import { StateMachine } from "./state-machine.ts";
import { Transitions } from "./transitions.ts";
import { writeTransitions } from "./write-transitions.ts";

/** What the original holds before it begins to stream: shorter blocks have their size in the stream. */
const ONE_SHOT_BYTES = 4096;
/** Positions in a chunk have 32 bits here, as lengths have in the format. */
const MOST_BYTES = 0xffffffff;

/** How a transposed chunk is made. */
export interface TransposeOptions extends CompressOptions {
  /**
   * Bytes of columns of one kind that are compressed together. Nothing is read back from less than one bucket. Without compression
   * it has no effect.
   *
   * @default 256
   */
  readonly bucketSize?: number | undefined;
}

/** Encoding never waits, so that one memory serves all chunks. */
const arena: Arena = /* @__PURE__ */ new Arena();

/** The original's default: `transpose_bucket_size`. */
const BUCKET_SIZE = 256;

/**
 * The data of a transposed chunk that holds `records`: the bytes that the original makes (formats/arrayrecord.md 3.5.6).
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the records hold 4 GiB or more
 */
export function encodeTransposed(
  records: ChunkRecords,
  compression: Compression,
  codecs: Codecs,
  options: TransposeOptions,
): Uint8Array {
  const size = records.ends[records.ends.length - 1] ?? 0;
  if (size > MOST_BYTES) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `a transposed chunk cannot hold ${size} bytes of records, at most ${MOST_BYTES}; make smaller groups`,
    );
  }
  arena.reset();
  // What is too much for its tables, or has no WebAssembly, takes longer.
  const values = decomposeInWasm(records) ?? new Decomposer(records, arena);
  const transitions = new Transitions(values, arena);
  const machine = new StateMachine(transitions, arena);
  setPublicBases(machine, transitions);
  const bucketSize = compression === "none" ? Infinity : (options.bucketSize ?? BUCKET_SIZE);
  const columns = encodeColumns(values, bucketSize, arena);
  const compress = (bytes: Uint8Array, sizeKnown: boolean): Uint8Array =>
    writeBlock(compression, bytes, codecs, { ...options, sizeKnown });
  let at = 0;
  const buckets = columns.buckets.map((length) => {
    at += length;
    return compress(columns.bytes.subarray(at - length, at), true);
  });
  const sizes = buckets.map((bucket) => bucket.length);
  const header = compress(encodeHeader(machine, values, transitions, columns, sizes), true);
  const steps = writeTransitions(machine, values, transitions, arena);
  const last = compress(steps, steps.length < ONE_SHOT_BYTES);
  return joined(compressionCode(compression), header, [...buckets, last]);
}

function joined(code: number, header: Uint8Array, blocks: readonly Uint8Array[]): Uint8Array {
  let at = 1 + varintWidth(header.length);
  const size = blocks.reduce((sum, block) => sum + block.length, at + header.length);
  const data = new Uint8Array(size);
  data[0] = code;
  putVarint(data, 1, header.length);
  data.set(header, at);
  at += header.length;
  for (const block of blocks) {
    data.set(block, at);
    at += block.length;
  }
  return data;
}
