import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { WriterOptions } from "../../src/index.ts";
import { PlainReader } from "../support/plain-format.ts";
import { kernelLocks } from "./support/kernel-locks.ts";
import { bundle, Program } from "./support/programs.ts";
import { scratchFolder } from "./support/scratch.ts";

const contained = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
const possible =
  process.platform === "linux" &&
  spawnSync(contained[0], [...contained.slice(1), "true"]).status === 0;

let user = "";

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-test-"));
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  symlinkSync(modules, join(folder, "node_modules"), "dir");
  user = join(folder, "append-user.mjs");
  await bundle("append-user.ts", user);
});

afterAll(() => rmSync(join(user, ".."), { recursive: true }));

/** Starts a writer in a PID namespace of its own, as a container has one. */
function contain(path: string, options: WriterOptions, records = 1): Program {
  const json = JSON.stringify(options);
  const program = new Program(...contained, process.execPath, user, path, json, `${records}`);
  onTestFinished(() => program.kill());
  return program;
}

function lengthOf(path: string): number {
  using reader = PlainReader.openSync(path);
  return reader.length;
}

describe.skipIf(!possible)("writers in containers that share a folder", () => {
  const shared = { lockTimeoutMs: 4000 };
  const exclusive = { exclusive: true, lockTimeoutMs: 50 };

  test("a shared writer that is killed between its commits blocks nobody", async () => {
    const path = join(scratchFolder(), "data");
    const first = contain(path, shared);
    expect(await first.line()).toBe("appended");
    await first.kill();
    const successor = contain(path, shared);
    expect(await successor.line()).toBe("appended");
    expect(lengthOf(path)).toBe(2);
  });

  test("shared writers wait for each other's commits, though neither can judge the other", async () => {
    const path = join(scratchFolder(), "data");
    const both = [contain(path, shared, 200), contain(path, shared, 200)];
    for (const program of both) expect(await program.line()).toBe("appended");
    expect(lengthOf(path)).toBe(400);
  });

  test("an exclusive writer that is killed keeps its lock until somebody removes it", async () => {
    const path = join(scratchFolder(), "data");
    const first = contain(path, exclusive);
    expect(await first.line()).toBe("appended");
    await first.kill();
    expect(await contain(path, exclusive).line()).toMatch(
      new RegExp(
        `^NTH_LOCKED: ${path}\\.lock is held by process \\d+ of another PID namespace .*: ` +
          `wait until it has ended, or, when you know that it has, remove the folder ${path}\\.lock$`,
      ),
    );
    rmSync(`${path}.lock`, { recursive: true });
    expect(await contain(path, exclusive).line()).toBe("appended");
    expect(lengthOf(path)).toBe(2);
  });

  test.skipIf(!kernelLocks)("with the kernel lock a successor goes on at once", async () => {
    const path = join(scratchFolder(), "data");
    const kernel = { exclusive: true, lock: "kernel", lockTimeoutMs: 4000 } as const;
    const first = contain(path, kernel);
    expect(await first.line()).toBe("appended");
    expect(await contain(path, { ...kernel, lockTimeoutMs: 50 }).line()).toMatch(/^NTH_LOCKED: /);
    await first.kill();
    expect(await contain(path, kernel).line()).toBe("appended");
    expect(lengthOf(path)).toBe(2);
  });
});
