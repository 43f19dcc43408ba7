import { NthrecError } from "@nthrec/core";

/** The error of bytes that are not what the format says; who knows the chunk adds its place. */
export function corrupt(message: string, cause?: unknown, offset?: number): NthrecError {
  return new NthrecError("NTH_CORRUPTION", message, { cause, offset });
}

/** Throws where a signal has fired. @throws {@link NthrecError} `NTH_ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new NthrecError("NTH_ABORTED", "the operation was aborted", { cause: signal.reason });
}
