import {
  type ByteStore,
  type DataInput,
  type DataOutput,
  entryOf,
  type LiveStore,
  type StoreEntry,
} from "@nthrec/core";
import { LiveTensorStore, type LiveTensorStoreOptions } from "../folder/live-tensor-store.ts";
import { TensorStore } from "../folder/tensor-store.ts";

/** Whether an input names a place, where a blob's folder may be. */
export function isPlace(data: DataInput | DataOutput): data is string | URL | StoreEntry {
  if (typeof data === "string" || data instanceof URL) return true;
  return typeof data === "object" && data !== null && "store" in data;
}

/**
 * The blob that a path, a URL or an entry of a store names, as an entry that reads as one stream.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where a store has no folders
 */
export function blobEntry(
  data: string | URL | StoreEntry,
  options: LiveTensorStoreOptions = {},
): StoreEntry {
  const { store, name } = placeEntry(data);
  if (store instanceof TensorStore || store instanceof LiveTensorStore) return { store, name };
  return { store: blobStore(store, name, options), name };
}

/** {@link blobEntry} of a place that can be written to, or `undefined`. */
export function liveBlobEntry(
  data: string | URL | StoreEntry,
  options?: LiveTensorStoreOptions,
): StoreEntry<LiveTensorStore> | undefined {
  const { store, name } = blobEntry(data, options);
  return store instanceof LiveTensorStore ? { store, name } : undefined;
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
export function placeEntry(data: string | URL | StoreEntry): StoreEntry {
  return entryOf(trimmed(data));
}

/** A folder may be named with a slash at its end. */
function trimmed(data: string | URL | StoreEntry): string | URL | StoreEntry {
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
