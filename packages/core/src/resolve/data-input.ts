import type { ByteSink, SyncByteSink } from "../sink/byte-sink.ts";
import type { ByteSource, SyncByteSource } from "../source/byte-source.ts";
import type { ByteStore, StoreEntry, SyncByteStore } from "../store/byte-store.ts";

/** A path or `file:` URL (Node), an http(s) URL, a Blob or File, bytes, a source of your own, or an entry of a store. */
export type DataInput = string | URL | Blob | Uint8Array | ByteSource | StoreEntry;

/** A {@link DataInput} that can answer before it returns. */
export type LocalInput = string | URL | Uint8Array | SyncByteSource | StoreEntry<SyncByteStore>;

/** A path or `file:` URL (Node), a sink of your own, or an entry of a store. */
export type DataOutput = string | URL | ByteSink | StoreEntry;

/** A {@link DataOutput} that can finish before it returns. */
export type LocalOutput = string | URL | SyncByteSink | StoreEntry<SyncByteStore>;

/** Whether `value` names an entry of a store. */
export function isStoreEntry(value: unknown): value is StoreEntry<ByteStore> {
  if (typeof value !== "object" || value === null) return false;
  const { store, name } = value as Partial<StoreEntry>;
  return typeof name === "string" && typeof store === "object" && store !== null && "open" in store;
}
