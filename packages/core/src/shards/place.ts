import { platform } from "#platform";
import { refuse } from "../plan/run-plan.ts";
import { call, type StepPlan } from "../plan/step.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { HttpOptions } from "../source/http-options.ts";
import { type ByteStore, isSyncStore, type StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import type { AbortOptions } from "../types.ts";
import { globTest, isGlob } from "./glob.ts";

/** The folders in a folder that a pattern means. */
function matching(folder: string, pattern: string): string[] {
  const names = platform.foldersIn(folder);
  return names.includes(pattern) ? [pattern] : names.filter(globTest(pattern));
}

/** A folder that shards lie in: one of the file system, a URL prefix, or a store of the caller's. */
export class Place {
  /** As messages show it. */
  readonly name: string;
  readonly store: ByteStore;
  /** Whether it is a folder of the file system: then names may lead on into folders, and links are followed. */
  readonly local: boolean;
  /** Whether data are folders, so that these are what is listed of the file system. */
  readonly #folders: boolean;

  constructor(store: ByteStore, local: boolean, folders = false) {
    this.name = store.name;
    this.store = store;
    this.local = local;
    this.#folders = folders;
  }

  /** The folder of what a path, URL or entry names, and the name in it. */
  static of(
    location: string | URL | StoreEntry,
    http: HttpOptions | undefined,
    folders?: boolean,
  ): { readonly place: Place; readonly name: string } {
    const { store, name } = resolveEntry(location, http);
    const passed = typeof location !== "string" && !(location instanceof URL);
    const local = !passed && !(store instanceof UrlStore);
    return { place: new Place(store, local, folders), name };
  }

  /** Whether each look costs a trip over a network, and nothing can be listed. */
  get remote(): boolean {
    return this.store instanceof UrlStore;
  }

  /** The entry of a file in this folder, by its real path where that can be another one. */
  entry(name: string): StoreEntry {
    if (this.local) return platform.resolvePath(`${this.name}/${name}`);
    const folders = name.split("/");
    const file = folders.pop() as string;
    let { store } = this;
    for (const folder of folders) {
      // A store without folders may still have names that look like them.
      if (store.folder === undefined) return { store: this.store, name };
      store = store.folder(folder);
    }
    return { store, name: file };
  }

  /** A folder in this folder of the file system. */
  folder(name: string): Place {
    return this.#at(`${this.name}/${name}/x`);
  }

  /** Whether it is a folder of data that are folders, and not such data itself. */
  holdsFolders(): boolean {
    return this.#folders && platform.foldersIn(this.name).length > 0;
  }

  /**
   * The folders that a path with wild cards in its folders means, each with its path from the first of these;
   * `undefined` for a path without them. A folder of exactly that name is meant by it.
   */
  expanded(): { readonly place: Place; readonly path: string }[] | undefined {
    if (!this.local || !isGlob(this.name)) return undefined;
    const separator = this.name.includes("/") ? "/" : "\\";
    const [root = "", ...segments] = this.name.split(separator);
    let folders = [{ at: root, path: "" }];
    let wild = false;
    for (const segment of segments) {
      const steps = isGlob(segment) ? (at: string) => matching(at + separator, segment) : undefined;
      wild ||= steps !== undefined;
      folders = folders.flatMap(({ at, path }) =>
        (steps?.(at) ?? [segment]).map((name) => ({
          at: at + separator + name,
          path: wild ? `${path}${name}/` : path,
        })),
      );
    }
    const [only] = folders;
    if (folders.length === 1 && only?.at === this.name) return undefined;
    return folders.map(({ at, path }) => ({
      place: this.#at(`${at}${separator}x`),
      path,
    }));
  }

  /** The names of the data in it. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for http(s) */
  *names(): StepPlan<string[]> {
    if (this.#folders && this.local) return platform.foldersIn(this.name);
    return yield* call(
      () => (isSyncStore(this.store) ? this.store.listSync() : refuse(this.name)),
      (options) => namesOf(this.store, options),
    );
  }

  #at(path: string): Place {
    return new Place(platform.resolvePath(path).store, true, this.#folders);
  }
}

async function namesOf(store: ByteStore, options: AbortOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list(options)) names.push(name);
  return names;
}
