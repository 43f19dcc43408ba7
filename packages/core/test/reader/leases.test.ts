import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteSource, SyncByteSource } from "../../src/index.ts";
import { Leases } from "../../src/reader/leases.ts";

/** A source that counts how often it was closed. */
class Resource implements ByteSource {
  readonly name = "resource";
  readonly size = 0;
  closed = 0;

  async read(): Promise<Uint8Array> {
    return new Uint8Array(0);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** One that closes before it returns. */
class SyncResource extends Resource implements SyncByteSource {
  readSync(): Uint8Array {
    return new Uint8Array(0);
  }

  closeSync(): void {
    this.closed++;
  }

  [Symbol.dispose](): void {}
}

describe.each([
  ["asynchronous", Resource],
  ["synchronous", SyncResource],
] as const)("leases of %s sources", (_name, Kind) => {
  test("what nobody uses is closed when it is retired", () => {
    const leases = new Leases();
    const [source, index] = [new Kind(), new Kind()];
    leases.retire(source, [source, index]);
    expect([source.closed, index.closed]).toEqual([1, 1]);
    expect(leases.drain()).toEqual([]);
  });

  test("what is in use is closed with its last user", () => {
    const leases = new Leases();
    const [source, other] = [new Kind(), new Kind()];
    const [first, second] = [leases.take(source), leases.take(source)];
    const elsewhere = leases.take(other);
    leases.retire(source, [source]);
    expect(source.closed).toBe(0);
    first();
    first();
    expect(source.closed).toBe(0);
    elsewhere();
    expect(source.closed).toBe(0);
    second();
    expect(source.closed).toBe(1);
    second();
    expect([source.closed, other.closed]).toEqual([1, 0]);
  });

  test("what was used before, and is not now, is closed when it is retired", () => {
    const leases = new Leases();
    const source = new Kind();
    leases.take(source)();
    expect(source.closed).toBe(0);
    leases.retire(source, [source]);
    expect(source.closed).toBe(1);
  });

  test("what is retired twice is closed for both", () => {
    const leases = new Leases();
    const [source, index] = [new Kind(), new Kind()];
    const end = leases.take(source);
    leases.retire(source, [index]);
    leases.retire(source, [source]);
    end();
    expect([source.closed, index.closed]).toEqual([1, 1]);
  });

  test("what is still in use when the reader closes is handed over, once", () => {
    const leases = new Leases();
    const source = new Kind();
    const end = leases.take(source);
    leases.retire(source, [source]);
    expect(leases.drain()).toEqual([source]);
    expect(leases.drain()).toEqual([]);
    end();
    expect(source.closed).toBe(0);
  });

  test("whatever comes in which order, it is closed once, and never while it is used", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 30 }), (steps) => {
        const leases = new Leases();
        const source = new Kind();
        const users: (() => void)[] = [];
        let retired = false;
        for (const step of steps) {
          if (step === 0 && !retired) users.push(leases.take(source));
          else if (step === 1) users.pop()?.();
          else if (step === 2) users.shift()?.();
          else if (step === 3 && !retired) {
            retired = true;
            leases.retire(source, [source]);
          }
          expect(source.closed).toBe(retired && users.length === 0 ? 1 : 0);
        }
        const left = leases.drain();
        expect(left.length + source.closed).toBe(retired ? 1 : 0);
      }),
      { numRuns: 200 },
    );
  });
});

test("a source that cannot be closed harms nobody", async () => {
  const failing = new Resource();
  failing.close = () => Promise.reject(new Error("cannot be closed"));
  const throwing = new SyncResource();
  throwing.closeSync = () => {
    throw new Error("cannot be closed");
  };
  const last = new SyncResource();
  new Leases().retire(failing, [failing, throwing, last]);
  // An unhandled rejection would fail this run.
  await new Promise((resolve) => setTimeout(resolve));
  expect(last.closed).toBe(1);
});
