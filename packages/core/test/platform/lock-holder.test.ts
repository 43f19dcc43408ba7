import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeLock,
  encodeHolder,
  type LockHolder,
  sameThread,
} from "../../src/platform/node/lock-holder.ts";

const holder: LockHolder = {
  pid: 12,
  task: 13,
  thread: 1,
  start: "4711",
  boot: "b",
  machine: "m/h",
  space: "pid:[1]",
};

const task = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const word = fc.option(fc.string(), { nil: undefined });
const holders: fc.Arbitrary<LockHolder> = fc.record({
  pid: task,
  task,
  thread: fc.nat(),
  start: word,
  boot: word,
  machine: fc.string(),
  space: word,
  presence: word,
});

describe("a lock file", () => {
  test("is read as it was written, held and free", () => {
    fc.assert(
      fc.property(holders, fc.string(), (who, nonce) => {
        const text = encodeHolder(who, nonce);
        const held = decodeLock(`H${text}`);
        expect(held?.held).toBe(true);
        expect(held !== undefined && sameThread(held.holder, who)).toBe(true);
        expect(decodeLock(`F${text}`)?.held).toBe(false);
      }),
    );
  });

  test("is torn at every byte before its closing bracket", () => {
    const text = `H${encodeHolder(holder, "n")}`;
    for (let cut = 0; cut < text.length - 1; cut++) {
      expect(decodeLock(text.slice(0, cut)), `cut at ${cut}`).toBeUndefined();
    }
    expect(decodeLock(text.slice(0, -1))).toBeDefined();
  });

  test.each([
    "",
    "X{}",
    "H",
    "Hnull",
    "H1",
    "H{}",
    `H${JSON.stringify({ ...holder, pid: 0 })}`,
    `H${JSON.stringify({ ...holder, pid: -1 })}`,
    `H${JSON.stringify({ ...holder, task: 1.5 })}`,
    `H${JSON.stringify({ ...holder, task: 2 ** 31 })}`,
    `H${JSON.stringify({ ...holder, task: "1" })}`,
    `H${JSON.stringify({ ...holder, thread: "0" })}`,
    `H${JSON.stringify({ ...holder, machine: 1 })}`,
    `H${JSON.stringify({ ...holder, boot: 1 })}`,
    "\0\0\0\0",
  ])("%j is none", (text) => {
    expect(decodeLock(text)).toBeUndefined();
  });
});

test("a thread differs from another in any of its words", () => {
  expect(sameThread(holder, { ...holder })).toBe(true);
  const others: Partial<LockHolder>[] = [
    { pid: 1 },
    { task: 1 },
    { thread: 2 },
    { start: "1" },
    { boot: "x" },
    { machine: "x" },
    { space: "x" },
    { presence: "x" },
  ];
  for (const other of others) expect(sameThread(holder, { ...holder, ...other })).toBe(false);
});
