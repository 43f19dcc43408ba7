import { describe, expect, test } from "vitest";
import { InlineGate } from "../../src/source/inline-gate.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What a file source does for one asynchronous verb; returns whether it read in place. */
function verb(clock: FakeClock, gate: InlineGate, milliseconds: number, bytes = 128): boolean {
  if (!gate.allow(bytes)) return false;
  const startedAt = gate.started();
  clock.time += milliseconds;
  gate.note(startedAt);
  return true;
}

describe("the gate", () => {
  test("lets up to 64 KiB through", () => {
    const gate = new InlineGate(new FakeClock().watch);
    expect(gate.allow(0)).toBe(true);
    expect(gate.allow(65_536)).toBe(true);
    expect(gate.allow(65_537)).toBe(false);
  });

  test("sends 256 reads to the pool after one of over a millisecond, then probes", () => {
    const clock = new FakeClock();
    const gate = new InlineGate(clock.watch);
    for (let probe = 0; probe < 3; probe++) {
      clock.turn();
      expect(verb(clock, gate, 1.01)).toBe(true);
      for (let i = 0; i < 256; i++) {
        clock.turn();
        expect(verb(clock, gate, 0)).toBe(false);
      }
    }
    clock.turn();
    expect(verb(clock, gate, 0.001)).toBe(true);
    expect(verb(clock, gate, 0.001)).toBe(true);
  });

  test("a read of just a millisecond is not slow", () => {
    const clock = new FakeClock();
    const gate = new InlineGate(clock.watch);
    expect(verb(clock, gate, 1)).toBe(true);
    expect(verb(clock, gate, 1)).toBe(true);
  });

  test("says no from 10 ms of reads on until the event loop has turned", () => {
    const clock = new FakeClock();
    const gate = new InlineGate(clock.watch);
    verb(clock, gate, 0);
    clock.turn();
    const start = clock.time;
    while (verb(clock, gate, 0.125)) expect(clock.time - start).toBeLessThanOrEqual(10);
    expect(clock.time - start).toBe(10);
    expect(verb(clock, gate, 0)).toBe(false);
    clock.time += 50;
    expect(verb(clock, gate, 0)).toBe(false);
    clock.turn();
    expect(verb(clock, gate, 0)).toBe(true);
  });

  test("reads that wait for a turn do not use up the 256", () => {
    const clock = new FakeClock();
    const gate = new InlineGate(clock.watch);
    verb(clock, gate, 2);
    clock.watch.note(clock.time + 20);
    clock.watch.note(clock.time + 20);
    expect(clock.watch.due).toBe(true);
    for (let i = 0; i < 300; i++) expect(gate.allow(1)).toBe(false);
    clock.turn();
    for (let i = 0; i < 256; i++) expect(gate.allow(1)).toBe(false);
    expect(gate.allow(1)).toBe(true);
  });

  test("a read that no verb asked for is not timed", () => {
    const clock = new FakeClock();
    const gate = new InlineGate(clock.watch);
    const startedAt = gate.started();
    expect(startedAt).toBeUndefined();
    clock.time += 1000;
    gate.note(startedAt);
    expect(gate.allow(1)).toBe(true);
    expect(gate.started()).toBe(clock.time);
    expect(gate.started()).toBeUndefined();
  });

  test("the event loop is one: reads of one file make the next file wait", () => {
    const clock = new FakeClock();
    const first = new InlineGate(clock.watch);
    const second = new InlineGate(clock.watch);
    while (verb(clock, first, 0.5));
    expect(second.allow(1)).toBe(false);
    clock.turn();
    expect(second.allow(1)).toBe(true);
  });
});
