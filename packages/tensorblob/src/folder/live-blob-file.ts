import { type EntryStat, type LiveFile, NthrecError } from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import type { BlobFolder } from "./blob-folder.ts";
import { type BlobConf, confOf } from "./conf.ts";
import { same } from "./snapshot.ts";
import type { BlobStat } from "./stat.ts";

/** A published blob as one file for the journal: what is appended is published by the rename of `.stat`. */
export class LiveBlobFile implements LiveFile {
  readonly name: string;
  readonly #folder: BlobFolder;
  readonly #conf: BlobConf;
  readonly #header: Uint8Array;

  constructor(folder: BlobFolder) {
    this.#folder = folder;
    this.#conf = folder.conf();
    this.#header = encodeHeader(confOf(this.#conf, this.#conf.blockSize));
    this.name = folder.name;
  }

  statSync(): EntryStat {
    return statOf(this.#folder);
  }

  readSync(start: number, end: number): Uint8Array {
    const stat = this.#folder.stat(this.#conf);
    const { size } = this.statSync();
    if (end > size) {
      throw new NthrecError(
        "NTH_SHORT_READ",
        `bytes [${start}, ${end}) of ${this.name} were asked for, but it ends at byte ${size}`,
        { source: this.name, offset: start },
      );
    }
    return readRows(this.#folder, this.#conf, stat, this.#header, start, end);
  }

  /** Writes behind the last tensor; the header is there already. Published tensors are never written over in place. */
  writeSync(position: number, bytes: Uint8Array): void {
    const header = this.#header.length;
    if (position < header) {
      const known = this.#header.subarray(position, position + bytes.length);
      const isHeader = same(known, bytes.subarray(0, known.length));
      if (!isHeader) throw this.#refused("another header");
      if (bytes.length <= known.length) return;
      this.writeSync(header, bytes.subarray(known.length));
      return;
    }
    const stat = this.#folder.stat(this.#conf);
    const { rowBytes } = this.#conf;
    const index = (position - header) / rowBytes;
    if (!Number.isInteger(index) || bytes.length % rowBytes !== 0 || index > stat.length) {
      throw this.#refused(`bytes from ${position} on, which are no whole tensors`);
    }
    const inside = Math.min(bytes.length, (stat.length - index) * rowBytes);
    const conf = this.#conf;
    const changed = this.#folder.overwrite(conf, stat, index, bytes.subarray(0, inside));
    this.#publish(stat, this.#folder.append(conf, changed, bytes.subarray(inside)));
  }

  appendSync(bytes: Uint8Array): void {
    this.writeSync(this.statSync().size, bytes);
  }

  truncateSync(size: number): void {
    const stat = this.#folder.stat(this.#conf);
    const length = Math.max(0, Math.floor((size - this.#header.length) / this.#conf.rowBytes));
    if (length >= stat.length) return;
    this.#publish(stat, this.#folder.cut(this.#conf, stat, length));
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

  #publish(before: BlobStat, after: BlobStat): void {
    this.#folder.publish(after);
    this.#folder.dropReplaced(before, after);
  }

  #refused(what: string): NthrecError {
    return new NthrecError("NTH_INVALID_VALUE", `${what} cannot be written to ${this.name}`, {
      source: this.name,
    });
  }
}

/** A blob as the journal sees a file. Its content tells its states apart: two renames may fall into one clock tick. */
export function statOf(folder: BlobFolder): EntryStat {
  const conf = folder.conf();
  const { length, fingerprint } = folder.glance(conf);
  const size = encodeHeader(conf).length + length * conf.rowBytes;
  return { size, inode: folder.inode, modified: fingerprint };
}

/** Bytes of a state's stream. */
export function readRows(
  folder: BlobFolder,
  conf: BlobConf,
  stat: BlobStat,
  header: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const target = new Uint8Array(end - start);
  if (start < header.length) target.set(header.subarray(start, end));
  const blockBytes = conf.blockSize * conf.rowBytes;
  let at = Math.max(start, header.length) - header.length;
  const stop = end - header.length;
  while (at < stop) {
    const number = Math.floor(at / blockBytes);
    const from = at - number * blockBytes;
    const to = Math.min(blockBytes, stop - number * blockBytes);
    target.set(
      folder.readBlock(stat.blocks[number] as string, from, to),
      at + header.length - start,
    );
    at += to - from;
  }
  return target;
}
