export type { NthrecErrorCode, NthrecErrorDetails } from "./errors.ts";
export { isNthrecError, NthrecError } from "./errors.ts";
export type { AbortOptions, ByteRange, ReadPlan } from "./types.ts";
