import { platform } from "#platform";
import { listEntries, type StepPlan } from "../plan/step.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { ByteStore, StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";

/** A folder that shards lie in: one of the file system, a URL prefix, or a store of the caller's. */
export class Place {
  /** As messages show it. */
  readonly name: string;
  readonly store: ByteStore;
  /** Whether it is a folder of the file system: then names may lead on into folders, and links are followed. */
  readonly local: boolean;
  readonly #http: HttpOptions | undefined;

  constructor(store: ByteStore, local: boolean, http?: HttpOptions) {
    this.name = store.name;
    this.store = store;
    this.local = local;
    this.#http = http;
  }

  /** The folder of what a path, URL or entry names, and the name in it. */
  static of(
    location: string | URL | StoreEntry,
    http: HttpOptions | undefined,
  ): { readonly place: Place; readonly name: string } {
    const { store, name } = resolveEntry(location, http);
    const passed = typeof location !== "string" && !(location instanceof URL);
    const local = !passed && !(store instanceof UrlStore);
    return { place: new Place(store, local, http), name };
  }

  /** Whether each look costs a trip over a network, and nothing can be listed. */
  get remote(): boolean {
    return this.store instanceof UrlStore;
  }

  /** The entry of a file in this folder, by its real path where that can be another one. */
  entry(name: string): StoreEntry {
    if (this.local) return platform.resolvePath(`${this.name}/${name}`);
    if (this.store instanceof UrlStore && name.includes("/")) {
      const url = this.store.url("");
      url.pathname += name;
      return UrlStore.entry(url, this.#http);
    }
    return { store: this.store, name };
  }

  /** A folder in this folder of the file system. */
  folder(name: string): Place {
    return new Place(platform.resolvePath(`${this.name}/${name}/x`).store, true);
  }

  /** The names of the files in it. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for http(s) */
  *names(): StepPlan<string[]> {
    return yield* listEntries(this.store);
  }
}
