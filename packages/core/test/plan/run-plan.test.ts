import { describe, expect, test } from "vitest";
import { tempFile } from "../../../../testing/temp.ts";
import { readU32 } from "../../src/bytes/le.ts";
import { runPlan, runPlanSync, sleep } from "../../src/plan/run-plan.ts";
import {
  close,
  createEntry,
  openEntry,
  read,
  readsOf,
  type Step,
  type StepPlan,
} from "../../src/plan/step.ts";
import { FileSource } from "../../src/platform/node/file-source.ts";
import { MemorySink } from "../../src/sink/memory-sink.ts";
import { type ByteSource, isSyncSource } from "../../src/source/byte-source.ts";
import { MemorySource } from "../../src/source/memory-source.ts";
import type { ByteStore } from "../../src/store/byte-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import type { ReadPlan } from "../../src/types.ts";
import { asyncOnly, FaultSource } from "../support/fault-source.ts";
import { sampleBytes } from "../support/source-law.ts";

const bytes = sampleBytes(100_000);
const drivers = [
  ["runPlanSync", async <R>(plan: () => StepPlan<R>) => runPlanSync(plan())],
  ["runPlan", <R>(plan: () => StepPlan<R>) => runPlan(plan())],
] as const;

/** One step as a plan; answers what the loop answers. */
function* once(step: Step): StepPlan<unknown> {
  return yield step;
}

describe.each(drivers)("%s", (_, run) => {
  test("runs every kind of step against a store", async () => {
    const store = new MemoryStore({ name: "here" });
    const plan = function* (): StepPlan<Uint8Array> {
      const sink = yield* createEntry(store, "a");
      yield { op: "write", sink, position: 2, bytes: bytes.subarray(0, 10) };
      yield { op: "truncate", sink, size: 8 };
      yield { op: "flush", file: sink };
      yield { op: "flush", file: { name: "nothing to flush" } };
      yield* close(sink);
      yield { op: "rename", store, from: "a", to: "b" };
      yield { op: "wait", milliseconds: 1 };
      const source = yield* openEntry(store, "b");
      const answer = yield* read(source, 0, source.size);
      yield* close(source);
      yield { op: "remove", store, name: "b" };
      return answer;
    };
    expect([...(await run(plan))]).toEqual([0, 0, ...bytes.subarray(0, 6)]);
    expect(store.listSync()).toEqual([]);
  });

  test("reads with and without a buffer of the plan's own, one range and many", async () => {
    const source = new MemorySource(bytes);
    const plain = new FaultSource(new MemorySource(bytes));
    for (const from of [source, plain]) {
      const ranges = [
        { start: 5, end: 9 },
        { start: 90_000, end: 99_000 },
        { start: 7, end: 7 },
      ];
      for (const scratch of [undefined, { buffer: new Uint8Array(0) }]) {
        const one = await run(() => read(from, 10, 20, scratch));
        expect([...one]).toEqual([...bytes.subarray(10, 20)]);
        const many = (await run(() =>
          once({ op: "readAll", source: from, ranges, scratch }),
        )) as Uint8Array[];
        expect(many.map((part) => [...part])).toEqual(
          ranges.map(({ start, end }) => [...bytes.subarray(start, end)]),
        );
      }
    }
  });

  test("throws a step's error where the plan yielded, and goes on if it is caught there", async () => {
    const store = new MemoryStore();
    const plan = function* (): StepPlan<string> {
      try {
        yield* openEntry(store, "missing");
        return "found";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(await run(plan)).toBe("NTH_NOT_FOUND");
    await expect(run(() => openEntry(store, "missing"))).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
    });
  });

  test("hands the ranges of a format's plan over, and ends the plan when a read fails", async () => {
    const ended: string[] = [];
    function* format(): ReadPlan<number> {
      try {
        const first = (yield { start: 0, end: 4 })[0] as number;
        return first + ((yield { start: 4, end: 8 })[0] as number);
      } finally {
        ended.push("ended");
      }
    }
    const scratch = { buffer: new Uint8Array(0) };
    const sum = await run(() => readsOf(new MemorySource(bytes), format(), scratch));
    expect(sum).toBe((bytes[0] as number) + (bytes[4] as number));
    const failing = new FaultSource(new MemorySource(bytes), {
      before: (count) => {
        if (count === 2) throw new Error("gone");
      },
    });
    await expect(run(() => readsOf(failing, format(), scratch))).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
    });
    expect(ended).toEqual(["ended", "ended"]);
  });

  test("reads to the memory that a plan names, where the source can", async () => {
    const into = new Uint8Array(50).fill(9);
    function* format(): ReadPlan<Uint8Array> {
      return yield { start: 10, end: 40, into };
    }
    const plain = new FaultSource(new MemorySource(bytes));
    for (const from of [new MemorySource(bytes), plain]) {
      const scratch = { buffer: new Uint8Array(0) };
      const window = await run(() => readsOf(from, format(), scratch));
      expect([...window]).toEqual([...bytes.subarray(10, 40)]);
      expect(scratch.buffer.length).toBe(0);
    }
    const filling = Object.assign(asyncOnly(new MemorySource(bytes)), {
      readInto: async (target: Uint8Array, start: number) =>
        target.set(bytes.subarray(start, start + target.length)),
      readIntoSync: (target: Uint8Array, start: number) =>
        target.set(bytes.subarray(start, start + target.length)),
      readSync: () => new Uint8Array(0),
      closeSync() {},
    });
    const window = await run(() => readsOf(filling, format(), { buffer: new Uint8Array(0) }));
    expect([window.buffer === into.buffer, window.length]).toEqual([true, 30]);
    expect([...into]).toEqual([...bytes.subarray(10, 40), ...new Array<number>(20).fill(9)]);
  });

  test.each([
    { start: -1, end: 4 },
    { start: 5, end: 4 },
    { start: 0, end: 100_001 },
    { start: 0.5, end: 4 },
    { start: 0, end: Number.NaN },
  ])("refuses a plan that asks for [$start, $end)", async (range) => {
    function* format(): ReadPlan<void> {
      yield range;
    }
    const plan = (): StepPlan<void> =>
      readsOf(new MemorySource(bytes), format(), { buffer: new Uint8Array(0) });
    await expect(run(plan)).rejects.toBeInstanceOf(TypeError);
  });
});

