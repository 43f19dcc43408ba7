import { afterEach, describe, expect, test, vi } from "vitest";
import { nextTurn, TurnWatch, threadTurns } from "../../src/source/turn-watch.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("a watch", () => {
  test("asks for a turn after 10 ms of reads without one", () => {
    const clock = new FakeClock();
    const start = clock.time;
    clock.watch.note(clock.time);
    clock.turn();
    while (!clock.watch.due && clock.time < start + 100) {
      clock.time += 0.25;
      clock.watch.note(clock.time);
    }
    expect(clock.time - start).toBe(10);
    clock.turn();
    expect(clock.watch.due).toBe(false);
  });

  test("lets a run go past 10 ms by two reads at most, however they are spaced", () => {
    const clock = new FakeClock();
    for (let run = 0; run < 50; run++) {
      const start = clock.time;
      while (!clock.watch.due) {
        clock.watch.note(clock.time);
        if (clock.watch.due) break;
        clock.time += ((run * 7) % 13) / 10 + 0.1;
      }
      // Each half is only noticed by the read that ends after it.
      expect(clock.time - start).toBeLessThanOrEqual(10 + 2 * 1.3);
      clock.time += (run * 31) % 29;
      clock.turn();
    }
  });

  test("is content while the event loop turns by itself, and asks at most once per 5 ms", () => {
    const clock = new FakeClock();
    let asked = 0;
    for (let i = 0; i < 1000; i++) {
      clock.watch.note(clock.time);
      clock.time += 0.1;
      asked += clock.waiting;
      clock.turn();
      expect(clock.watch.due).toBe(false);
    }
    expect(asked).toBeLessThanOrEqual(21);
  });

  test("an idle time is no run", () => {
    const clock = new FakeClock();
    clock.watch.note(clock.time);
    clock.turn();
    clock.time += 60_000;
    clock.watch.note(clock.time);
    clock.watch.note(clock.time + 1);
    expect(clock.watch.due).toBe(false);
  });

  test("a pause is a promise only while a turn is due", async () => {
    const clock = new FakeClock();
    expect(clock.watch.pause()).toBeUndefined();
    clock.time += 6;
    const pause = clock.watch.pause();
    expect(pause).toBeInstanceOf(Promise);
    expect(clock.watch.due).toBe(true);
    clock.turn();
    await pause;
    expect(clock.watch.due).toBe(false);
    expect(clock.watch.pause()).toBeUndefined();
  });
});

describe("the turn of the platform", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Whether `wait` lets a timer and an abort through. */
  async function lets(wait: () => Promise<void>): Promise<boolean> {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 0);
    for (let i = 0; i < 1000 && !fired; i++) await wait();
    return fired;
  }

  test("is setImmediate where there is one", async () => {
    expect(await lets(() => threadTurns.breathe())).toBe(true);
  });

  test("is a message elsewhere", async () => {
    vi.stubGlobal("setImmediate", undefined);
    expect(await lets(() => new Promise(nextTurn))).toBe(true);
  });

  test("is a timer where there is neither", async () => {
    vi.stubGlobal("setImmediate", undefined);
    vi.stubGlobal("MessageChannel", undefined);
    expect(await lets(() => new Promise(nextTurn))).toBe(true);
  });

  test("the watch of the thread keeps real time", async () => {
    const watch = new TurnWatch();
    const before = watch.now();
    await watch.breathe();
    expect(watch.now()).toBeGreaterThanOrEqual(before);
  });
});
