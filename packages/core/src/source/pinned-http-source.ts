import { NthrecError } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import { checkRead } from "./checks.ts";
import { HttpClient, type HttpRequest } from "./http-client.ts";
import { changed, refuseEncoded, unexpectedStatus } from "./http-errors.ts";
import { type HttpOptions, httpSizes } from "./http-options.ts";
import { type HttpPin, pinAgain, pinFirst, TAIL_BYTES } from "./http-pin.ts";
import { contentLength, fillFromBody, parseContentRange, validatorOf } from "./http-response.ts";
import { HttpSource } from "./http-source.ts";
import { threadTurns } from "./turn-watch.ts";

/** A file behind an http(s) URL, and all that asking for its bytes takes. */
export class PinnedHttpSource extends HttpSource {
  override readonly name: string;
  override readonly size: number;
  readonly #client: HttpClient;
  readonly #pin: HttpPin;
  #tail: Uint8Array | undefined;
  #open = true;

  /** @param tail The last bytes of the pinned version, where they are known */
  constructor(client: HttpClient, pin: HttpPin, tail?: Uint8Array) {
    super();
    this.name = client.name;
    this.size = pin.size;
    this.#client = client;
    this.#pin = pin;
    this.#tail = tail;
    this.#noteTail(pin.kept.bytes, pin.kept.start);
  }

  override async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this.#open, start, end, options);
    const bytes = new Uint8Array(end - start);
    await this.#fill(bytes, start, options);
    return bytes;
  }

  override async readInto(
    target: Uint8Array,
    start: number,
    options?: AbortOptions,
  ): Promise<void> {
    checkRead(this, this.#open, start, start + target.length, options);
    await this.#fill(target, start, options);
  }

  override async reopen(options: AbortOptions = {}): Promise<HttpSource> {
    checkRead(this, this.#open, 0, 0, options);
    const client = new HttpClient(this.#client.url, this.#client.options);
    const sizes = httpSizes(client.options);
    const pin = await pinAgain(client, this.#pin, this.#tail, sizes, options.signal);
    return new PinnedHttpSource(client, pin, pin.size === this.size ? this.#tail : undefined);
  }

  override async close(): Promise<void> {
    this.#open = false;
    this.#client.close();
  }

  async #fill(target: Uint8Array, start: number, options: AbortOptions | undefined): Promise<void> {
    const { kept } = this.#pin;
    const at = start - kept.start;
    if (target.length === 0 || (at >= 0 && at + target.length <= kept.bytes.length)) {
      await threadTurns.pause();
      checkRead(this, this.#open, start, start + target.length, options);
      target.set(kept.bytes.subarray(at, at + target.length));
      return;
    }
    const request: HttpRequest = {
      range: `bytes=${start}-${start + target.length - 1}`,
      offset: start,
      signal: options?.signal,
    };
    await this.#client.send(request, (response, signal) =>
      this.#receive(response, target, start, signal),
    );
    this.#noteTail(target, start);
  }

  async #receive(
    response: Response,
    target: Uint8Array,
    start: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.#checkAnswer(response, start, start + target.length);
    const length = await fillFromBody(response, target, signal);
    if (length === target.length) return;
    const shorter = length < target.length;
    throw new NthrecError(
      shorter ? "NTH_SHORT_READ" : "NTH_IO_ERROR",
      `${this.name} sent ${shorter ? length : "more"} bytes for [${start}, ${start + target.length})`,
      { source: this.name, offset: start },
    );
  }

  /** Checks status, version and range of an answer before its first byte is used. */
  #checkAnswer(response: Response, start: number, end: number): void {
    const { status } = response;
    if (status === 416) throw changed(this.name, "became shorter", start);
    if (status !== 206 && status !== 200) throw unexpectedStatus(this.name, response, start);
    if (validatorOf(response) !== this.#pin.validator) {
      throw changed(this.name, "was changed since it was opened", start);
    }
    if (status === 200) throw this.#ignoredRange(response, start);
    refuseEncoded(this.name, response, start);
    if (!this.#pin.showsRange) return;
    const shown = response.headers.get("content-range");
    const told = parseContentRange(shown);
    if (told?.total !== undefined && told.total !== this.size) {
      throw changed(this.name, `now has ${told.total} bytes, not ${this.size}`, start);
    }
    if (told?.range?.start === start && told.range.end === end) return;
    throw new NthrecError(
      told?.range?.start === start && told.range.end < end ? "NTH_SHORT_READ" : "NTH_IO_ERROR",
      `${this.name} answered bytes [${start}, ${end}) with another range: ${shown}`,
      { source: this.name, offset: start },
    );
  }

  #ignoredRange(response: Response, start: number): NthrecError {
    const length = contentLength(response);
    if (length !== undefined && length !== this.size) {
      return changed(this.name, `now has ${length} bytes, not ${this.size}`, start);
    }
    return new NthrecError(
      "NTH_IO_ERROR",
      `${this.name} answered a range (byte ${start}) with the whole file, although it knew ranges when it was opened`,
      { source: this.name, offset: start },
    );
  }

  /** Keeps the end of the file when it comes by: it tells a grown file from a replaced one. */
  #noteTail(bytes: Uint8Array, start: number): void {
    const length = Math.min(bytes.length, TAIL_BYTES);
    if (start + bytes.length !== this.size || length <= (this.#tail?.length ?? 0)) return;
    this.#tail = bytes.slice(bytes.length - length);
  }
}

/**
 * Opens a file behind an http(s) URL; the first request brings its size, its version and its first bytes.
 *
 * A server that does not answer ranges is read whole, up to `maxWholeBytes`.
 *
 * @throws {@link NthrecError} `NTH_NOT_FOUND` for status 403, 404 and 410, `NTH_NOT_SUPPORTED` when the server
 * cannot give ranges of the file's own bytes, `NTH_IO_ERROR`, `NTH_SHORT_READ`, `NTH_ABORTED`
 */
export async function openHttpSource(
  url: string | URL,
  options: HttpOptions = {},
): Promise<HttpSource> {
  const client = new HttpClient(url, options);
  return new PinnedHttpSource(client, await pinFirst(client, httpSizes(options), options.signal));
}
