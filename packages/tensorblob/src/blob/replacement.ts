import type { StoreEntry } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import type { BlobConf } from "../folder/conf.ts";
import type { LiveTensorStore } from "../folder/live-tensor-store.ts";
import { type BlobStat, EMPTY_STAT } from "../folder/stat.ts";
import type { BlobChanges } from "./blob-changes.ts";
import { type ChangeOptions, flushBlocks, lockOf, publishStage, type Stage } from "./change.ts";
import type { LentBytes } from "./lent-bytes.ts";
import { Turns } from "./turns.ts";
import type { Course } from "./twofold.ts";

/** Tensors of fewer bytes are gathered first: a system call for each would cost more than a copy. */
const SMALL_BYTES = 64 * 1024;
const GATHER_BYTES = 256 * 1024;

/**
 * A blob that takes the place of another one, or of none, by its first flush: until then what was there is left alone.
 * It has its writers' lock from the beginning to the end.
 */
export class Replacement implements BlobChanges {
  readonly name: string;
  readonly layout: BlobConf;
  readonly #entry: StoreEntry<LiveTensorStore>;
  readonly #folder: BlobFolder;
  readonly #release: () => void;
  readonly #turns: Turns = new Turns();
  /** What is in blocks. */
  #stat: BlobStat = EMPTY_STAT;
  /** Of that what readers see; nothing while the blob that was there is in its place. */
  #published: BlobStat | undefined;
  /** Small tensors that are not in blocks yet. */
  #gathered: Uint8Array = new Uint8Array(0);
  #filled = 0;

  private constructor(
    entry: StoreEntry<LiveTensorStore>,
    folder: BlobFolder,
    conf: BlobConf,
    release: () => void,
  ) {
    this.name = folder.name;
    this.layout = conf;
    this.#entry = entry;
    this.#folder = folder;
    this.#release = release;
  }

  /** Waits for the lock, and begins with an empty blob. */
  static *open(
    entry: StoreEntry<LiveTensorStore>,
    conf: BlobConf,
    options: ChangeOptions,
  ): Course<Replacement> {
    const release = yield* lockOf(entry, options);
    return new Replacement(entry, entry.store.folderToChange(), conf, release);
  }

  get length(): number {
    return this.#stat.length + this.#filled / this.layout.rowBytes;
  }

  *append({ bytes }: LentBytes): Course<void> {
    if (this.#filled + bytes.length > GATHER_BYTES) this.#pour();
    if (bytes.length >= SMALL_BYTES) {
      this.#pour();
      this.#stage(bytes);
      return;
    }
    if (this.#gathered.length === 0) this.#gathered = new Uint8Array(GATHER_BYTES);
    this.#gathered.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  *change(stage: Stage): Course<void> {
    const self = this;
    yield* this.#turns.take(this.name, function* () {
      yield* self.#publishing();
      self.#stat = yield* publishStage(self.#folder, self.layout, stage);
      self.#published = self.#stat;
    });
  }

  *flush(): Course<void> {
    yield* this.#turns.take(this.name, () => this.#publishing());
  }

  *close(): Course<void> {
    const self = this;
    yield* this.#turns.take(this.name, function* () {
      yield* self.#publishing();
      self.#folder.closeSync();
      self.#release();
    });
  }

  *#publishing(): Course<void> {
    this.#pour();
    const stat = this.#stat;
    if (stat === this.#published) return;
    yield* flushBlocks(this.#folder);
    if (this.#published === undefined) this.#folder.replace(this.layout, stat);
    else this.#folder.publish(stat);
    this.#published = stat;
    const { store, name } = this.#entry;
    store.removeSync(`${name}.seal`);
  }

  /** Brings the small tensors into blocks; they stay gathered where that fails. */
  #pour(): void {
    if (this.#filled === 0) return;
    this.#stage(this.#gathered.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #stage(bytes: Uint8Array): void {
    this.#stat = this.#folder.append(this.layout, this.#stat, bytes);
  }
}
