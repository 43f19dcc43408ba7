import type { AbortOptions } from "../types.ts";
import type { ByteSource } from "./byte-source.ts";

/**
 * A file behind an http(s) URL: each read is one range request for the version that was pinned at opening.
 *
 * Every answer must show the pinned version and size and hold exactly the bytes asked for. Reads within the bytes
 * that came with the opening need no request. Made where a URL is opened: what it takes is loaded then, and not with this class.
 */
export abstract class HttpSource implements ByteSource {
  /** The URL without its query, which may hold a signature that must not reach a log. */
  abstract readonly name: string;
  abstract readonly size: number;

  abstract read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array>;

  abstract readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void>;

  /**
   * Opens the URL again: as it is, or with the bytes that were added since. This source stays open.
   *
   * That the file only grew is shown by its old last bytes, if this source ever read them.
   *
   * @throws {@link NthrecError} `NTH_SOURCE_CHANGED` when it is another file, or may be
   */
  abstract reopen(options?: AbortOptions): Promise<HttpSource>;

  /** Ends the requests under way. */
  abstract close(): Promise<void>;

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