describe("runPlanSync refuses what answers only later", () => {
  const later: ByteSource = asyncOnly(new MemorySource(bytes));
  const { open, create, list, rename, remove } = new MemoryStore();
  const store: ByteStore = { name: "later", open, create, list, rename, remove };
  const { write, truncate, flush, close: end } = MemorySink.prototype;
  const dispose = async (): Promise<void> => {};
  const sink = {
    name: "later",
    write,
    truncate,
    flush,
    close: end,
    [Symbol.asyncDispose]: dispose,
  };
  const steps: Step[] = [
    { op: "read", source: later, start: 0, end: 1 },
    { op: "readAll", source: later, ranges: [{ start: 0, end: 1 }] },
    { op: "reopen", source: later },
    { op: "open", store, name: "a" },
    { op: "create", store, name: "a" },
    { op: "rename", store, from: "a", to: "b" },
    { op: "remove", store, name: "a" },
    { op: "write", sink, position: 0, bytes },
    { op: "truncate", sink, size: 0 },
    { op: "flush", file: { name: "later", flush: dispose } },
    { op: "close", resource: later },
  ];

  test.each(steps)("$op", (step) => {
    expect(() => runPlanSync(once(step))).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
  });
});

describe("runPlan", () => {
  test("looks at the signal before each step, but closes what the plan opened", async () => {
    const abort = new AbortController();
    const source = new FaultSource(new MemorySource(bytes));
    const plan = function* (): StepPlan<void> {
      try {
        yield* read(source, 0, 1);
        abort.abort(new Error("enough"));
        yield* read(source, 1, 2);
      } finally {
        yield* close(source);
      }
    };
    await expect(runPlan(plan(), { signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
      code: "NTH_ABORTED",
    });
    expect([source.reads.length, source.closed]).toEqual([1, 1]);
  });

  test("has several reads of a batch under way, and never more than eight", async () => {
    let now = 0;
    let most = 0;
    const counting: ByteSource = {
      ...asyncOnly(new MemorySource(bytes)),
      read: async (start, end) => {
        most = Math.max(most, ++now);
        await sleep(2);
        now--;
        return bytes.slice(start, end);
      },
    };
    const ranges = Array.from({ length: 30 }, (_, i) => ({ start: i * 10, end: i * 10 + 5 }));
    const scratch = { buffer: new Uint8Array(0) };
    const many = await runPlan(once({ op: "readAll", source: counting, ranges, scratch }));
    expect((many as Uint8Array[]).map((part) => [...part])).toEqual(
      ranges.map(({ start, end }) => [...bytes.subarray(start, end)]),
    );
    expect(most).toBe(8);
  });

  test("reads a chunk in place as long as it may, and waits for the rest", async () => {
    const all = sampleBytes(300_000);
    for (const allowed of [0, 1, 3, 99]) {
      const memory = new MemorySource(all);
      const now: number[] = [];
      const later: number[] = [];
      const source: ByteSource = Object.assign(Object.create(memory) as MemorySource, {
        mayInline: () => now.length < allowed,
        readIntoSync: (target: Uint8Array, start: number) => {
          now.push(target.length);
          memory.readIntoSync(target, start);
        },
        readInto: async (target: Uint8Array, start: number) => {
          later.push(target.length);
          await sleep(1);
          memory.readIntoSync(target, start);
        },
      });
      const range = { start: 5, end: 270_005 };
      const scratch = { buffer: new Uint8Array(0) };
      const read = await runPlan(once({ op: "readAll", source, ranges: [range], scratch }));
      expect(
        Buffer.compare((read as Uint8Array[])[0] as Uint8Array, all.subarray(5, 270_005)),
      ).toBe(0);
      const pieces = [65_536, 65_536, 65_536, 65_536, 7856].slice(0, allowed);
      expect(now).toEqual(pieces);
      const rest = 270_000 - pieces.reduce((sum, piece) => sum + piece, 0);
      expect(later).toEqual(rest === 0 ? [] : [rest]);
    }
  });

  test("stops reading a batch when it is aborted, or when one read fails", async () => {
    const abort = new AbortController();
    const ranges = Array.from({ length: 40 }, (_, i) => ({ start: i, end: i + 1 }));
    const slow = new FaultSource(new MemorySource(bytes), { delayMs: 3 });
    const reading = runPlan(once({ op: "readAll", source: asyncOnly(slow), ranges }), {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 1);
    await expect(reading).rejects.toMatchObject({ code: "NTH_ABORTED" });
    expect(slow.reads.length).toBeLessThan(40);
    const failing = new FaultSource(new MemorySource(bytes), {
      before: (count) => {
        if (count === 5) throw new Error("gone");
      },
    });
    const failed = runPlan(once({ op: "readAll", source: asyncOnly(failing), ranges }));
    await expect(failed).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
  });

  test("gives the event loop a turn within a long plan", async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    const source = new MemorySource(bytes);
    await runPlan(
      (function* (): StepPlan<void> {
        for (let i = 0; i < 64 && !turned; i++) {
          const until = performance.now() + 2;
          while (performance.now() < until);
          yield* read(source, i, i + 1);
        }
      })(),
    );
    expect(turned).toBe(true);
  });

  test("reopens a source that can be, and keeps one that cannot", async () => {
    const plain = new MemorySource(bytes);
    expect(await runPlan(once({ op: "reopen", source: plain }))).toBe(plain);
    const grown = new MemorySource(bytes);
    const able = Object.assign(asyncOnly(plain), { reopen: async () => grown });
    expect(await runPlan(once({ op: "reopen", source: able }))).toBe(grown);
  });

  test("a wait ends early with the signal", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    await expect(sleep(60_000, abort.signal)).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect(sleep(60_000, abort.signal)).rejects.toMatchObject({ code: "NTH_ABORTED" });
  });
});

