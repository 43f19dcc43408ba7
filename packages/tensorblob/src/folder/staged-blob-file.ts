import type { EntryStat, LiveFile } from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import type { BlobFolder } from "./blob-folder.ts";
import type { BlobConf } from "./conf.ts";
import { readRows } from "./live-blob-file.ts";
import { type BlobStat, blocksFor } from "./stat.ts";

/** Tensors that will take the place of a blob's: in blocks of its folder that no state names yet. */
export class StagedBlobFile implements LiveFile {
  readonly name: string;
  readonly conf: BlobConf;
  readonly #folder: BlobFolder;
  readonly #header: Uint8Array;
  readonly #blocks: string[] = [];
  /** Bytes, the header's included. */
  #size = 0;

  constructor(name: string, folder: BlobFolder, conf: BlobConf) {
    this.name = name;
    this.conf = conf;
    this.#folder = folder;
    this.#header = encodeHeader(conf);
  }

  /** What will be published. */
  get stat(): BlobStat {
    const length = Math.max(0, this.#size - this.#header.length) / this.conf.rowBytes;
    return { length, blocks: this.#blocks };
  }

  statSync(): EntryStat {
    return { size: this.#size, inode: 0, modified: 0 };
  }

  readSync(start: number, end: number): Uint8Array {
    return readRows(this.#folder, this.conf, this.stat, this.#header, start, end);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    const header = this.#header.length;
    const own = Math.max(0, Math.min(bytes.length, header - position));
    const { rowBytes, blockSize } = this.conf;
    const blockBytes = rowBytes * blockSize;
    for (let at = own; at < bytes.length; ) {
      const place = position + at - header;
      const number = Math.floor(place / blockBytes);
      if (number === this.#blocks.length) this.#blocks.push(this.#folder.makeBlock(this.conf));
      const from = place - number * blockBytes;
      const piece = bytes.subarray(at, at + blockBytes - from);
      const name = this.#blocks[number] as string;
      this.#folder.writeBlock(this.conf, name, from / rowBytes, piece);
      at += piece.length;
    }
    this.#size = Math.max(this.#size, position + bytes.length);
  }

  appendSync(bytes: Uint8Array): void {
    this.writeSync(this.#size, bytes);
  }

  truncateSync(size: number): void {
    this.#size = size;
    const kept = blocksFor(this.stat.length, this.conf);
    this.#folder.drop(this.#blocks.splice(kept));
  }

  /** Gives up what is staged. */
  drop(): void {
    this.#folder.drop(this.#blocks.splice(0));
  }

  flush(): Promise<void> {
    return this.#folder.flush();
  }

  flushSync(): void {
    this.#folder.flushSync();
  }

  closeSync(): void {
    this.#folder.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
