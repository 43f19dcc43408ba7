import { type EntryStat, NthrecError } from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import { BlobFile } from "./blob-file.ts";
import type { BlobFolder } from "./blob-folder.ts";
import { same } from "./snapshot.ts";
import type { BlobStat } from "./stat.ts";

/** A published blob as one file for the journal: what is appended is published by the rename of `.stat`. */
export class LiveBlobFile extends BlobFile {
  constructor(folder: BlobFolder) {
    super(folder.name, folder, folder.conf());
  }

  get stat(): BlobStat {
    return this._folder.stat(this.conf);
  }

  statSync(): EntryStat {
    return statOf(this._folder);
  }

  override readSync(start: number, end: number): Uint8Array {
    const { size } = this.statSync();
    if (end > size) {
      throw new NthrecError(
        "NTH_SHORT_READ",
        `bytes [${start}, ${end}) of ${this.name} were asked for, but it ends at byte ${size}`,
        { source: this.name, offset: start },
      );
    }
    return super.readSync(start, end);
  }

  /** Writes behind the last tensor; the header is there already. Published tensors are never written over in place. */
  writeSync(position: number, bytes: Uint8Array): void {
    const header = this._header.length;
    if (position < header) {
      const known = this._header.subarray(position, position + bytes.length);
      const isHeader = same(known, bytes.subarray(0, known.length));
      if (!isHeader) throw this.#refused("another header");
      if (bytes.length <= known.length) return;
      this.writeSync(header, bytes.subarray(known.length));
      return;
    }
    const stat = this.stat;
    const { rowBytes } = this.conf;
    const index = (position - header) / rowBytes;
    if (!Number.isInteger(index) || bytes.length % rowBytes !== 0 || index > stat.length) {
      throw this.#refused(`bytes from ${position} on, which are no whole tensors`);
    }
    const inside = Math.min(bytes.length, (stat.length - index) * rowBytes);
    const conf = this.conf;
    const changed = this._folder.overwrite(conf, stat, index, bytes.subarray(0, inside));
    this.#publish(stat, this._folder.append(conf, changed, bytes.subarray(inside)));
  }

  truncateSync(size: number): void {
    const stat = this.stat;
    const length = Math.max(0, Math.floor((size - this._header.length) / this.conf.rowBytes));
    if (length >= stat.length) return;
    this.#publish(stat, this._folder.cut(this.conf, stat, length));
  }

  #publish(before: BlobStat, after: BlobStat): void {
    this._folder.publish(after);
    this._folder.dropReplaced(before, after);
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
