import { describe, expect, test, vi } from "vitest";
import type { Census } from "../../src/platform/node/census.ts";
import type { LockHolder } from "../../src/platform/node/lock-holder.ts";
import { isLocalFileSystem, judge } from "../../src/platform/node/lock-judge.ts";
import { mounted, scratchFolder } from "./support/scratch.ts";

const self: LockHolder = {
  pid: 1,
  task: 1,
  thread: 0,
  start: "1",
  boot: "today",
  machine: "here",
  space: "pid:[1]",
};
const other: LockHolder = { ...self, pid: 2, task: 2 };

function verdict(holder: LockHolder, options: { lives?: boolean; local?: boolean } = {}): string {
  const census: Census = { self, lives: () => options.lives ?? true };
  return judge(holder, census, () => options.local ?? false);
}

describe("judge", () => {
  test("a neighbour is asked for", () => {
    expect(verdict(other, { lives: true })).toBe("alive");
    expect(verdict(other, { lives: false })).toBe("dead");
  });

  test("another boot of this machine has ended, whatever runs under that number now", () => {
    expect(verdict({ ...other, boot: "yesterday" }, { lives: true })).toBe("dead");
    expect(verdict({ ...other, boot: "yesterday", space: "pid:[2]" })).toBe("dead");
  });

  test("another machine cannot be judged, unless nobody else can have the file system", () => {
    const far = { ...other, boot: "elsewhere", machine: "there" };
    expect(verdict(far, { lives: false })).toBe("another machine");
    expect(verdict(far, { local: true })).toBe("dead");
  });

  test("another PID namespace cannot be judged", () => {
    expect(verdict({ ...other, space: "pid:[2]" }, { lives: false })).toBe("another PID namespace");
    expect(verdict({ ...other, space: undefined }, { local: true })).toBe("another PID namespace");
  });

  test("without a boot, machine and number decide", () => {
    const old: LockHolder = { ...other, boot: undefined };
    expect(verdict(old, { lives: true })).toBe("alive");
    expect(verdict(old, { lives: false })).toBe("dead");
    expect(verdict({ ...old, machine: "there" }, { lives: false })).toBe("another machine");
    expect(verdict({ ...old, machine: "there" }, { lives: false, local: true })).toBe("dead");
  });

  test("the file system is asked only when it matters", () => {
    const local = vi.fn(() => true);
    judge(other, { self, lives: () => true }, local);
    expect(local).not.toHaveBeenCalled();
  });
});

describe("isLocalFileSystem", () => {
  test("knows memory, and doubts what it does not know", (context) => {
    expect(isLocalFileSystem("/no/such/folder")).toBe(false);
    if (process.platform !== "linux") return;
    expect(isLocalFileSystem("/proc")).toBe(false);
    const folder = scratchFolder();
    if (!mounted(folder, "-t", "tmpfs", "none")) return context.skip();
    expect(isLocalFileSystem(folder)).toBe(true);
  });
});
