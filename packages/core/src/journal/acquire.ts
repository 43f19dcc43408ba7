import { throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { StoreLock } from "../store/byte-store.ts";
import type { AbortOptions } from "../types.ts";
import { hold } from "./hold.ts";

/** How long to wait for a lock. */
export interface AcquireOptions extends AbortOptions {
  /** Longest wait for the holder, ms. @default 10000 */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Waits until `lock` is held by the caller, who must release it.
 *
 * @throws {@link NthrecError} `NTH_LOCKED` when the wait is over, `NTH_ABORTED`
 */
export async function acquireLock(lock: StoreLock, options: AcquireOptions = {}): Promise<void> {
  throwIfAborted(options.signal, lock.name);
  const plan = hold(lock, options.timeoutMs ?? TIMEOUT_MS, false);
  await runPlan(plan, { signal: options.signal });
}

/** {@link acquireLock}, before it returns: the thread waits. */
export function acquireLockSync(lock: StoreLock, options: AcquireOptions = {}): void {
  runPlanSync(hold(lock, options.timeoutMs ?? TIMEOUT_MS, true));
}
