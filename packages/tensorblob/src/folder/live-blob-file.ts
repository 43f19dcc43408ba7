import { type EntryStat, NthrecError } from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import { BlobFile } from "./blob-file.ts";
import type { BlobFolder } from "./blob-folder.ts";
import { same } from "./snapshot.ts";
import { type BlobStat, blocksFor } from "./stat.ts";

/** Tensors that are in blocks, and that no published state names yet. */
interface Ahead {
  /** The published state that they were added to. */
  readonly base: BlobStat;
  /** The state with them. */
  readonly state: BlobStat;
}

/**
 * A published blob as one file for the journal. What is written is staged, so that a writer that writes ahead of its
 * commit shows nothing of it; the rename of `.stat` publishes all of that at once.
 */
export class LiveBlobFile extends BlobFile {
  #ahead: Ahead | undefined;
  /** Tensors that were published before the last publication, until something else is written. */
  #before: number | undefined;

  constructor(folder: BlobFolder) {
    super(folder.name, folder, folder.conf());
  }

  /** The state with what is staged. */
  get stat(): BlobStat {
    const published = this._folder.stat(this.conf);
    if (this.#ahead === undefined) return published;
    if (this.#ahead.base === published) return this.#ahead.state;
    // Another program published a state of its own, to which what is staged does not belong.
    this.#ahead = undefined;
    this._folder.blocks.giveUp();
    return published;
  }

  statSync(): EntryStat {
    const stat = statOf(this._folder);
    if (this.#ahead === undefined) return stat;
    return { ...stat, size: this._header.length + this.stat.length * this.conf.rowBytes };
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

  /** Stages tensors behind the last one. The header is there already; tensors that are written over are copied. */
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
    const { conf, stat } = this;
    const { rowBytes } = conf;
    const index = (position - header) / rowBytes;
    if (!Number.isInteger(index) || bytes.length % rowBytes !== 0 || index > stat.length) {
      throw this.#refused(`bytes from ${position} on, which are no whole tensors`);
    }
    const inside = Math.min(bytes.length, (stat.length - index) * rowBytes);
    const changed = this._folder.overwrite(conf, stat, index, bytes.subarray(0, inside));
    const state = this._folder.append(conf, changed, bytes.subarray(inside));
    this.#ahead = { base: this.#ahead?.base ?? stat, state };
    this.#before = undefined;
  }

  publishSync(): void {
    const { stat } = this;
    if (this.#ahead === undefined) return;
    const { base } = this.#ahead;
    this._folder.publish(stat);
    this.#ahead = undefined;
    this.#before = base.length;
    this._folder.dropReplaced(base, stat);
  }

  /**
   * Keeps the tensors before `size`. When the last publication is taken back, what had been staged before it is staged
   * again.
   */
  truncateSync(size: number): void {
    const length = Math.max(0, Math.floor((size - this._header.length) / this.conf.rowBytes));
    if (length >= this.stat.length || this.#unstage(length)) return;
    const { conf, stat } = this;
    const state = this._folder.cut(conf, stat, length);
    const shown = Math.min(length, this.#before ?? length);
    this._folder.publish({ length: shown, blocks: state.blocks.slice(0, blocksFor(shown, conf)) });
    this.#before = undefined;
    if (shown < length) this.#ahead = { base: this._folder.stat(conf), state };
    this._folder.dropReplaced(stat, state);
  }

  /** Gives up staged tensors from `length` on; answers whether that is all that there is to cut. */
  #unstage(length: number): boolean {
    if (this.#ahead === undefined) return false;
    const { base, state } = this.#ahead;
    const kept = Math.max(length, base.length);
    const blocks = state.blocks.slice(0, blocksFor(kept, this.conf));
    this.#ahead = kept > base.length ? { base, state: { length: kept, blocks } } : undefined;
    const named = new Set([...base.blocks, ...(this.#ahead?.state.blocks ?? [])]);
    this._folder.blocks.drop(state.blocks.filter((name) => !named.has(name)));
    return kept === length;
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
