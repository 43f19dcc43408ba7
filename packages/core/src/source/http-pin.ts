import { equalBytes } from "../bytes/le.ts";
import { isNthrecError, NthrecError } from "../errors.ts";
import type { HttpClient } from "./http-client.ts";
import {
  badRange,
  changed,
  refuseEncoded,
  short,
  tooLong,
  unexpectedStatus,
  unknownSize,
} from "./http-errors.ts";
import type { HttpSizes } from "./http-options.ts";
import {
  contentLength,
  fillFromBody,
  isEncoded,
  parseContentRange,
  validatorOf,
  wholeBody,
} from "./http-response.ts";

/** Bytes of the file's end that tell whether a grown file is still the same file. */
export const TAIL_BYTES = 64;

/** Bytes that came with a request and are kept. */
export interface KeptBytes {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The version of a file that a source has pinned. */
export interface HttpPin {
  /** Bytes of the file. */
  readonly size: number;
  /** ETag or time of the last change; absent when the server tells neither. */
  readonly validator: string | undefined;
  /** Whether answers show their `Content-Range`; a browser may hide it from other origins. */
  readonly showsRange: boolean;
  /** Whether the server answers ranges; if not, `kept` is the whole file. */
  readonly ranged: boolean;
  readonly kept: KeptBytes;
}

/** What the first request asks for: `[start, end)`, cut off at the end of the file, or its last `length` bytes. */
type Ask = { readonly start: number; readonly end: number } | { readonly last: number };

/** Learns size and version of a file together with its first or last bytes, in one trip where the server allows. */
export async function pinFirst(
  client: HttpClient,
  sizes: HttpSizes,
  signal: AbortSignal | undefined,
): Promise<HttpPin> {
  if (sizes.tailBytes > 0) {
    try {
      return await request(client, { last: sizes.tailBytes }, sizes, signal, 0);
    } catch (error) {
      // Not every server knows suffix ranges, and a browser must ask other origins first; the head works anywhere.
      if (!isNthrecError(error, "NTH_IO_ERROR", "NTH_NOT_SUPPORTED", "NTH_SHORT_READ")) throw error;
    }
  }
  return request(client, { start: 0, end: sizes.headBytes }, sizes, signal);
}

/**
 * Pins the file anew if it is the pinned one, or that one with bytes added.
 *
 * @param tail The last bytes of the pinned version, if they were ever read
 */
export async function pinAgain(
  client: HttpClient,
  old: HttpPin,
  tail: Uint8Array | undefined,
  sizes: HttpSizes,
  signal: AbortSignal | undefined,
): Promise<HttpPin> {
  if (old.size === 0) return pinFirst(client, sizes, signal);
  const known = old.ranged ? tail : old.kept.bytes;
  const from = old.ranged ? old.size - (tail?.length ?? 1) : 0;
  const pin = await request(
    client,
    { start: from, end: old.size + sizes.headBytes },
    sizes,
    signal,
  );
  const overlap = pin.kept.bytes.subarray(from - pin.kept.start, old.size - pin.kept.start);
  const matches = known === undefined ? undefined : equalBytes(overlap, known);
  if (pin.size === old.size && pin.validator === old.validator) {
    // Without a validator the old end is all that can speak against it.
    if (pin.validator !== undefined || matches !== false) return { ...pin, kept: old.kept };
  } else if (pin.size > old.size && matches === true) {
    return pin;
  }
  throw changed(
    client.name,
    matches === undefined
      ? "was changed, and its end was never read, so that nothing shows whether it only grew"
      : "was replaced: it is not the file that was opened with bytes added",
  );
}

function request(
  client: HttpClient,
  ask: Ask,
  sizes: HttpSizes,
  signal: AbortSignal | undefined,
  retries?: number,
): Promise<HttpPin> {
  const range = "last" in ask ? `bytes=-${ask.last}` : `bytes=${ask.start}-${ask.end - 1}`;
  return client.send({ range, signal, retries }, (response, stop) => {
    if (response.status === 206) return pinPart(client, ask, response, stop);
    if (response.status === 200) return pinWhole(client, sizes, response);
    if (response.status === 416) return pinNothing(client, ask, response, stop);
    throw unexpectedStatus(client.name, response);
  });
}

/** Pins by a partial answer. */
async function pinPart(
  client: HttpClient,
  ask: Ask,
  response: Response,
  signal: AbortSignal,
): Promise<HttpPin> {
  const { name } = client;
  refuseEncoded(name, response);
  const shown = response.headers.get("content-range");
  const told = parseContentRange(shown);
  if (shown !== null && told?.range === undefined) throw badRange(name, shown);
  const most = "last" in ask ? ask.last : ask.end - ask.start;
  const room = told?.range === undefined ? most : told.range.end - told.range.start;
  if (room > most) throw badRange(name, `${shown}`);
  const buffer = new Uint8Array(room);
  const length = await fillFromBody(response, buffer, signal);
  if (length > room) throw tooLong(name);
  const size = told === undefined ? await askSize(client, signal) : told.total;
  if (size === undefined) throw unknownSize(name);
  const start = "last" in ask ? Math.max(0, size - ask.last) : ask.start;
  const end = "last" in ask ? size : Math.min(ask.end, size);
  const right = told?.range === undefined || told.range.start === start;
  if (!right) throw badRange(name, `${shown}`);
  if (length !== end - start) throw short(name, start, end, length);
  return {
    size,
    validator: validatorOf(response),
    showsRange: told !== undefined,
    ranged: true,
    kept: { start, bytes: buffer.subarray(0, length) },
  };
}

/** Pins by the whole file, from a server that does not answer ranges. */
async function pinWhole(
  client: HttpClient,
  sizes: HttpSizes,
  response: Response,
): Promise<HttpPin> {
  const stated = isEncoded(response) ? undefined : contentLength(response);
  const fits = (stated ?? 0) <= sizes.maxWholeBytes;
  const bytes = fits ? await wholeBody(response, sizes.maxWholeBytes) : undefined;
  if (bytes === undefined) {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `the server of ${client.name} does not answer byte ranges, and the file is over ${sizes.maxWholeBytes} bytes: ` +
        "download it and open the copy, or raise maxWholeBytes",
      { source: client.name },
    );
  }
  if (stated !== undefined && stated !== bytes.length)
    throw short(client.name, 0, stated, bytes.length);
  return {
    size: bytes.length,
    validator: validatorOf(response),
    showsRange: false,
    ranged: false,
    kept: { start: 0, bytes },
  };
}

/** Pins an empty file: no range of it can be satisfied. */
async function pinNothing(
  client: HttpClient,
  ask: Ask,
  response: Response,
  signal: AbortSignal,
): Promise<HttpPin> {
  const told = parseContentRange(response.headers.get("content-range"));
  const size = told === undefined ? await askSize(client, signal) : told.total;
  if (size !== 0) {
    // Asked for what lies past the end of a file that has shrunk, or a server that contradicts itself.
    if ("start" in ask && ask.start > 0) throw changed(client.name, "became shorter");
    throw unexpectedStatus(client.name, response);
  }
  return {
    size: 0,
    validator: validatorOf(response),
    showsRange: told !== undefined,
    ranged: true,
    kept: { start: 0, bytes: new Uint8Array(0) },
  };
}

/** Asks for the size alone, where a browser hides `Content-Range`. */
function askSize(client: HttpClient, signal: AbortSignal): Promise<number | undefined> {
  return client.send({ method: "HEAD", signal }, async (response) => {
    if (response.status !== 200 || isEncoded(response)) return undefined;
    return contentLength(response);
  });
}