describe("a chain of small reads", () => {
  /** 1,000 links of 4 bytes in no order: each says where the next one is, the last one 0. */
  const links = new Uint8Array(100_000);
  const order = Array.from({ length: 1000 }, (_, i) => ((i * 379) % 1000) * 97);
  for (const [i, at] of order.entries()) {
    new DataView(links.buffer).setUint32(at, order[i + 1] ?? 0, true);
  }

  function* follow(handed: { count: number }, most = 1e6): ReadPlan<number[]> {
    const into = new Uint8Array(4);
    const seen: number[] = [];
    const target = (bytes: Uint8Array): number => readU32(bytes, 0);
    let at = 0;
    const next = (bytes: Uint8Array): number => {
      if (target(bytes) === 0 || seen.length >= most) return -1;
      handed.count++;
      seen.push(at);
      at = target(bytes);
      return at;
    };
    for (;;) {
      const bytes = yield { start: at, end: at + 4, into, next };
      seen.push(at);
      at = target(bytes);
      if (at === 0) return seen;
    }
  }

  const places = {
    "a file": () => FileSource.openSync(tempFile(links, "links")),
    "a file in the thread pool": () =>
      FileSource.openSync(tempFile(links, "links"), { io: "pool" }),
    "a file read in place": () => FileSource.openSync(tempFile(links, "links"), { io: "inline" }),
    memory: () => new MemorySource(links),
    "a source that takes time": () => asyncOnly(new MemorySource(links)),
  };

  test.each(Object.entries(places))("%s gives every link once", async (name, open) => {
    for (const most of [1e6, 300]) {
      await using source = open();
      const handed = { count: 0 };
      const plan = (): StepPlan<number[]> =>
        readsOf(source, follow(handed, most), { buffer: new Uint8Array(0) });
      expect(await runPlan(plan())).toStrictEqual(order);
      if (name === "a file read in place") expect(handed.count).toBeGreaterThan(200);
      if (isSyncSource(source)) expect(runPlanSync(plan())).toStrictEqual(order);
    }
  });

  test("who watches the reads is asked between them", () => {
    using source = FileSource.openSync(tempFile(links, "links"));
    let steps = 0;
    const plan = readsOf(source, follow({ count: 0 }), { buffer: new Uint8Array(0) });
    const watched = function* (): StepPlan<number[]> {
      let next = plan.next();
      for (; !next.done; next = plan.next(yield next.value)) steps++;
      return next.value;
    };
    expect(runPlanSync(watched())).toStrictEqual(order);
    expect(steps).toBe(4);
  });

  test("leads nowhere outside of the source", () => {
    using source = FileSource.openSync(tempFile(links, "links"));
    const lost = function* (next: () => number): ReadPlan<void> {
      yield { start: 0, end: 4, into: new Uint8Array(4), next };
    };
    for (const place of [links.length - 3, 2 ** 60, 1.5, Number.NaN]) {
      const plan = readsOf(
        source,
        lost(() => place),
        { buffer: new Uint8Array(0) },
      );
      expect(() => runPlanSync(plan), String(place)).toThrow(TypeError);
    }
  });
});
