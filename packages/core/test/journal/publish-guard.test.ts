import { describe, expect, test } from "vitest";
import { MemoryStore, NthrecError, type StoreLock } from "../../src/index.ts";
import { publishGuard } from "../../src/journal/publish-guard.ts";
import { readSeal, type Slot } from "../../src/journal/seal.ts";
import { blobs } from "../support/blobs.ts";
import { PlainWriter } from "../support/plain-format.ts";

/** Data that a writer has sealed. */
function sealed(): { store: MemoryStore; name: string; slot: Slot | undefined } {
  const place = { store: new MemoryStore(), name: "data" };
  append(place);
  return { ...place, slot: readSeal(place.store, place.name).slot };
}

function append(place: { store: MemoryStore; name: string }): void {
  const writer = PlainWriter.openSync(place, { mode: "append" });
  writer.extendSync(blobs(1, 2));
  writer.closeSync();
}

describe("a reader may publish an index", () => {
  test("where nobody else can be", () => {
    const guard = publishGuard(undefined, undefined);
    expect(guard?.holds()).toBe(true);
    guard?.release();
  });

  test("where nobody has sealed anything, and as long as nobody does", () => {
    const place = { store: new MemoryStore(), name: "data" };
    const guard = publishGuard(place, undefined);
    expect(guard?.holds()).toBe(true);
    append(place);
    expect(guard?.holds()).toBe(false);
    guard?.release();
  });

  test("under the lock, when the seal is still the one that it saw", () => {
    const { store, name, slot } = sealed();
    const lock = store.lock(`${name}.lock`);
    const guard = publishGuard({ store, name }, slot);
    expect(guard?.holds()).toBe(true);
    expect(lock.tryAcquire()).toBe(false);
    guard?.release();
    expect(lock.tryAcquire()).toBe(true);
  });
});

describe("a reader publishes nothing", () => {
  test("where a writer has committed since, and the lock is free again", () => {
    const { store, name, slot } = sealed();
    append({ store, name });
    expect(publishGuard({ store, name }, slot)).toBeUndefined();
    expect(store.lock(`${name}.lock`).tryAcquire()).toBe(true);
  });

  /** Sealed data whose lock answers with `tryAcquire`. */
  function lockedBy(tryAcquire: () => boolean): () => unknown {
    const { store, name, slot } = sealed();
    const lock: StoreLock = { name, heldByThisThread: false, release: () => undefined, tryAcquire };
    store.lock = () => lock;
    return () => publishGuard({ store, name }, slot);
  }

  test("while a writer has the lock, and where it cannot be taken", () => {
    expect(lockedBy(() => false)()).toBeUndefined();
    for (const code of ["NTH_LOCKED", "NTH_NOT_SUPPORTED", "NTH_READONLY"] as const) {
      const refuse = (): never => {
        throw new NthrecError(code, "refused");
      };
      expect(lockedBy(refuse)()).toBeUndefined();
    }
  });

  test("and hides no fault of the store", () => {
    const fault = new RangeError("a fault");
    const fail = (): never => {
      throw fault;
    };
    expect(lockedBy(fail)).toThrow(fault);
  });
});
