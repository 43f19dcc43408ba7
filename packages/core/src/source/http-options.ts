import type { AbortOptions } from "../types.ts";

/** How an http(s) URL is fetched. */
export interface HttpOptions extends AbortOptions {
  /**
   * Sends the requests: to presign, to authenticate, to go through a proxy. @default the platform's `fetch`
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Headers of every request. Credentials belong here, not into the URL. */
  readonly headers?: HeadersInit | undefined;
  /**
   * How often a request is sent again after a network failure or status 408, 429, 500, 502, 503 or 504. The pauses
   * double from 0.1 s; a `Retry-After` of up to 30 s is obeyed, a longer one ends the read. @default 2
   */
  readonly retries?: number | undefined;
  /** Bytes at the end that are needed first: the first request asks for them instead of the head. @default 0 */
  readonly tailBytes?: number | undefined;
  /** Bytes of the head that the first request brings along and the source keeps. @default 65536 */
  readonly headBytes?: number | undefined;
  /** Largest file that is kept whole in memory when the server does not answer ranges. @default 67108864 (64 MiB) */
  readonly maxWholeBytes?: number | undefined;
}

/** The sizes among the options, with their defaults. */
export interface HttpSizes {
  readonly tailBytes: number;
  readonly headBytes: number;
  readonly maxWholeBytes: number;
}

/** Fills in the defaults. @throws {@link TypeError} for a number that makes no sense */
export function httpSizes(options: HttpOptions): HttpSizes {
  return {
    tailBytes: count("tailBytes", options.tailBytes, 0, 0),
    headBytes: count("headBytes", options.headBytes, 65_536, 1),
    maxWholeBytes: count("maxWholeBytes", options.maxWholeBytes, 67_108_864, 0),
  };
}

/** The option called `name` as a whole number of at least `least`. */
export function count(
  name: string,
  value: number | undefined,
  byDefault: number,
  least: number,
): number {
  if (value === undefined) return byDefault;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number of at least ${least}, not ${value}`);
}
