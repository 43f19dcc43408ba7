import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { KernelLock } from "../../src/platform/node/kernel-lock.ts";
import { countWhileKilled } from "./support/count-while-killed.ts";
import { kernelLocks } from "./support/kernel-locks.ts";
import { bundle, Program } from "./support/programs.ts";
import { scratchFolder } from "./support/scratch.ts";

let user = "";

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-test-"));
  // The program finds the addon as one that has installed it.
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  symlinkSync(modules, join(folder, "node_modules"), "dir");
  user = join(folder, "lock-user.mjs");
  await bundle("lock-user.ts", user);
});

afterAll(() => rmSync(join(user, ".."), { recursive: true }));

function start(task: string, folder: string, ...rest: string[]): Program {
  const program = new Program(process.execPath, user, task, folder, ...rest, "kernel");
  onTestFinished(() => program.kill());
  return program;
}

function newFolder(): string {
  return join(scratchFolder(), "data.lock");
}

describe.skipIf(!kernelLocks)("a holder of the kernel lock in another process", () => {
  test("is waited for until it releases", async () => {
    const folder = newFolder();
    const holder = start("hold", folder);
    expect(await holder.line()).toBe("held");
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
    holder.tell("release");
    expect(await holder.ended()).toBe(0);
    expect(lock.tryAcquire()).toBe(true);
    expect(await start("try", folder).line()).toBe("false");
    lock.release();
    expect(await start("try", folder).line()).toBe("true");
  });

  test("that is stopped keeps it; that is killed loses it at once", async () => {
    const folder = newFolder();
    const lock = new KernelLock(folder);
    for (let round = 0; round < 3; round++) {
      const holder = start("hold", folder);
      expect(await holder.line()).toBe("held");
      holder.signal("SIGSTOP");
      for (let i = 0; i < 20; i++) expect(lock.tryAcquire()).toBe(false);
      await holder.kill();
      expect(lock.tryAcquire()).toBe(true);
      lock.release();
    }
  });

  test("that ends without releasing loses it", async () => {
    const folder = newFolder();
    const holder = start("try", folder);
    expect(await holder.line()).toBe("true");
    await holder.ended();
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
  });

  test("four processes count without losing one, though some are killed", async () => {
    const folder = newFolder();
    await countWhileKilled(join(folder, ".."), 6, (file, journal) =>
      start("count", folder, "1000000", file, journal),
    );
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
  }, 60_000);
});

describe.skipIf(!kernelLocks)("a holder of the kernel lock in a worker thread", () => {
  test("that is terminated loses it, though its process lives", async () => {
    const folder = newFolder();
    const lock = new KernelLock(folder);
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(user, { workerData: ["hold", folder, "kernel"] });
      onTestFinished(() => void worker.terminate());
      const [line] = await once(worker, "message");
      expect(line).toBe("held");
      expect(lock.tryAcquire()).toBe(false);
      // Another thread's: waiting in place may well end.
      expect(lock.heldByThisThread).toBe(false);
      await worker.terminate();
      await expect.poll(() => lock.tryAcquire(), { interval: 1, timeout: 4000 }).toBe(true);
      lock.release();
    }
  });

  test("four worker threads count without losing one", async () => {
    const folder = newFolder();
    const file = join(folder, "..", "counter");
    writeFileSync(file, "0");
    const workers = [0, 1, 2, 3].map(
      () => new Worker(user, { workerData: ["count", folder, "250", file, undefined, "kernel"] }),
    );
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    expect(Number(readFileSync(file, "latin1"))).toBe(1000);
  }, 30_000);
});

describe.skipIf(!kernelLocks)("a holder of the kernel lock in another PID namespace", () => {
  const possible =
    process.platform === "linux" &&
    spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;

  test.runIf(possible)("is waited for, and loses it when it is killed", async () => {
    const folder = newFolder();
    const inside = new Program(
      ...(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const),
      ...[process.execPath, user, "hold", folder, "kernel"],
    );
    onTestFinished(() => inside.kill());
    expect(await inside.line()).toBe("held");
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    await inside.kill();
    // The parent of the namespace ends first, its child a moment later.
    await expect.poll(() => lock.tryAcquire(), { interval: 1, timeout: 4000 }).toBe(true);
    lock.release();
  });
});
