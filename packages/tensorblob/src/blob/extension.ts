import { NthrecError } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import type { BlobConf } from "../folder/conf.ts";
import type { BlobStat } from "../folder/stat.ts";

/** Tensors of one blob that another one takes up. */
export interface Extension {
  readonly from: BlobFolder;
  readonly name: string;
  /** How many of its first tensors. */
  readonly count: number;
}

/**
 * The state with the tensors of another blob, whose whole blocks are copied as files. This blob's whole blocks come
 * first, then those of the other one, then what was left over of this and of that: the order of the original.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when their blocks are not of one size
 */
export function extended(
  folder: BlobFolder,
  conf: BlobConf,
  stat: BlobStat,
  { from, name, count }: Extension,
): BlobStat {
  const { blockSize, rowBytes } = conf;
  const otherConf = from.conf();
  if (otherConf.blockSize !== blockSize) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${name} has blocks of ${otherConf.blockSize} tensors, not ${blockSize}: extend with maintainOrder: true`,
      { source: name },
    );
  }
  const other = from.stat(otherConf);
  const own = Math.floor(stat.length / blockSize);
  const whole = Math.floor(count / blockSize);
  const made: string[] = [];
  try {
    for (let i = 0; i < whole; i++) {
      made.push(folder.blocks.adopt(conf, from.blocks, other.blocks[i] as string, blockSize));
    }
    const rest = (stat.length - own * blockSize) * rowBytes;
    const otherRest = (count - whole * blockSize) * rowBytes;
    const rows = new Uint8Array(rest + otherRest);
    if (rest > 0) rows.set(folder.blocks.read(stat.blocks[own] as string, 0, rest));
    if (otherRest > 0)
      rows.set(from.blocks.read(other.blocks[whole] as string, 0, otherRest), rest);
    const blocks = [...stat.blocks.slice(0, own), ...made];
    return folder.append(conf, { length: (own + whole) * blockSize, blocks }, rows);
  } catch (error) {
    folder.blocks.giveUp(made);
    throw error;
  }
}
