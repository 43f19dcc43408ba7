import type { BlockFiles } from "./block-files.ts";
import type { BlobConf } from "./conf.ts";
import { type BlobStat, blocksFor } from "./stat.ts";

/** Adds tensors behind those of a state; answers the state with them, which is not published yet. */
export function appended(
  files: BlockFiles,
  conf: BlobConf,
  stat: BlobStat,
  bytes: Uint8Array,
): BlobStat {
  const { rowBytes, blockSize } = conf;
  const blocks = stat.blocks.slice(0, blocksFor(stat.length, conf));
  const kept = blocks.length;
  let length = stat.length;
  try {
    for (let at = 0; at < bytes.length; ) {
      const number = Math.floor(length / blockSize);
      const slot = length % blockSize;
      if (number === blocks.length) blocks.push(files.make(conf));
      const rows = Math.min(blockSize - slot, (bytes.length - at) / rowBytes);
      const piece = bytes.subarray(at, at + rows * rowBytes);
      files.write(conf, blocks[number] as string, slot, piece);
      at += piece.length;
      length += rows;
    }
    return { length, blocks };
  } catch (error) {
    files.giveUp(blocks.slice(kept));
    throw error;
  }
}

/**
 * Puts other tensors in the place of those from `index` on: into copies of their blocks, so that whoever reads the
 * state before sees nothing of it. Answers the state with them, which is not published yet.
 */
export function overwritten(
  files: BlockFiles,
  conf: BlobConf,
  stat: BlobStat,
  index: number,
  bytes: Uint8Array,
): BlobStat {
  const { rowBytes, blockSize } = conf;
  const blocks = [...stat.blocks];
  const made: string[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const row = index + at / rowBytes;
      const number = Math.floor(row / blockSize);
      const slot = row % blockSize;
      const rows = Math.min(blockSize - slot, (bytes.length - at) / rowBytes);
      const filled = Math.min(blockSize, stat.length - number * blockSize);
      const name = files.make(conf);
      made.push(name);
      if (rows < filled) files.copy(conf, files, blocks[number] as string, name, filled);
      const piece = bytes.subarray(at, at + rows * rowBytes);
      files.write(conf, name, slot, piece, 0);
      blocks[number] = name;
      at += piece.length;
    }
    return { length: stat.length, blocks };
  } catch (error) {
    files.giveUp(made);
    throw error;
  }
}

/**
 * The state with the first `length` tensors only, which is not published yet. A block that is cut is copied: what is
 * appended later would else be written over tensors that somebody may still read.
 */
export function shortened(
  files: BlockFiles,
  conf: BlobConf,
  stat: BlobStat,
  length: number,
): BlobStat {
  if (length >= stat.length) return stat;
  const blocks = stat.blocks.slice(0, blocksFor(length, conf));
  const rest = length % conf.blockSize;
  if (rest > 0) {
    const whole = blocks.pop() as string;
    blocks.push(files.adopt(conf, files, whole, rest));
  }
  return { length, blocks };
}
