import { NthrecError } from "@nthrec/core";

/** The error of bytes that are not what the format says; who knows the chunk adds its place. */
export function corrupt(message: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_CORRUPTION", message, { cause });
}
