import { expect, test } from "vitest";
import { acquireLock, acquireLockSync, MemoryStore } from "../../src/index.ts";

test("a lock is waited for until its holder lets go", async () => {
  const store = new MemoryStore();
  const [first, second] = [store.lock("x"), store.lock("x")];
  acquireLockSync(first);
  const waiting = acquireLock(second, { timeoutMs: 60_000 });
  setTimeout(() => first.release(), 20);
  await waiting;
  expect(first.tryAcquire()).toBe(false);
  second.release();
});

test("the wait ends with a code: time is over, nothing would change, or nobody wants it any more", async () => {
  const store = new MemoryStore();
  acquireLockSync(store.lock("x"));
  const other = store.lock("x");
  await expect(acquireLock(other, { timeoutMs: 5 })).rejects.toMatchObject({ code: "NTH_LOCKED" });
  expect(() => acquireLockSync(other)).toThrow(expect.objectContaining({ code: "NTH_LOCKED" }));
  const signal = AbortSignal.abort();
  await expect(acquireLock(other, { signal })).rejects.toMatchObject({ code: "NTH_ABORTED" });
});
