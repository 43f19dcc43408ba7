import { NthrecError } from "@nthrec/core";
import type { BlobConf } from "./conf.ts";
import { parseObject, utf8 } from "./conf.ts";

/** Name of the file that says how many tensors a blob has and where they are. */
export const STAT_NAME = ".stat";

/** What a blob's `.stat` says: the published state. */
export interface BlobStat {
  /** Tensors. */
  readonly length: number;
  /** Names of the block files, in order. */
  readonly blocks: readonly string[];
}

/** A blob without tensors. */
export const EMPTY_STAT: BlobStat = { length: 0, blocks: [] };

/** The bytes that the original writes for a state. */
export function encodeStat({ length, blocks }: BlobStat): Uint8Array {
  return utf8(JSON.stringify({ len: length, bds: blocks }));
}

/** Reads a blob's state. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function decodeStat(bytes: Uint8Array, conf: BlobConf, name: string): BlobStat {
  const { len, bds } = parseObject(bytes, name);
  const sound =
    typeof len === "number" && Number.isSafeInteger(len) && len >= 0 && Array.isArray(bds);
  if (!sound || !bds.every(isBlockName) || new Set(bds).size !== bds.length) {
    throw new NthrecError("NTH_CORRUPTION", `${name} does not name its tensors and blocks`, {
      source: name,
    });
  }
  if (blocksFor(len, conf) > bds.length) {
    throw new NthrecError(
      "NTH_CORRUPTION",
      `${name} claims ${len} tensors, but names only ${bds.length} blocks of ${conf.blockSize}`,
      { source: name },
    );
  }
  return { length: len, blocks: bds as string[] };
}

/** Blocks that hold `length` tensors. */
export function blocksFor(length: number, { blockSize }: BlobConf): number {
  return Math.ceil(length / blockSize);
}

/** A file of this folder, and not one that names another place. */
function isBlockName(name: unknown): boolean {
  return typeof name === "string" && /^[^./\\\0][^/\\\0]*$/.test(name);
}

/** Whether a name is one that blocks are given: a UUID of version 4. */
export function isUuid(name: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(name);
}

/** A new name for a block. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
