import { isNthrecError, type LiveFile, type LiveStore, NthrecError } from "@nthrec/core";
import type { BlobConf } from "./conf.ts";
import { removeQuietly } from "./replace-file.ts";
import { uuid } from "./stat.ts";

const COPY_BYTES = 1024 * 1024;

/** The block files of a blob's folder, whatever state names them. */
export class BlockFiles {
  /** The folder's name. */
  readonly name: string;
  readonly #folder: LiveStore;
  /** Blocks written to since the last flush. */
  readonly #dirty = new Set<string>();
  /** Blocks made since the last publication. */
  readonly #staged = new Set<string>();
  /** The block written to last. */
  #open: { readonly name: string; readonly file: LiveFile } | undefined;

  constructor(folder: LiveStore) {
    this.#folder = folder;
    this.name = folder.name;
  }

  /** Bytes `[start, end)` of block `name`. @throws {@link NthrecError} `NTH_DATA_LOST` where it does not have them */
  read(name: string, start: number, end: number): Uint8Array {
    try {
      const source = this.#folder.openSync(name);
      try {
        return source.readSync(start, end);
      } finally {
        source.closeSync();
      }
    } catch (error) {
      if (!isNthrecError(error, "NTH_NOT_FOUND", "NTH_SHORT_READ")) throw error;
      throw new NthrecError(
        "NTH_DATA_LOST",
        `${this.name} has lost tensors of its block ${name}: ${error.message}`,
        { source: this.name, cause: error },
      );
    }
  }

  /** Writes tensors to a block from `slot` on, behind `filled` ones that must be there. */
  write(
    conf: BlobConf,
    name: string,
    slot: number,
    bytes: Uint8Array,
    filled: number = slot,
  ): void {
    this.#block(conf, name, filled).writeSync(slot * conf.rowBytes, bytes);
  }

  /** Makes a block, of which every byte is a zero that takes no room yet. */
  make(conf: BlobConf): string {
    const name = uuid();
    this.#let();
    const file = this.#folder.editSync(name, { create: true });
    this.#open = { name, file };
    try {
      file.truncateSync(conf.blockSize * conf.rowBytes);
    } catch (error) {
      this.giveUp([name]);
      throw error;
    }
    this.#dirty.add(name);
    this.#staged.add(name);
    return name;
  }

  /** A copy of the first `rows` tensors of a block, of this or another blob, under a name of its own. */
  adopt(conf: BlobConf, other: BlockFiles, name: string, rows: number): string {
    const own = this.make(conf);
    try {
      this.copy(conf, other, name, own, rows);
      return own;
    } catch (error) {
      this.giveUp([own]);
      throw error;
    }
  }

  /** Removes blocks after a failure, as far as that is possible; what stays is swept later. */
  giveUp(names: Iterable<string> = [...this.#staged]): void {
    for (const name of names) {
      if (this.#open?.name === name) this.#let();
      this.#dirty.delete(name);
      this.#staged.delete(name);
      removeQuietly(this.#folder, name);
    }
  }

  /** Removes blocks that no state names any more. */
  drop(names: readonly string[]): void {
    for (const name of names) {
      if (this.#open?.name === name) this.#let();
      this.#dirty.delete(name);
      this.#staged.delete(name);
      this.#folder.removeSync(name);
    }
  }

  /** Makes what was written to blocks survive a crash of the machine. */
  flushSync(): void {
    for (const name of this.#dirty) {
      this.flushFileSync(name);
      this.#dirty.delete(name);
    }
  }

  /** {@link BlockFiles.flushSync}, outside of this thread. */
  async flush(): Promise<void> {
    for (const name of this.#dirty) {
      // Before: what is written meanwhile needs a flush of its own.
      this.#dirty.delete(name);
      try {
        await this.flushFile(name);
      } catch (error) {
        this.#dirty.add(name);
        throw error;
      }
    }
  }

  closeSync(): void {
    this.#let();
  }

  /** Makes a file of the folder, if it is there, survive a crash of the machine. */
  flushFileSync(name: string): void {
    if (this.#folder.statSync(name) === undefined) return;
    const file = this.#folder.editSync(name);
    try {
      file.flushSync();
    } finally {
      file.closeSync();
    }
  }

  /** {@link BlockFiles.flushFileSync}, outside of this thread. */
  async flushFile(name: string): Promise<void> {
    if (this.#folder.statSync(name) === undefined) return;
    const file = this.#folder.editSync(name);
    try {
      await file.flush();
    } finally {
      file.closeSync();
    }
  }

  /** The block, open; its first `rows` tensors must be there. */
  #block(conf: BlobConf, name: string, rows: number): LiveFile {
    this.#dirty.add(name);
    if (this.#open?.name === name) return this.#open.file;
    this.#let();
    const file = this.#folder.editSync(name);
    this.#open = { name, file };
    const { size } = file.statSync();
    const full = conf.blockSize * conf.rowBytes;
    if (size < rows * conf.rowBytes) throw this.#cut(name, size, rows * conf.rowBytes);
    // The original maps whole blocks.
    if (size < full) file.truncateSync(full);
    return file;
  }

  #cut(name: string, size: number, needed: number): NthrecError {
    this.#let();
    return new NthrecError(
      "NTH_DATA_LOST",
      `block ${name} of ${this.name} has ${size} bytes, but its tensors need ${needed}: they are lost`,
      { source: this.name, offset: size },
    );
  }

  /** Copies the first `rows` tensors of a block, of this or another blob, to one that no state names. */
  copy(conf: BlobConf, other: BlockFiles, from: string, to: string, rows: number): void {
    const bytes = rows * conf.rowBytes;
    for (let at = 0; at < bytes; at += COPY_BYTES) {
      const piece = other.read(from, at, Math.min(bytes, at + COPY_BYTES));
      this.#block(conf, to, 0).writeSync(at, piece);
    }
  }

  /** Lets go of the open block. */
  #let(): void {
    this.#open?.file.closeSync();
    this.#open = undefined;
  }

  /** A state names the blocks that were made: they are not given up any more. */
  published(): void {
    this.#staged.clear();
  }
}
