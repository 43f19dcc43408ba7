/** What a `Content-Range` header says. */
export interface ContentRange {
  /** The bytes that follow; absent in a 416 answer. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** Bytes of the whole file; absent when the server does not know. */
  readonly total: number | undefined;
}

/** Parses `bytes 0-99/1000` and the forms with an asterisk for what is unknown; anything else is `undefined`. */
export function parseContentRange(value: string | null): ContentRange | undefined {
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(value?.trim() ?? "");
  if (match === null) return undefined;
  const [, first, last, whole] = match;
  const total = whole === "*" ? undefined : Number(whole);
  if (total !== undefined && !Number.isSafeInteger(total)) return undefined;
  if (first === undefined) return { range: undefined, total };
  const start = Number(first);
  const end = Number(last) + 1;
  if (!Number.isSafeInteger(end) || end <= start || end > (total ?? end)) return undefined;
  return { range: { start, end }, total };
}

/** Milliseconds that a `Retry-After` header asks to wait, given in seconds or as a date. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Whether the body is coded, so that its bytes are not the file's. */
export function isEncoded(response: Response): boolean {
  const coding = response.headers.get("content-encoding");
  return coding !== null && coding.trim() !== "" && coding.trim().toLowerCase() !== "identity";
}

/** The `Content-Length`, if it is there and makes sense. */
export function contentLength(response: Response): number | undefined {
  const value = response.headers.get("content-length");
  if (value === null || !/^\d+$/.test(value.trim())) return undefined;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** What tells one version of a file from another: its ETag, else the time of its last change. */
export function validatorOf(response: Response): string | undefined {
  return response.headers.get("etag") ?? response.headers.get("last-modified") ?? undefined;
}

/**
 * Fills `target` with the body, and stops when the signal fires.
 * Returns the body's length, or one more than fits when there is more.
 */
export async function fillFromBody(
  response: Response,
  target: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  let filled = 0;
  for await (const chunk of chunksOf(response)) {
    if (signal.aborted) break;
    if (chunk.length > target.length - filled) return target.length + 1;
    target.set(chunk, filled);
    filled += chunk.length;
  }
  return filled;
}

/** The whole body, or `undefined` as soon as it is longer than `most` bytes. */
export async function wholeBody(response: Response, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response)) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Ends a body that is of no use any more, so that its connection does not hang. */
export async function discard(response: Response): Promise<void> {
  if (response.body === null || response.body.locked) return;
  try {
    await response.body.cancel();
  } catch {
    // A body that has failed already cannot be cancelled, and its failure was reported where it was read.
  }
}

/** The body piece by piece; leaving the loop early cancels the rest. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array, void, void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let done = false;
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) break;
      yield next.value;
    }
    done = true;
  } finally {
    reader.releaseLock();
    if (!done) await discard(response);
  }
}
