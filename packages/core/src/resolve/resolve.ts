import { platform } from "#platform";
import { openEntry, type StepPlan } from "../plan/step.ts";
import { BlobSource } from "../source/blob-source.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpOptions } from "../source/http-options.ts";
import { MemorySource } from "../source/memory-source.ts";
import type { StoreEntry, StoreOpenOptions } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import { type DataInput, isStoreEntry } from "./data-input.ts";

/** What an input stands for before anything is opened. */
export interface Resolved {
  /** Where it lies, if it has neighbours: an index beside it. */
  readonly entry: StoreEntry | undefined;
  /** The source that was passed in, or made of what was passed in. */
  readonly source: ByteSource | undefined;
  /** Whether each request costs a trip over a network. */
  readonly remote: boolean;
  /** Whether whoever opened it also closes it. */
  readonly owned: boolean;
}

/** Says what an input stands for; nothing is opened. @throws {@link TypeError} when it is none of the kinds */
export function resolveInput(data: DataInput, http: HttpOptions = {}): Resolved {
  if (typeof data === "string" || data instanceof URL) return resolveLocation(data, http);
  if (data instanceof Uint8Array) return plain(new MemorySource(data), true);
  if (typeof Blob !== "undefined" && data instanceof Blob) return plain(new BlobSource(data), true);
  if (isStoreEntry(data)) return at(data);
  if (isSource(data)) return plain(data, false);
  throw new TypeError(
    `expected a path, a URL, a Blob, bytes, a ByteSource or { store, name }, not ${kindOf(data)}`,
  );
}

/**
 * The entry of a store that a path or URL names: a folder and a file in it, neither of which need exist. A local folder
 * is a {@link LiveStore}: files in it can be written, locked and watched.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for a path in a browser
 */
export function resolveEntry(
  location: string | URL | StoreEntry,
  http: HttpOptions = {},
): StoreEntry {
  if (isStoreEntry(location)) return location;
  if (typeof location !== "string" && !(location instanceof URL)) {
    throw new TypeError(`expected a path, a URL or { store, name }, not ${kindOf(location)}`);
  }
  const { entry } = resolveLocation(location, http);
  return entry as StoreEntry;
}

/** Opens what an input stands for. */
export function* openResolved(resolved: Resolved, options: StoreOpenOptions): StepPlan<ByteSource> {
  if (resolved.source !== undefined) return resolved.source;
  const { store, name } = resolved.entry as StoreEntry;
  return yield* openEntry(store, name, options);
}

function resolveLocation(location: string | URL, http: HttpOptions): Resolved {
  const remote = webUrl(location);
  if (remote === undefined) return at(platform.resolvePath(location));
  return at(UrlStore.entry(remote, http));
}

function webUrl(location: string | URL): URL | undefined {
  if (typeof location === "string" && !/^https?:\/\//i.test(location)) return undefined;
  const url = new URL(location);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

function at(entry: StoreEntry): Resolved {
  return { entry, source: undefined, remote: entry.store instanceof UrlStore, owned: true };
}

function plain(source: ByteSource, owned: boolean): Resolved {
  return { entry: undefined, source, remote: false, owned };
}

function isSource(data: unknown): data is ByteSource {
  if (typeof data !== "object" || data === null) return false;
  const { read, size } = data as Partial<ByteSource>;
  return typeof read === "function" && typeof size === "number";
}

/** What a message calls a value that is of no use. */
export function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? `an object (${value.constructor?.name ?? "without a class"})`
    : String(value);
}
