/** The closed set of codes; `docs/errors.md` has one row for each and a test compares the two. */
export type NthrecErrorCode =
  | "NTH_ABORTED"
  | "NTH_CORRUPTION"
  | "NTH_DATA_LOST"
  | "NTH_DECODE_ERROR"
  | "NTH_INDEX_FOREIGN"
  | "NTH_INDEX_INVALID"
  | "NTH_INDEX_MISSING"
  | "NTH_INDEX_STALE"
  | "NTH_INVALID_VALUE"
  | "NTH_IO_ERROR"
  | "NTH_KEY_DUPLICATE"
  | "NTH_KEY_NOT_FOUND"
  | "NTH_LOCKED"
  | "NTH_NOT_FOUND"
  | "NTH_NOT_OPEN"
  | "NTH_NOT_SUPPORTED"
  | "NTH_OUT_OF_RANGE"
  | "NTH_READONLY"
  | "NTH_SHORT_READ"
  | "NTH_SOURCE_CHANGED"
  | "NTH_TRUNCATED";

/** Where it happened. Each field is absent when it is not known. */
export interface NthrecErrorDetails {
  /** Name of the file, URL or source. */
  readonly source?: string | undefined;
  /** Record number, from 0. */
  readonly index?: number | undefined;
  /** Byte position in `source`. */
  readonly offset?: number | undefined;
  /** The error that caused this one; never dropped. */
  readonly cause?: unknown;
}

/** Copies of this package recognise each other's errors by this brand, not by `instanceof`. */
const BRAND: unique symbol = Symbol.for("@nthrec/core/error");

/** The one error class of nthrec: a stable `code`, and where it happened. */
export class NthrecError extends Error {
  override readonly name: string;
  readonly code: NthrecErrorCode;
  readonly source: string | undefined;
  readonly index: number | undefined;
  readonly offset: number | undefined;

  constructor(code: NthrecErrorCode, message: string, details: NthrecErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // An abort keeps the platform's name, so that `error.name === "AbortError"` works as with fetch.
    this.name = code === "NTH_ABORTED" ? "AbortError" : "NthrecError";
    this.code = code;
    this.source = details.source;
    this.index = details.index;
    this.offset = details.offset;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Tells whether `error` is an {@link NthrecError}, and, if codes are given, has one of them. */
export function isNthrecError<C extends NthrecErrorCode = NthrecErrorCode>(
  error: unknown,
  ...codes: C[]
): error is NthrecError & { readonly code: C } {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return codes.length === 0 || codes.includes((error as unknown as NthrecError).code as C);
}

/** Throws `NTH_ABORTED` with the signal's reason as cause when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, source?: string): void {
  if (!signal) return;
  if (signal.aborted) throw abortError(signal, source);
  if (typeof signal.addEventListener === "function") return;
  throw new TypeError(`signal is an AbortSignal, not ${shown(signal)}`);
}

/** The error that an aborted wait ends with. */
export function abortError(signal: AbortSignal, source?: string): NthrecError {
  return new NthrecError("NTH_ABORTED", "the operation was aborted", {
    source,
    cause: signal.reason,
  });
}

/**
 * Refuses what is none of the words of an option: one that is mistyped must not mean another one. `undefined` is the default.
 *
 * @throws {@link TypeError} names the option, its words, and what was given
 */
export function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const all = choices.map((choice) => JSON.stringify(choice)).join(", ");
  throw new TypeError(`${option} is one of ${all}, not ${shown(value)}`);
}

/** Refuses what is no number from 0 on, also `NaN`. @throws {@link TypeError} */
export function checkAmount(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value >= 0)) return;
  throw new TypeError(`${option} is a number from 0 on, not ${shown(value)}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The error of a verb that came after `close`. */
export function notOpen(name: string): NthrecError {
  return new NthrecError("NTH_NOT_OPEN", `${name} is closed`, { source: name });
}

/** Who waits for each signal: one listener serves them all, because platforms warn of more than a few. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` once when the signal fires, at once if it has. Returns what takes the callback back. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  let callbacks = waiting.get(signal);
  if (callbacks === undefined) {
    const all = new Set<() => void>();
    const fire = (): void => {
      for (const each of all) each();
    };
    signal.addEventListener("abort", fire, { once: true });
    callbacks = all;
    waiting.set(signal, all);
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

/** Waits for `promise`, or until the signal fires; what cannot be stopped then ends unobserved. */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  source: string,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(abortError(signal, source)));
    promise.then(resolve, reject).finally(forget);
  });
}
