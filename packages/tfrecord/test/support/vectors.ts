import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that TensorFlow wrote, or that was made from one by damage, and what TensorFlow reads from it. */
export interface TensorFlowFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly compression: "" | "GZIP" | "ZLIB";
  /** Records that TensorFlow delivers, before its error if it has one. */
  readonly tf_records: number;
  readonly tf_error: { readonly type: string; readonly message: string } | null;
  /** SHA-256 over each record: its length as a 64-bit little-endian number, and its bytes. */
  readonly records_sha256: string;
  /** Offset and size of the first frames; a string stands for more of them. */
  readonly index_spans_in_decompressed_stream: readonly (readonly [number, number] | string)[];
}

const folder = join(import.meta.dirname, "..", "vectors", "tfrecord");

const manifest: { readonly files: readonly TensorFlowFile[] } = JSON.parse(
  readFileSync(join(folder, "manifest.json"), "utf8"),
);

/** All of them. */
export const allFiles: readonly TensorFlowFile[] = manifest.files;

/** The files without compression. */
export const plainFiles: readonly TensorFlowFile[] = allFiles.filter(
  ({ compression }) => compression === "",
);

/** Those that are compressed as a whole. */
export const compressedFiles: readonly TensorFlowFile[] = allFiles.filter(
  ({ compression }) => compression !== "",
);

/** Path of a file. */
export function pathOf({ file }: TensorFlowFile): string {
  return join(folder, file);
}

/** The bytes of a file. */
export function bytesOf(vector: TensorFlowFile): Uint8Array {
  return new Uint8Array(readFileSync(pathOf(vector)));
}

/** The bytes of the file with this name. */
export function bytesNamed(name: string): Uint8Array {
  const vector = allFiles.find(({ file }) => file === name);
  if (vector === undefined) throw new Error(`there is no file ${name} in the manifest`);
  return bytesOf(vector);
}

/** Digest of records, as the manifest has them. */
export function digest(records: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const record of records) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(record.length));
    hash.update(length).update(record);
  }
  return hash.digest("hex");
}
