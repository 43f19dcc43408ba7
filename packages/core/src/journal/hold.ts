import { NthrecError } from "../errors.ts";
import type { StepPlan } from "../plan/step.ts";
import type { StoreLock } from "../store/byte-store.ts";

/** First and longest pause between two tries, ms. */
const FIRST_PAUSE_MS = 0.2;
const LONGEST_PAUSE_MS = 5;

/**
 * Waits until the lock is ours: with pauses that grow, and jitter so that waiters do not march in step.
 *
 * @param sync Whether the wait blocks this thread: then a lock that this thread holds will never come free.
 * @throws {@link NthrecError} `NTH_LOCKED` after `timeout` ms, or at once where waiting is no use
 */
export function* hold(lock: StoreLock, timeout: number, sync: boolean): StepPlan<void> {
  if (lock.tryAcquire()) return;
  const deadline = performance.now() + timeout;
  let pause = FIRST_PAUSE_MS;
  do {
    if (sync && lock.heldByThisThread) {
      throw new NthrecError(
        "NTH_LOCKED",
        `${lock.name} is held by this thread: an asynchronous commit is under way, or another writer has it ` +
          'exclusively; await it, or use the verb without "Sync"',
        { source: lock.name },
      );
    }
    if (performance.now() >= deadline) {
      if (lock.obstacle !== undefined) throw lock.obstacle;
      throw new NthrecError(
        "NTH_LOCKED",
        `${lock.name} is held by another writer, and ${timeout} ms of waiting did not change that (lockTimeoutMs)`,
        { source: lock.name },
      );
    }
    yield { op: "wait", milliseconds: pause * (0.5 + Math.random()) };
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
  } while (!lock.tryAcquire());
}
