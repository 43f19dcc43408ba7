import { describe, expect, test } from "vitest";
import { MemorySource } from "../../src/source/memory-source.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

describeSource("memory", { open: async (bytes) => new MemorySource(bytes) });
describeSource("memory, a Buffer in the middle of its pool", {
  open: async (bytes) => {
    const pool = Buffer.alloc(bytes.length + 64, 9);
    pool.set(bytes, 32);
    return new MemorySource(pool.subarray(32, 32 + bytes.length), { name: "pool" });
  },
});
describeSource("shared memory", {
  open: async (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return new MemorySource(shared);
  },
});

describe("bytes in memory", () => {
  test("have a name", () => {
    expect(new MemorySource(new Uint8Array(1)).name).toBe("memory");
    expect(new MemorySource(new Uint8Array(1), { name: "a.jsonl" }).name).toBe("a.jsonl");
  });

  test("that were transferred away are a changed source, not fewer bytes", async () => {
    const bytes = sampleBytes(100);
    const source = new MemorySource(bytes);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    const error = { code: "NTH_SOURCE_CHANGED", source: "memory", offset: 5 };
    await expect(source.read(5, 10)).rejects.toMatchObject(error);
    await expect(source.readInto(new Uint8Array(5), 5)).rejects.toMatchObject(error);
    expect(() => source.readSync(5, 10)).toThrow(expect.objectContaining(error));
  });

  test("may be read in place until a turn is due; then a read waits for it", async () => {
    const clock = new FakeClock();
    const source = new MemorySource(sampleBytes(100), { turns: clock.watch });
    expect(source.mayInline(10)).toBe(true);
    clock.time += 6;
    expect(source.mayInline(10)).toBe(false);
    expect(source.readSync(0, 10)).toHaveLength(10);

    let done = false;
    const read = source.read(0, 10).finally(() => {
      done = true;
    });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(done).toBe(false);
    clock.turn();
    expect(await read).toEqual(sampleBytes(100).slice(0, 10));
    expect(source.mayInline(10)).toBe(true);
  });

  test("a close or an abort during that wait counts", async () => {
    const clock = new FakeClock();
    const turns = clock.watch;
    const closed = new MemorySource(sampleBytes(100), { turns });
    const aborted = new MemorySource(sampleBytes(100), { turns });
    const controller = new AbortController();
    turns.note(clock.time);
    clock.time += 6;
    const reads = [
      closed.readInto(new Uint8Array(10), 0),
      aborted.read(0, 10, { signal: controller.signal }),
    ];
    closed.closeSync();
    controller.abort();
    clock.turn();
    const results = await Promise.allSettled(reads);
    expect(results).toMatchObject([
      { reason: { code: "NTH_NOT_OPEN" } },
      { reason: { code: "NTH_ABORTED" } },
    ]);
  });

  test("a plain loop of awaited reads lets timers fire", async () => {
    const source = new MemorySource(sampleBytes(1000));
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    let reads = 0;
    while (!fired && reads < 10_000_000) {
      if (source.mayInline(8)) await source.readSync(0, 8);
      else await source.read(0, 8);
      reads++;
    }
    expect(fired).toBe(true);
  });
});
