import {
  type ByteStore,
  type DataInput,
  type DataOutput,
  entryOf,
  type LiveStore,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import { LiveTensorStore, type LiveTensorStoreOptions } from "../folder/live-tensor-store.ts";
import { TensorStore } from "../folder/tensor-store.ts";

/** Where a blob is: a path, a `file:` or http(s) URL, or an entry of a store that has folders. */
export type BlobPlace = string | URL | StoreEntry;

/** A place that can be written to, with what the caller named it by. */
export interface LivePlace extends StoreEntry<LiveTensorStore> {
  readonly origin: BlobPlace;
}

/** Whether an input names a place, where a blob's folder may be. */
export function isPlace(data: DataInput | DataOutput): data is BlobPlace {
  if (typeof data === "string" || data instanceof URL) return true;
  return typeof data === "object" && data !== null && "store" in data;
}

/**
 * The blob that a path, a URL or an entry of a store names, as an entry that reads as one stream.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where a store has no folders
 */
export function blobEntry(data: BlobPlace, options: LiveTensorStoreOptions = {}): StoreEntry {
  const { store, name } = placeEntry(data);
  if (store instanceof TensorStore || store instanceof LiveTensorStore) return { store, name };
  return { store: blobStore(store, name, options), name };
}

/**
 * {@link blobEntry} of a place that can be written to.
 *
 * @throws {@link NthrecError} `NTH_READONLY` where it cannot
 */
export function livePlace(origin: BlobPlace, options?: LiveTensorStoreOptions): LivePlace {
  const { store, name } = blobEntry(origin, options);
  if (store instanceof LiveTensorStore) return { store, name, origin };
  throw new NthrecError("NTH_READONLY", `${name} lies in ${store.name}, which can only be read`, {
    source: name,
  });
}

function blobStore(
  store: ByteStore,
  name: string,
  options: LiveTensorStoreOptions,
): TensorStore | LiveTensorStore {
  const live = typeof (store as Partial<LiveStore>).editSync === "function";
  return live
    ? new LiveTensorStore(store as LiveStore, name, options)
    : new TensorStore(store, name, options);
}

/** What a path, a URL or an entry of a store names; a folder may be named with a slash at its end. */
export function placeEntry(data: BlobPlace): StoreEntry {
  return entryOf(trimmed(data));
}

/** A folder may be named with a slash at its end. */
function trimmed(data: BlobPlace): string | URL | StoreEntry {
  if (typeof data === "string") return /^https?:/i.test(data) ? trimUrl(data) : trimPath(data);
  return data instanceof URL ? trimUrl(data.href) : data;
}

function trimPath(path: string): string {
  return path.replace(/(?<=[^/\\])[/\\]+$/, "");
}

function trimUrl(location: string): URL {
  const url = new URL(location);
  url.pathname = url.pathname.replace(/(?<=[^/])\/+$/, "");
  return url;
}
