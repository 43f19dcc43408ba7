import type { StoreEntry } from "../store/byte-store.ts";

/** Where the data of a reader lie. */
export interface ReaderHome {
  /** `undefined` for a Blob, bytes, and a source that was passed in. */
  readonly entry: StoreEntry | undefined;
  /** Whether each request costs a trip over a network. */
  readonly remote: boolean;
  /** Bytes of the snapshot in force. */
  readonly size: number;
}
