import { readFileSync } from "node:fs";
import type { Compression } from "../../src/codecs/codec.ts";

/** The data of one chunk as the original made it. */
export interface ChunkVector {
  readonly name: string;
  readonly type: "r" | "t";
  readonly compression: Compression;
  readonly counts: { readonly numRecords: number; readonly decodedDataSize: number };
  readonly records: readonly Uint8Array[];
  readonly data: Uint8Array;
}

interface Row {
  readonly name: string;
  readonly type: "r" | "t";
  readonly compression: string;
  readonly num_records: number;
  readonly decoded_data_size: number;
  readonly records: readonly string[];
  readonly data: string;
}

const rows = JSON.parse(
  readFileSync(new URL("../vectors/arrayrecord/chunks.json", import.meta.url), "utf8"),
) as readonly Row[];

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** The 72 chunk bodies of the original. */
export const chunkVectors: readonly ChunkVector[] = rows.map((row) => ({
  name: row.name,
  type: row.type,
  compression: (row.compression === "uncompressed"
    ? "none"
    : row.compression.split(":")[0]) as Compression,
  counts: { numRecords: row.num_records, decodedDataSize: row.decoded_data_size },
  records: row.records.map(bytesOf),
  data: bytesOf(row.data),
}));
