import { NthrecError } from "@nthrec/core";
import { platform } from "#platform";
import type { Codecs } from "../codecs/codec.ts";
import type { ChunkThreads } from "./chunk-threads.ts";

/** Options that have to do with threads. */
export interface ThreadOptions {
  readonly threads?: number | undefined;
  readonly codecs?: Partial<Codecs> | undefined;
}

/**
 * The threads that options ask for; none of them has started.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE`; `NTH_NOT_SUPPORTED` in a browser, and with codecs of the caller's
 */
export function threadsOf({ threads = 0, codecs }: ThreadOptions): ChunkThreads | undefined {
  if (!Number.isSafeInteger(threads) || threads < 0) {
    throw new NthrecError("NTH_INVALID_VALUE", `threads: ${threads} is no number of threads`);
  }
  if (threads === 0) return undefined;
  if (codecs !== undefined) {
    const message = "threads have only the platform's codecs: leave out threads, or codecs";
    throw new NthrecError("NTH_NOT_SUPPORTED", message);
  }
  return platform.chunkThreads(threads);
}
