import type { ByteStore } from "@nthrec/core";

/**
 * Where a compressed file is inflated to: into a file beside it, into a file in a folder (a path, a `file:` URL or a
 * store), or into memory, at most `maxBytes` (default 2^31 - 1).
 */
export type InflatePlace =
  | "beside"
  | "memory"
  | { readonly folder: string | URL | ByteStore }
  | { readonly memory: { readonly maxBytes: number } };
