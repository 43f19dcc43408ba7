import { isNthrecError, type NthrecErrorCode } from "@nthrec/core";
import type { Verdicts } from "./verdicts.ts";

/** Checks that a call is refused with a code; answers how long that took, ms. */
export async function refused(
  verdicts: Verdicts,
  code: NthrecErrorCode,
  what: string,
  call: () => unknown,
): Promise<number> {
  const start = performance.now();
  try {
    await call();
    verdicts.check(false, `${what}: it was not refused with ${code}`);
  } catch (error) {
    verdicts.check(isNthrecError(error, code), () => `${what}: refused with ${error}, not ${code}`);
  }
  return performance.now() - start;
}
