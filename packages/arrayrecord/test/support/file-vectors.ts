import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A chunk of a file as the original wrote it. */
export interface ChunkRow {
  readonly pos: number;
  readonly end: number;
  readonly type: string;
  readonly num_records: number;
  readonly decoded_data_size: number;
  readonly data_size: number;
  readonly header_hash: string;
  readonly data_hash: string;
}

/** A whole file that the C++ original wrote. */
export interface FileVector {
  readonly name: string;
  readonly options: string;
  readonly num_records: number;
  readonly writer_options: string;
  readonly thread_pool: boolean;
  readonly file_size: number;
  readonly file_sha256: string;
  readonly footer_offset: number;
  readonly chunks: readonly ChunkRow[];
  readonly bytes: Uint8Array;
  readonly values: readonly Uint8Array[];
}

const raw = JSON.parse(
  readFileSync(new URL("../vectors/arrayrecord/files.json", import.meta.url), "utf8"),
) as { record_sets: Record<string, string | string[]>; vectors: Record<string, unknown>[] };

/** The 54 files of the original. */
export const fileVectors: readonly FileVector[] = raw.vectors.map((row) => ({
  ...(row as unknown as FileVector),
  bytes: new Uint8Array(gunzipSync(Buffer.from(row["file_gzip_base64"] as string, "base64"))),
  values: valuesOf(row["records"]),
}));

/** The file of this name. */
export function fileNamed(name: string): FileVector {
  const found = fileVectors.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no vector is called ${name}`);
  return found;
}

function valuesOf(records: unknown): Uint8Array[] {
  const name = String(records);
  if (name === "V4") {
    return Array.from({ length: 1000 }, (_, i) => bytesOf(String(i).repeat(i % 17)));
  }
  if (name === "BIG") {
    return [0, 1, 2].map((r) => Uint8Array.from({ length: 100_000 }, (_, j) => 31 * j + 7 * r));
  }
  if (name === "[]") return [];
  if (name === '[""]') return [new Uint8Array(0)];
  if (name.startsWith("70000 empty")) return new Array(70_000).fill(new Uint8Array(0));
  const set = raw.record_sets[name];
  if (Array.isArray(set)) return set.map((hex) => new Uint8Array(Buffer.from(hex, "hex")));
  throw new Error(`unknown records ${name}`);
}

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
