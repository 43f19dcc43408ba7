import { describe, expect, test } from "vitest";
import { GrowableBytes } from "../../src/sink/growable-bytes.ts";
import { MemorySink } from "../../src/sink/memory-sink.ts";
import { describeSink } from "../support/sink-law.ts";

describeSink("memory", {
  open: async () => {
    const sink = new MemorySink();
    return { sink, content: async () => sink.toBytes() };
  },
});

describe("a sink in memory", () => {
  test("may begin with bytes, which are copied", () => {
    const initial = Buffer.from([1, 2, 3]);
    const sink = new MemorySink({ initial, name: "a" });
    initial.fill(0);
    sink.writeSync(1, Uint8Array.of(9));
    expect(sink.name).toBe("a");
    expect(sink.size).toBe(3);
    expect(sink.toBytes()).toEqual(Uint8Array.of(1, 9, 3));
    expect(initial).toEqual(Buffer.alloc(3));
  });

  test("gives what was written after closing too, as a copy", () => {
    const sink = new MemorySink({ initial: Uint8Array.of(1) });
    sink.closeSync();
    sink.toBytes().fill(7);
    expect(sink.toBytes()).toEqual(Uint8Array.of(1));
  });

  test("past its limit is full, and keeps what it has", () => {
    const sink = new MemorySink({ maxBytes: 3000 });
    sink.writeSync(0, new Uint8Array(2999).fill(5));
    sink.writeSync(2999, Uint8Array.of(6));
    const full = expect.objectContaining({ code: "NTH_IO_ERROR", source: "memory" });
    expect(() => sink.writeSync(3000, Uint8Array.of(1))).toThrow(full);
    expect(() => sink.truncateSync(3001)).toThrow(full);
    expect(() => sink.writeSync(2 ** 52, Uint8Array.of(1))).toThrow(full);
    expect(sink.toBytes()).toEqual(new Uint8Array(3000).fill(5).fill(6, 2999));
  });

  test("that memory cannot hold is full too, with the cause", () => {
    const bytes = new GrowableBytes(undefined, Number.MAX_SAFE_INTEGER);
    expect(() => bytes.truncate("m", 2 ** 50)).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR", cause: expect.any(RangeError) }),
    );
    expect(bytes.size).toBe(0);
  });

  test("takes many small writes without copying all of them each time", () => {
    const bytes = new GrowableBytes();
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10_000; i++) {
      bytes.write("m", i, Uint8Array.of(i));
      buffers.add(bytes.view().buffer);
    }
    expect(buffers.size).toBeLessThanOrEqual(6);
  });
});
