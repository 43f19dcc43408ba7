import { isNthrecError, type SyncByteStore } from "../index.ts";

/** The bytes of an entry, or `undefined` when it is not there. */
export function readEntry(store: SyncByteStore, name: string): Uint8Array | undefined {
  let source: ReturnType<SyncByteStore["openSync"]>;
  try {
    source = store.openSync(name);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
  try {
    return source.readSync(0, source.size);
  } finally {
    source.closeSync();
  }
}

/** Creates or replaces an entry; `undefined` removes it. */
export function putEntry(store: SyncByteStore, name: string, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) {
    store.removeSync(name);
    return;
  }
  const sink = store.createSync(name);
  try {
    sink.writeSync(0, bytes);
  } finally {
    sink.closeSync();
  }
}
