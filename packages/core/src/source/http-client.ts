import {
  isNthrecError,
  NthrecError,
  notOpen,
  onAbort,
  throwIfAborted,
  untilAborted,
} from "../errors.ts";
import { delay } from "./delay.ts";
import { count, type HttpOptions } from "./http-options.ts";
import { discard, retryAfter } from "./http-response.ts";

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** One request of a source. */
export interface HttpRequest {
  readonly method?: "GET" | "HEAD";
  /** Value of the `Range` header. */
  readonly range?: string | undefined;
  /** Byte position that error messages show. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default the client's */
  readonly retries?: number | undefined;
}

/** Reads an answer. */
type Use<T> = (response: Response, signal: AbortSignal) => Promise<T>;

/** A failure that another try may not meet. */
class TransientFailure {
  readonly what: string;
  readonly cause: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(what: string, cause: unknown, retryAfterMs?: number) {
    this.what = what;
    this.cause = cause;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Sends requests for one URL, and sends them again after transient failures. */
export class HttpClient {
  readonly url: URL;
  /** The URL without its query, which may hold a signature that must not reach a log. */
  readonly name: string;
  readonly options: HttpOptions;
  readonly #headers: Headers;
  readonly #retries: number;
  readonly #underWay = new Set<AbortController>();
  #open = true;

  /** @throws {@link TypeError} for a URL or options that cannot be fetched */
  constructor(url: string | URL, options: HttpOptions) {
    this.url = new URL(url);
    this.name = `${this.url.origin}${this.url.pathname}${this.url.search === "" ? "" : "?…"}`;
    if (this.url.protocol !== "http:" && this.url.protocol !== "https:") {
      throw new TypeError(`expected an http: or https: URL, not ${this.url.protocol}`);
    }
    if (this.url.username !== "" || this.url.password !== "") {
      throw new TypeError(`pass the credentials for ${this.name} as headers, not in the URL`);
    }
    this.options = options;
    this.#headers = new Headers(options.headers);
    // A compressed answer would be a range of other bytes. Browsers ignore this and see to it themselves.
    if (!this.#headers.has("accept-encoding")) this.#headers.set("accept-encoding", "identity");
    this.#retries = count("retries", options.retries, 2, 0);
  }

  /**
   * Sends a request and lets `use` read the answer; both are repeated when either fails for a while.
   * When its signal has fired nobody waits for `use` any more, and it must leave the caller's memory alone.
   */
  async send<T>(request: HttpRequest, use: Use<T>): Promise<T> {
    throwIfAborted(request.signal, this.name);
    const controller = new AbortController();
    const forget = request.signal && onAbort(request.signal, () => controller.abort());
    this.#underWay.add(controller);
    try {
      return await this.#persist(request, use, controller.signal);
    } catch (error) {
      if (!this.#open) throw notOpen(this.name);
      throwIfAborted(request.signal, this.name);
      throw error;
    } finally {
      forget?.();
      this.#underWay.delete(controller);
    }
  }

  /** Ends what is under way with `NTH_NOT_OPEN`. */
  close(): void {
    this.#open = false;
    for (const controller of this.#underWay) controller.abort();
  }

  async #persist<T>(request: HttpRequest, use: Use<T>, signal: AbortSignal): Promise<T> {
    const retries = request.retries ?? this.#retries;
    for (let attempt = 0; ; attempt++) {
      const result = await this.#attempt(request, use, signal);
      if (!(result instanceof TransientFailure)) return result;
      const pause = result.retryAfterMs ?? backoff(attempt);
      if (attempt >= retries || pause > LONGEST_PAUSE_MS) {
        throw this.#gaveUp(result, request, attempt);
      }
      await delay(pause, signal, this.name);
    }
  }

  async #attempt<T>(
    request: HttpRequest,
    use: Use<T>,
    signal: AbortSignal,
  ): Promise<T | TransientFailure> {
    let response: Response | undefined;
    try {
      // A `fetch` of the user's own may not know the signal.
      response = await untilAborted(this.#fetch(request, signal), signal, this.name);
      if (!TRANSIENT_STATUSES.has(response.status)) {
        return await untilAborted(use(response, signal), signal, this.name);
      }
      const wait = retryAfter(response.headers.get("retry-after"), Date.now());
      return new TransientFailure(`answered ${statusOf(response)}`, undefined, wait);
    } catch (error) {
      if (signal.aborted || isNthrecError(error)) throw error;
      return new TransientFailure("could not be reached", error);
    } finally {
      if (response !== undefined) await discard(response);
    }
  }

  #fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(this.#headers);
    if (request.range !== undefined) headers.set("range", request.range);
    const send = this.options.fetch ?? globalThis.fetch;
    return send(this.url.href, {
      method: request.method ?? "GET",
      headers,
      signal,
      // A cache could mix versions, and makes parallel ranges of one URL wait for each other.
      cache: "no-store",
    });
  }

  #gaveUp(failure: TransientFailure, request: HttpRequest, retries: number): NthrecError {
    const where = request.offset === undefined ? "" : ` (byte ${request.offset})`;
    const wait = failure.retryAfterMs ?? 0;
    const why =
      wait > LONGEST_PAUSE_MS
        ? `asks to wait ${Math.ceil(wait / 1000)} s: try again then`
        : `gave up after ${retries} retries`;
    return new NthrecError("NTH_IO_ERROR", `${this.name}${where} ${failure.what}; ${why}`, {
      source: this.name,
      offset: request.offset,
      cause: failure.cause,
    });
  }
}

/** The status as messages show it. */
export function statusOf(response: Response): string {
  return response.statusText === ""
    ? `${response.status}`
    : `${response.status} ${response.statusText}`;
}

/** Doubles from try to try; the random part keeps many readers from coming back at once. */
function backoff(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt * (1 + Math.random() / 2), LONGEST_PAUSE_MS);
}
