import { isNthrecError, type LiveFile, type LiveStore, NthrecError } from "@nthrec/core";
import { decodeBlockList } from "./block-list.ts";
import { type BlobConf, CONF_NAME, decodeConf, encodeConf } from "./conf.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { removeQuietly, replaceFileSync, TEMP_INFIX } from "./replace-file.ts";
import { pathOf, readAllSync, same, tryReadAllSync } from "./snapshot.ts";
import {
  type BlobStat,
  blocksFor,
  decodeStat,
  EMPTY_STAT,
  encodeStat,
  isUuid,
  STAT_NAME,
  uuid,
} from "./stat.ts";

/** How old a block must be that nobody names, so that it cannot be of a program that is still at work, ms. */
const ORPHAN_AGE_MS = 10 * 60_000;
const COPY_BYTES = 1024 * 1024;

/**
 * A blob's folder, changed under its lock. Tensors are staged in blocks that no state names, or behind the last tensor
 * of one; a rename of `.stat` publishes them all at once.
 */
export class BlobFolder {
  readonly name: string;
  /** Whether a published state must survive a crash of the machine. */
  readonly durable: boolean;
  readonly #folder: LiveStore;
  /** Blocks written to since the last flush. */
  readonly #dirty = new Set<string>();
  /** Blocks made since the last publication. */
  readonly #staged = new Set<string>();
  #confBytes: Uint8Array | undefined;
  #conf: BlobConf | undefined;
  #statBytes: Uint8Array | undefined;
  #stat: BlobStat | undefined;
  /** The block written to last. */
  #open: { readonly name: string; readonly file: LiveFile } | undefined;

  constructor(folder: LiveStore, durable = false) {
    this.#folder = folder;
    this.durable = durable;
    this.name = folder.name;
  }

  get exists(): boolean {
    return this.#folder.statSync(CONF_NAME) !== undefined;
  }

  /** Whether it holds no file, or is not there. */
  get empty(): boolean {
    return this.#list().length === 0;
  }

