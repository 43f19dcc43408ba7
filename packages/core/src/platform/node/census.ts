import type { LockHolder } from "./lock-holder.ts";

/** Knows this thread, and which of its neighbours live. */
export interface Census {
  /** This thread, as lock files name it. */
  readonly self: LockHolder;
  /** Whether a thread of this machine, boot and PID namespace lives; when in doubt, yes. */
  lives(holder: LockHolder): boolean;
}
