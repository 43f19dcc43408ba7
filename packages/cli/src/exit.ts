import { isNthrecError, type NthrecErrorCode } from "@nthrec/core";

/** What the exit codes of `nthrec` mean. */
export const Exit = {
  /** Done, and nothing is wrong. */
  ok: 0,
  /** It could not be done. */
  failure: 1,
  /** The command line asks for nothing that there is. */
  usage: 2,
  /** Done, but data were damaged or lost. */
  damage: 3,
  /** An index is missing, stale or not sound. */
  index: 4,
} as const;

/** One of {@link Exit}. */
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** A command line that cannot be carried out: its message is for the user, and there is no stack to show. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

const ofIndex: ReadonlySet<NthrecErrorCode> = new Set([
  "NTH_INDEX_MISSING",
  "NTH_INDEX_STALE",
  "NTH_INDEX_INVALID",
  "NTH_INDEX_FOREIGN",
]);
const ofDamage: ReadonlySet<NthrecErrorCode> = new Set([
  "NTH_CORRUPTION",
  "NTH_TRUNCATED",
  "NTH_DATA_LOST",
  "NTH_DECODE_ERROR",
]);

/** The exit code of what a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof TypeError) return Exit.usage;
  if (!isNthrecError(error)) return Exit.failure;
  if (ofIndex.has(error.code)) return Exit.index;
  return ofDamage.has(error.code) ? Exit.damage : Exit.failure;
}
