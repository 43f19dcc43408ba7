import {
  constants,
  type Dirent,
  promises,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { join, sep } from "node:path";
import { isNthrecError, NthrecError, throwIfAborted } from "../../errors.ts";
import type {
  EntryStat,
  LiveFile,
  LiveStore,
  LockOptions,
  StoreLock,
  StoreOpenOptions,
} from "../../store/byte-store.ts";
import type { AbortOptions } from "../../types.ts";
import { Descriptor } from "./descriptor.ts";
import { FileSink } from "./file-sink.ts";
import { entryStat, FileSource } from "./file-source.ts";
import { errnoOf, fsError } from "./fs-error.ts";
import { GenerationLock } from "./generation-lock.ts";
import { KERNEL_KIND, KernelLock } from "./kernel-lock.ts";
import { NodeLiveFile } from "./live-file.ts";
import { LockFolder } from "./lock-folder.ts";
import { makeFolder } from "./make-folder.ts";
import { watchEntry } from "./watch-entry.ts";

/** What no name of a file holds. */
const SEPARATORS: RegExp = sep === "/" ? /[/\0]/ : /[/\\\0]/;

/** Actions that change nothing. */
const LOOKING: ReadonlySet<string> = new Set(["list", "look at"]);

/**
 * A folder as a store. Its entries are the files in it; folders in it are no entries, and the folder itself is made
 * with the first entry that is created.
 */
export class DirectoryStore implements LiveStore {
  /** The path. */
  readonly name: string;
  /** What comes before the name of an entry in its path. */
  readonly #prefix: string;

  constructor(path: string) {
    this.name = path;
    this.#prefix = join(path, "n").slice(0, -1);
  }

  async open(name: string, options?: StoreOpenOptions): Promise<FileSource> {
    return FileSource.open(this.#path(name), options);
  }

  openSync(name: string, options?: StoreOpenOptions): FileSource {
    return FileSource.openSync(this.#path(name), options);
  }

  async create(name: string, options?: AbortOptions): Promise<FileSink> {
    const path = this.#path(name);
    throwIfAborted(options?.signal, path);
    try {
      return await FileSink.create(path);
    } catch (error) {
      if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
      this.#trySync("create", () => makeFolder(this.name));
      return FileSink.create(path);
    }
  }

  createSync(name: string): FileSink {
    const path = this.#path(name);
    return this.#making(() => FileSink.createSync(path));
  }

  async *list(options?: AbortOptions): AsyncGenerator<string> {
    throwIfAborted(options?.signal, this.name);
    const entries = await this.#try("list", () =>
      promises.readdir(this.name, { withFileTypes: true }),
    );
    for (const name of fileNames(entries)) {
      throwIfAborted(options?.signal, this.name);
      yield name;
    }
  }

  listSync(): string[] {
    return fileNames(this.#trySync("list", () => readdirSync(this.name, { withFileTypes: true })));
  }

  async rename(from: string, to: string): Promise<void> {
    const [old, next] = [this.#path(from), this.#path(to)];
    await this.#try("rename", () => promises.rename(old, next), old);
  }

  renameSync(from: string, to: string): void {
    const [old, next] = [this.#path(from), this.#path(to)];
    this.#trySync("rename", () => renameSync(old, next), old);
  }

  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    await this.#try("remove", () => promises.unlink(path).catch(ignoreMissing), path);
  }

  removeSync(name: string): void {
    const path = this.#path(name);
    this.#trySync("remove", () => removeFile(path), path);
  }

  statSync(name: string): EntryStat | undefined {
    const path = this.#path(name);
    const stat = this.#trySync("look at", () => statOf(path), path);
    return stat === undefined || stat.isDirectory() ? undefined : entryStat(stat);
  }

  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile {
    const path = this.#path(name);
    if (options?.create !== true) return NodeLiveFile.openSync(path, false);
    return this.#making(() => NodeLiveFile.openSync(path, true));
  }

  /** Watches the folder for what happens to one entry. */
  watch(name: string, changed: () => void): () => void {
    this.#path(name);
    return watchEntry(this.name, name, changed);
  }

  /** The lock in the folder `name`, which is made by the first `tryAcquire`. */
  lock(name: string, options: LockOptions = {}): StoreLock {
    const folder = this.#path(name);
    const kernel =
      options.kind === undefined
        ? new LockFolder(folder).kind === KERNEL_KIND
        : options.kind === "kernel";
    return kernel ? new KernelLock(folder) : new GenerationLock(folder);
  }

  folder(name: string): DirectoryStore {
    return new DirectoryStore(this.#path(name));
  }

  removeFolderSync(name: string): void {
    const path = this.#path(name);
    this.#trySync("remove", () => removeFolder(path), path);
  }

  /** Makes names survive a crash of the machine: what was created, renamed and removed so far. */
  async flush(): Promise<void> {
    // Windows neither opens folders nor needs it: NTFS journals its names.
    if (process.platform === "win32") return;
    const folder = await Descriptor.open(this.name, constants.O_RDONLY);
    try {
      await folder.flushAll();
    } finally {
      await folder.close();
    }
  }

  /** The synchronous twin of {@link DirectoryStore.flush}. */
  flushSync(): void {
    if (process.platform === "win32") return;
    const folder = Descriptor.openSync(this.name, constants.O_RDONLY);
    try {
      folder.flushAllSync();
    } finally {
      folder.closeSync();
    }
  }

  #path(name: string): string {
    if (name === "" || name === "." || name === ".." || SEPARATORS.test(name)) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${JSON.stringify(name)} is not the name of a file in ${this.name}: pass a name without its folder`,
        { source: this.name },
      );
    }
    return this.#prefix + name;
  }

  /** Makes what lies in this folder, and the folder first when it is missing. */
  #making<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
      this.#trySync("create", () => makeFolder(this.name));
      return make();
    }
  }

  async #try<T>(action: string, call: () => Promise<T>, name: string = this.name): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw fsError(error, { action, name, writing: !LOOKING.has(action) });
    }
  }

  #trySync<T>(action: string, call: () => T, name: string = this.name): T {
    try {
      return call();
    } catch (error) {
      throw fsError(error, { action, name, writing: !LOOKING.has(action) });
    }
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    ignoreMissing(error);
  }
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== "ENOENT") throw error;
}

function fileNames(entries: readonly Dirent[]): string[] {
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
