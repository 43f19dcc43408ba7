import { decodeUtf8 } from "@nthrec/core";

/** What a file is that is no TFRecord file, as far as its first bytes tell. */
export type FileKind = "GZIP" | "ZLIB" | "a Git LFS pointer" | "HTML or XML";

/** Judges the beginning of a file whose first head is none: lengths alone could look like any of these. */
export function kindOfFile(bytes: Uint8Array): FileKind | undefined {
  const [a = 0, b = 0] = bytes;
  if (a === 0x1f && b === 0x8b) return "GZIP";
  if ((a & 0x0f) === 8 && a >>> 4 < 8 && (a * 256 + b) % 31 === 0) return "ZLIB";
  const text = decodeUtf8(bytes, 0, Math.min(bytes.length, 32));
  if (text.startsWith("version https://git-lfs")) return "a Git LFS pointer";
  return /^\s*<[!?a-z]/i.test(text) ? "HTML or XML" : undefined;
}