  /** Whether there is anything of a blob, whatever its state. */
  get present(): boolean {
    const named = [CONF_NAME, STAT_NAME].some((name) => this.#folder.statSync(name) !== undefined);
    return named || this.#leftovers().length > 0;
  }

  /** What the blob's tensors are. @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_CORRUPTION` */
  conf(): BlobConf {
    const bytes = readAllSync(this.#folder, CONF_NAME);
    if (this.#conf === undefined || !same(bytes, this.#confBytes)) {
      this.#conf = decodeConf(bytes, pathOf(this.#folder, CONF_NAME));
      this.#confBytes = bytes;
    }
    return this.#conf;
  }

  /** The published state. @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_CORRUPTION` */
  stat(conf: BlobConf = this.conf()): BlobStat {
    const bytes = this.#readStat();
    this.#stat ??= decodeStat(bytes, conf, pathOf(this.#folder, STAT_NAME));
    return this.#stat;
  }

  /** How many tensors are published, and a number that another state of the blob does not have. */
  glance(conf: BlobConf): { readonly length: number; readonly fingerprint: number } {
    const bytes = this.#readStat();
    const stat = this.#stat ?? decodeBlockList(bytes, conf, pathOf(this.#folder, STAT_NAME));
    return { length: stat.length, fingerprint: fingerprintOf(bytes) };
  }

  /** Which folder this is: another number when the blob was made anew. */
  get inode(): number {
    return this.#folder.statSync(CONF_NAME)?.inode ?? 0;
  }

  /** Makes an empty blob. */
  create(conf: BlobConf): void {
    if (tryReadAllSync(this.#folder, STAT_NAME) === undefined) this.publish(EMPTY_STAT);
    this.#replace(CONF_NAME, encodeConf(conf));
  }

  /** Takes the place of a blob with other tensors: a crash in the middle leaves an empty one, never a wrong one. */
  replace(conf: BlobConf, stat: BlobStat): void {
    const before = this.#leftovers();
    const kept = new Set(stat.blocks);
    const bytes = encodeConf(conf);
    if (!same(tryReadAllSync(this.#folder, CONF_NAME), bytes)) {
      this.publish(EMPTY_STAT);
      this.#replace(CONF_NAME, bytes);
    }
    this.publish(stat);
    this.drop(before.filter((name) => !kept.has(name)));
  }

  /** Publishes a state. */
  publish(stat: BlobStat): void {
    if (this.durable) this.flushBlocksSync();
    this.#replace(STAT_NAME, encodeStat(stat));
    this.#staged.clear();
  }

  /** Adds tensors behind those of a state; answers the state with them, which is not published yet. */
  append(conf: BlobConf, stat: BlobStat, bytes: Uint8Array): BlobStat {
    const { rowBytes, blockSize } = conf;
    const blocks = stat.blocks.slice(0, blocksFor(stat.length, conf));
    const kept = blocks.length;
    let length = stat.length;
    try {
      for (let at = 0; at < bytes.length; ) {
        const number = Math.floor(length / blockSize);
        const slot = length % blockSize;
        if (number === blocks.length) blocks.push(this.#make(conf));
        const rows = Math.min(blockSize - slot, (bytes.length - at) / rowBytes);
        const piece = bytes.subarray(at, at + rows * rowBytes);
        this.#block(conf, blocks[number] as string, slot).writeSync(slot * rowBytes, piece);
        at += piece.length;
        length += rows;
      }
      return { length, blocks };
    } catch (error) {
      this.giveUp(blocks.slice(kept));
      throw error;
    }
  }

  /**
   * Puts other tensors in the place of those from `index` on: into copies of their blocks, so that whoever reads the
   * state before sees nothing of it. Answers the state with them, which is not published yet.
   */
  overwrite(conf: BlobConf, stat: BlobStat, index: number, bytes: Uint8Array): BlobStat {
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
        const name = this.#make(conf);
        made.push(name);
        if (rows < filled) this.#copy(conf, this, blocks[number] as string, name, filled);
        const piece = bytes.subarray(at, at + rows * rowBytes);
        this.#block(conf, name, 0).writeSync(slot * rowBytes, piece);
        blocks[number] = name;
        at += piece.length;
      }
      return { length: stat.length, blocks };
    } catch (error) {
      this.giveUp(made);
      throw error;
    }
  }

  /**
   * The state with the first `length` tensors only, which is not published yet. A block that is cut is copied: what is
   * appended later would else be written over tensors that somebody may still read.
   */
  cut(conf: BlobConf, stat: BlobStat, length: number): BlobStat {
    if (length >= stat.length) return stat;
    const blocks = stat.blocks.slice(0, blocksFor(length, conf));
    const rest = length % conf.blockSize;
    if (rest > 0) {
      const whole = blocks.pop() as string;
      blocks.push(this.adoptBlock(conf, this, whole, rest));
    }
    return { length, blocks };
  }

  /** Bytes `[start, end)` of block `name`. @throws {@link NthrecError} `NTH_DATA_LOST` where it does not have them */
  readBlock(name: string, start: number, end: number): Uint8Array {
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

  /** Writes tensors of a block that no state names. */
  writeBlock(conf: BlobConf, name: string, slot: number, bytes: Uint8Array): void {
    this.#block(conf, name, 0).writeSync(slot * conf.rowBytes, bytes);
  }

  /** Makes a block, of which every byte is a zero that takes no room yet. */
  makeBlock(conf: BlobConf): string {
    return this.#make(conf);
  }

  /** A copy of the first `rows` tensors of a block, of this or another blob, under a name of its own. */
  adoptBlock(conf: BlobConf, other: BlobFolder, name: string, rows: number): string {
    const own = this.#make(conf);
    try {
      this.#copy(conf, other, name, own, rows);
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

  /** Removes the blocks that only the state before named. */
  dropReplaced(before: BlobStat, after: BlobStat): void {
    const kept = new Set(after.blocks);
    this.drop(before.blocks.filter((name) => !kept.has(name)));
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

  /** Removes what stopped programs left: blocks that no state names, unfinished small files. */
  sweep(minimumAgeMs: number = ORPHAN_AGE_MS): string[] {
    const named = new Set(this.stat().blocks);
    const last = Date.now() - minimumAgeMs;
    const isOld = (name: string): boolean =>
      minimumAgeMs <= 0 || (this.#folder.statSync(name)?.modified ?? 0) <= last;
    const orphans = this.#leftovers().filter((name) => !named.has(name) && isOld(name));
    this.drop(orphans);
    return orphans;
  }

  /**
   * Removes the blob, whatever state it is in.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the folder holds a file that is not the blob's: nothing is
   * removed then
   */
  unlink(): void {
    this.#let();
    const own = new Set([...this.#leftovers(), STAT_NAME, CONF_NAME]);
    const foreign = this.#list().find((name) => !own.has(name));
    if (foreign !== undefined) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${pathOf(this.#folder, foreign)} is no file of a blob: nothing is removed while it is there`,
        { source: this.name },
      );
    }
    // The configuration last: until then an interrupted removal can be repeated.
    this.#folder.removeSync(STAT_NAME);
    this.drop(this.#leftovers());
    this.#folder.removeSync(CONF_NAME);
  }

  /** Makes everything survive a crash of the machine. */
  flushSync(): void {
    this.flushBlocksSync();
    for (const name of [STAT_NAME, CONF_NAME]) this.#flushFileSync(name);
    this.#folder.flushSync?.();
  }

  /** {@link BlobFolder.flushSync}, outside of this thread. */
  async flush(): Promise<void> {
    await this.flushBlocks();
    for (const name of [STAT_NAME, CONF_NAME]) await this.#flushFile(name);
    await this.#folder.flush?.();
  }

  /** Makes what was written to blocks survive a crash of the machine. */
  flushBlocksSync(): void {
    for (const name of this.#dirty) {
      this.#flushFileSync(name);
      this.#dirty.delete(name);
    }
  }

  /** {@link BlobFolder.flushBlocksSync}, outside of this thread. */
  async flushBlocks(): Promise<void> {
    for (const name of this.#dirty) {
      // Before: what is written meanwhile needs a flush of its own.
      this.#dirty.delete(name);
      try {
        await this.#flushFile(name);
      } catch (error) {
        this.#dirty.add(name);
        throw error;
      }
    }
  }

  closeSync(): void {
    this.#let();
  }

  #readStat(): Uint8Array {
    const bytes = readAllSync(this.#folder, STAT_NAME);
    if (!same(bytes, this.#statBytes)) {
      this.#stat = undefined;
      this.#statBytes = bytes;
    }
    return bytes;
  }

  #flushFileSync(name: string): void {
    if (this.#folder.statSync(name) === undefined) return;
    const file = this.#folder.editSync(name);
    try {
      file.flushSync();
    } finally {
      file.closeSync();
    }
  }

  async #flushFile(name: string): Promise<void> {
    if (this.#folder.statSync(name) === undefined) return;
    const file = this.#folder.editSync(name);
    try {
      await file.flush();
    } finally {
      file.closeSync();
    }
  }

  #leftovers(): string[] {
    const temps = [STAT_NAME + TEMP_INFIX, CONF_NAME + TEMP_INFIX];
    return this.#list().filter(
      (name) => isUuid(name) || temps.some((temp) => name.startsWith(temp)),
    );
  }

  #list(): string[] {
    try {
      return this.#folder.listSync();
    } catch (error) {
      if (isNthrecError(error, "NTH_NOT_FOUND")) return [];
      throw error;
    }
  }

  #replace(name: string, bytes: Uint8Array): void {
    replaceFileSync(this.#folder, name, bytes, this.durable);
  }

  #make(conf: BlobConf): string {
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

  #copy(conf: BlobConf, other: BlobFolder, from: string, to: string, rows: number): void {
    const bytes = rows * conf.rowBytes;
    for (let at = 0; at < bytes; at += COPY_BYTES) {
      const piece = other.readBlock(from, at, Math.min(bytes, at + COPY_BYTES));
      this.#block(conf, to, 0).writeSync(at, piece);
    }
  }

  /** Lets go of the open block. */
  #let(): void {
    this.#open?.file.closeSync();
    this.#open = undefined;
  }
}
