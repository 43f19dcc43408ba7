import { checkChoice, throwIfAborted } from "../errors.ts";
import { runPlan } from "../plan/run-plan.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { StoreEntry, StoreOpenOptions } from "../store/byte-store.ts";
import type { DataInput } from "./data-input.ts";
import { openResolved, resolveEntry, resolveInput } from "./resolve.ts";

/** How bytes are opened without a format. */
export interface SourceOptions extends StoreOpenOptions {
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
}

/**
 * Opens data as bytes, without a format. A source that was passed in is answered as it is, and stays its owner's to
 * close; every other one is the caller's.
 *
 * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_IO_ERROR`, `NTH_ABORTED`, `NTH_NOT_SUPPORTED` for a path in a browser
 */
export async function openSource(
  data: DataInput,
  { http, ...options }: SourceOptions = {},
): Promise<ByteSource> {
  throwIfAborted(options.signal);
  checkChoice("io", options.io, ["adaptive", "inline", "pool"]);
  return await runPlan(openResolved(resolveInput(data, http), options), options);
}

/**
 * The store and the name in it that a path or URL stands for, so that files beside it can be opened and made.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for a path in a browser
 */
export function entryOf(location: string | URL | StoreEntry, http?: HttpOptions): StoreEntry {
  return resolveEntry(location, http);
}
