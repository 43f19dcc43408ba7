import type { EntryStat } from "@nthrec/core";
import { BlobFile } from "./blob-file.ts";
import { type BlobStat, blocksFor } from "./stat.ts";

/** Tensors that will take the place of a blob's: in blocks of its folder that no state names yet. */
export class StagedBlobFile extends BlobFile {
  readonly #blocks: string[] = [];
  /** Bytes, the header's included. */
  #size = 0;

  /** What will be published. */
  get stat(): BlobStat {
    const length = Math.max(0, this.#size - this._header.length) / this.conf.rowBytes;
    return { length, blocks: this.#blocks };
  }

  statSync(): EntryStat {
    return { size: this.#size, inode: 0, modified: 0 };
  }

  writeSync(position: number, bytes: Uint8Array): void {
    const header = this._header.length;
    const own = Math.max(0, Math.min(bytes.length, header - position));
    const { rowBytes, blockSize } = this.conf;
    const blockBytes = rowBytes * blockSize;
    for (let at = own; at < bytes.length; ) {
      const place = position + at - header;
      const number = Math.floor(place / blockBytes);
      if (number === this.#blocks.length) this.#blocks.push(this._folder.blocks.make(this.conf));
      const from = place - number * blockBytes;
      const piece = bytes.subarray(at, at + blockBytes - from);
      const name = this.#blocks[number] as string;
      this._folder.blocks.write(this.conf, name, from / rowBytes, piece, 0);
      at += piece.length;
    }
    this.#size = Math.max(this.#size, position + bytes.length);
  }

  truncateSync(size: number): void {
    this.#size = size;
    const kept = blocksFor(this.stat.length, this.conf);
    this._folder.blocks.drop(this.#blocks.splice(kept));
  }

  /** Gives up what is staged. */
  drop(): void {
    this._folder.blocks.drop(this.#blocks.splice(0));
  }
}
