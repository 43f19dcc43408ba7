import { describe, expect, test } from "vitest";
import { isSyncSource } from "../../src/source/byte-source.ts";
import { MemorySource } from "../../src/source/memory-source.ts";
import { subSource } from "../../src/source/sync-sub-source.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { asyncOnly, FaultSource } from "../support/fault-source.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

/** The bytes with others around them. */
function framed(bytes: Uint8Array): Uint8Array {
  const all = sampleBytes(bytes.length + 30, 99);
  all.set(bytes, 10);
  return all;
}

describeSource("a window of memory", {
  open: async (bytes) => subSource(new MemorySource(framed(bytes)), 10, 10 + bytes.length),
});
describeSource("a window of a source without readInto", {
  open: async (bytes) =>
    subSource(new FaultSource(new MemorySource(framed(bytes))), 10, 10 + bytes.length),
});
describeSource("a window of an asynchronous source", {
  open: async (bytes) =>
    subSource(asyncOnly(new MemorySource(framed(bytes))), 10, 10 + bytes.length),
});
describeSource("a window of a window", {
  open: async (bytes) => {
    const whole = new MemorySource(framed(bytes));
    return subSource(subSource(whole, 4, whole.size), 6, 6 + bytes.length);
  },
});

describe("a window", () => {
  const whole = () => new FaultSource(new MemorySource(sampleBytes(100), { name: "a" }));

  test("answers before it returns exactly where the whole does", () => {
    expect(isSyncSource(subSource(whole(), 0, 10))).toBe(true);
    expect(isSyncSource(subSource(asyncOnly(whole()), 0, 10))).toBe(false);
  });

  test("has a name", () => {
    expect(subSource(whole(), 5, 10).name).toBe("a[5, 10)");
    expect(subSource(whole(), 5, 10, { name: "block" }).name).toBe("block");
  });

  test("must lie within the whole", () => {
    expect(() => subSource(whole(), 90, 101)).toThrow(
      expect.objectContaining({ code: "NTH_SHORT_READ" }),
    );
    expect(() => subSource(whole(), 10, 5)).toThrow(TypeError);
  });

  test("leaves the whole open, unless told to close it", async () => {
    const lent = whole();
    await subSource(lent, 0, 10).close();
    subSource(lent, 0, 10).closeSync();
    expect(lent.closed).toBe(0);

    const own = whole();
    const window = subSource(own, 0, 10, { closeSource: true });
    await window.close();
    await window.close();
    window.closeSync();
    expect(own.closed).toBe(1);

    const other = whole();
    subSource(other, 0, 10, { closeSource: true }).closeSync();
    expect(other.closed).toBe(1);
  });

  test("asks the whole whether it may read in place", () => {
    const clock = new FakeClock();
    const window = subSource(new MemorySource(sampleBytes(100), { turns: clock.watch }), 0, 10);
    expect(window.mayInline(10)).toBe(true);
    clock.time += 6;
    expect(window.mayInline(10)).toBe(false);
    expect(subSource(whole(), 0, 10).mayInline(10)).toBe(true);
  });
});
