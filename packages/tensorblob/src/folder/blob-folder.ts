import { isNthrecError, type LiveStore, NthrecError } from "@nthrec/core";
import { BlockFiles } from "./block-files.ts";
import { decodeBlockList } from "./block-list.ts";
import { type BlobConf, CONF_NAME, decodeConf, encodeConf } from "./conf.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { replaceFileSync, TEMP_INFIX } from "./replace-file.ts";
import { pathOf, readAllSync, same, tryReadAllSync } from "./snapshot.ts";
import { appended, overwritten, shortened } from "./stages.ts";
import { type BlobStat, decodeStat, EMPTY_STAT, encodeStat, isUuid, STAT_NAME } from "./stat.ts";

/** How old a block must be that nobody names, so that it cannot be of a program that is still at work, ms. */
const ORPHAN_AGE_MS = 10 * 60_000;

/**
 * A blob's folder, changed under its lock. Tensors are staged in blocks that no state names, or behind the last tensor
 * of one; a rename of `.stat` publishes them all at once.
 */
export class BlobFolder {
  readonly name: string;
  /** Whether a published state must survive a crash of the machine. */
  readonly durable: boolean;
  readonly blocks: BlockFiles;
  readonly #folder: LiveStore;
  #confBytes: Uint8Array | undefined;
  #conf: BlobConf | undefined;
  #statBytes: Uint8Array | undefined;
  #stat: BlobStat | undefined;

  constructor(folder: LiveStore, durable = false) {
    this.#folder = folder;
    this.blocks = new BlockFiles(folder);
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
    this.blocks.drop(before.filter((name) => !kept.has(name)));
  }

  /** Publishes a state. */
  publish(stat: BlobStat): void {
    if (this.durable) this.blocks.flushSync();
    this.#replace(STAT_NAME, encodeStat(stat));
    this.blocks.published();
  }

  /** {@link appended} of this folder. */
  append(conf: BlobConf, stat: BlobStat, bytes: Uint8Array): BlobStat {
    return appended(this.blocks, conf, stat, bytes);
  }

  /** {@link overwritten} of this folder. */
  overwrite(conf: BlobConf, stat: BlobStat, index: number, bytes: Uint8Array): BlobStat {
    return overwritten(this.blocks, conf, stat, index, bytes);
  }

  /** {@link shortened} of this folder. */
  cut(conf: BlobConf, stat: BlobStat, length: number): BlobStat {
    return shortened(this.blocks, conf, stat, length);
  }

  /** Removes the blocks that only the state before named. */
  dropReplaced(before: BlobStat, after: BlobStat): void {
    const kept = new Set(after.blocks);
    this.blocks.drop(before.blocks.filter((name) => !kept.has(name)));
  }

  /** Removes what stopped programs left: blocks that no state names, unfinished small files. */
  sweep(minimumAgeMs: number = ORPHAN_AGE_MS): string[] {
    const named = new Set(this.stat().blocks);
    const last = Date.now() - minimumAgeMs;
    const isOld = (name: string): boolean =>
      minimumAgeMs <= 0 || (this.#folder.statSync(name)?.modified ?? 0) <= last;
    const orphans = this.#leftovers().filter((name) => !named.has(name) && isOld(name));
    this.blocks.drop(orphans);
    return orphans;
  }

  /**
   * Removes the blob, whatever state it is in.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the folder holds a file that is not the blob's: nothing is
   * removed then
   */
  unlink(): void {
    this.blocks.closeSync();
    this.checkOwn();
    // The configuration last: until then an interrupted removal can be repeated.
    this.#folder.removeSync(STAT_NAME);
    this.blocks.drop(this.#leftovers());
    this.#folder.removeSync(CONF_NAME);
  }

  /** @throws {@link NthrecError} `NTH_INVALID_VALUE` when the folder holds a file that is not the blob's */
  checkOwn(): void {
    const own = new Set([...this.#leftovers(), STAT_NAME, CONF_NAME]);
    const foreign = this.#list().find((name) => !own.has(name));
    if (foreign === undefined) return;
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${pathOf(this.#folder, foreign)} is no file of a blob: nothing is removed while it is there`,
      { source: this.name },
    );
  }

  /** Makes everything survive a crash of the machine. */
  flushSync(): void {
    this.blocks.flushSync();
    for (const name of [STAT_NAME, CONF_NAME]) this.blocks.flushFileSync(name);
    this.#folder.flushSync?.();
  }

  /** {@link BlobFolder.flushSync}, outside of this thread. */
  async flush(): Promise<void> {
    await this.blocks.flush();
    for (const name of [STAT_NAME, CONF_NAME]) await this.blocks.flushFile(name);
    await this.#folder.flush?.();
  }

  closeSync(): void {
    this.blocks.closeSync();
  }

  #readStat(): Uint8Array {
    const bytes = readAllSync(this.#folder, STAT_NAME);
    if (!same(bytes, this.#statBytes)) {
      this.#stat = undefined;
      this.#statBytes = bytes;
    }
    return bytes;
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
}
