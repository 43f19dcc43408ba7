import { isNthrecError, type NthrecError, type NthrecErrorCode } from "../index.ts";
import { firstDifference, sameBytes, show } from "./equal.ts";

/** Says that a law is broken. */
export class LawError extends Error {
  override readonly name = "LawError";
}

/** Fails the case. */
export function fail(message: string, cause?: unknown): never {
  throw new LawError(message, cause === undefined ? undefined : { cause });
}

/** Fails the case unless `condition` holds. */
export function check(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) fail(typeof message === "string" ? message : message());
}

/** Fails the case unless the two are the same plain value. */
export function checkIs(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected))
    fail(`${what}: got ${show(actual)}, expected ${show(expected)}`);
}

/** Fails the case unless the two byte sequences are the same; says where they part. */
export function checkBytes(
  actual: Uint8Array | undefined,
  expected: Uint8Array | undefined,
  what: string,
): void {
  if (actual === undefined || expected === undefined) {
    if (actual !== expected) {
      fail(`${what}: ${actual === undefined ? "it is missing" : "it should not exist"}`);
    }
  } else if (!sameBytes(actual, expected)) {
    fail(`${what}: ${firstDifference(actual, expected)}`);
  }
}

/** What a call came to: its value, or the error that it ended with. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/** Runs `call` to its end, sync or async, and keeps its error. */
export async function outcomeOf<R>(call: () => R | Promise<R>): Promise<Outcome<R>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
}

/** Fails the case unless `error` has a code (one of `codes`, if given), and returns it. */
export function checkCoded(error: unknown, what: string, ...codes: NthrecErrorCode[]): NthrecError {
  if (isNthrecError(error, ...codes)) return error;
  const wanted = codes.length === 0 ? "an error with a code" : codes.join(" or ");
  const got = isNthrecError(error) ? `${error.code} (${error.message})` : String(error);
  return fail(`${what}: expected ${wanted}, got ${got}`, error);
}

/** Fails the case unless `call` fails with one of `codes`. */
export async function checkFails(
  call: () => unknown,
  what: string,
  ...codes: NthrecErrorCode[]
): Promise<NthrecError> {
  const outcome = await outcomeOf(call);
  if ("error" in outcome) return checkCoded(outcome.error, what, ...codes);
  return fail(`${what}: expected ${codes.join(" or ") || "an error"}, got ${show(outcome.value)}`);
}

/** Fails the case unless `call` fails with a `TypeError`: the call was wrong in itself. */
export async function checkRefused(call: () => unknown, what: string): Promise<void> {
  const outcome = await outcomeOf(call);
  if (!("error" in outcome)) fail(`${what}: expected a TypeError, got ${show(outcome.value)}`);
  if (!(outcome.error instanceof TypeError)) {
    fail(`${what}: expected a TypeError, got ${String(outcome.error)}`, outcome.error);
  }
}
