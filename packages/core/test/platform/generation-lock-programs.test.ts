import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { GenerationLock } from "../../src/platform/node/generation-lock.ts";
import { PortableCensus } from "../../src/platform/node/portable-census.ts";
import { countWhileKilled } from "./support/count-while-killed.ts";
import { bundle, Program } from "./support/programs.ts";
import { scratchFolder } from "./support/scratch.ts";

let user = "";

beforeAll(async () => {
  user = join(mkdtempSync(join(tmpdir(), "nthrec-test-")), "lock-user.mjs");
  await bundle("lock-user.ts", user);
});

afterAll(() => rmSync(join(user, ".."), { recursive: true }));

/** Starts a user of the lock in a process of its own, which does not outlive the test. */
function start(task: string, ...rest: string[]): Program {
  const program = new Program(process.execPath, user, task, ...rest);
  onTestFinished(() => program.kill());
  return program;
}

/** Starts one in a worker thread of this process; resolves when it holds the lock. */
async function startWorker(...args: string[]): Promise<Worker> {
  const worker = new Worker(user, { workerData: args });
  onTestFinished(() => void worker.terminate());
  const [line] = await once(worker, "message");
  expect(line).toBe("held");
  return worker;
}

/** Tries until it works; the test's own time limit bounds it. */
async function acquired(lock: GenerationLock): Promise<void> {
  await expect.poll(() => lock.tryAcquire(), { interval: 1, timeout: 4000 }).toBe(true);
}

function highest(folder: string): number {
  const numbers = readdirSync(folder)
    .filter((name) => name.startsWith("g"))
    .map((name) => Number(name.slice(1)));
  return Math.max(...numbers);
}

function newFolder(): string {
  return join(scratchFolder(), "data.lock");
}

describe("a holder in another process", () => {
  test("is waited for until it releases", async () => {
    const folder = newFolder();
    const holder = start("hold", folder);
    expect(await holder.line()).toBe("held");
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
    holder.tell("release");
    expect(await holder.ended()).toBe(0);
    expect(lock.tryAcquire()).toBe(true);
    const other = start("try", folder);
    expect(await other.line()).toBe("false");
    expect(await other.ended()).toBe(0);
    lock.release();
    expect(await start("try", folder).line()).toBe("true");
  });

  test("that is killed loses the lock at once", async () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    let last = 0;
    for (let round = 0; round < 3; round++) {
      const holder = start("hold", folder);
      expect(await holder.line()).toBe("held");
      expect(highest(folder)).toBeGreaterThan(last);
      last = highest(folder);
      await holder.kill();
      expect(lock.tryAcquire()).toBe(true);
      lock.release();
    }
  });

  test("that is stopped keeps it, until it is killed", async () => {
    const folder = newFolder();
    const holder = start("hold", folder);
    expect(await holder.line()).toBe("held");
    holder.signal("SIGSTOP");
    const lock = new GenerationLock(folder);
    for (let i = 0; i < 50; i++) expect(lock.tryAcquire()).toBe(false);
    await holder.kill();
    expect(lock.tryAcquire()).toBe(true);
  });

  test("that ends without releasing loses it", async () => {
    const folder = newFolder();
    const holder = start("try", folder);
    expect(await holder.line()).toBe("true");
    await holder.ended();
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
  });
});

describe("a holder in a worker thread", () => {
  test("that is terminated loses it, though its process lives", async () => {
    const folder = newFolder();
    const worker = await startWorker("hold", folder);
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
    await worker.terminate();
    await acquired(lock);
  });

  test("also where the system has no thread numbers", async () => {
    const folder = newFolder();
    const worker = await startWorker("hold", folder, "portable");
    const lock = new GenerationLock(folder, { census: new PortableCensus() });
    for (let i = 0; i < 5; i++) expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
    await worker.terminate();
    await acquired(lock);
    expect(lock.heldByThisThread).toBe(true);
  });

  test("of another process is judged by that process where there are no thread numbers", async () => {
    const folder = newFolder();
    const holder = start("hold", folder, "portable");
    expect(await holder.line()).toBe("held");
    const lock = new GenerationLock(folder, { census: new PortableCensus() });
    expect(lock.tryAcquire()).toBe(false);
    await holder.kill();
    expect(lock.tryAcquire()).toBe(true);
  });
});

describe("many at once", () => {
  const TIMES = 250;

  test("four processes count without losing one", async () => {
    const folder = newFolder();
    const file = join(folder, "..", "counter");
    writeFileSync(file, "0");
    const counters = [0, 1, 2, 3].map(() => start("count", folder, `${TIMES}`, file));
    for (const counter of counters) {
      expect(await counter.line()).toBe("counted");
      expect(await counter.ended()).toBe(0);
    }
    expect(Number(readFileSync(file, "latin1"))).toBe(4 * TIMES);
    expect(highest(folder)).toBe(4 * TIMES);
    expect(readdirSync(folder).sort()).toEqual([`g${4 * TIMES}`, "kind"]);
  }, 30_000);

  test("four worker threads count without losing one", async () => {
    const folder = newFolder();
    const file = join(folder, "..", "counter");
    writeFileSync(file, "0");
    const workers = [0, 1, 2, 3].map(
      () => new Worker(user, { workerData: ["count", folder, `${TIMES}`, file] }),
    );
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    expect(Number(readFileSync(file, "latin1"))).toBe(4 * TIMES);
  }, 30_000);

  test("killed at random, they lose nothing that was counted", async () => {
    const folder = newFolder();
    await countWhileKilled(join(folder, ".."), 12, (file, journal) =>
      start("count", folder, "1000000", file, journal),
    );
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith("g"))).toHaveLength(1);
  }, 60_000);
});

describe("a holder in another PID namespace", () => {
  const container = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
  const possible =
    process.platform === "linux" &&
    spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;

  /** Starts a user of the lock in a PID namespace of its own. */
  function contain(task: string, folder: string): Program {
    const inside = new Program(...container, process.execPath, user, task, folder);
    onTestFinished(() => inside.kill());
    return inside;
  }

  test.runIf(possible)("is waited for, with a sentence, from either side", async () => {
    const folder = newFolder();
    const inside = contain("hold", folder);
    expect(await inside.line()).toBe("held");
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.obstacle).toMatchObject({
      code: "NTH_LOCKED",
      message: expect.stringContaining("another PID namespace"),
    });
    inside.tell("release");
    expect(await inside.ended()).toBe(0);
    expect(lock.tryAcquire()).toBe(true);
    const other = contain("try", folder);
    expect(await other.line()).toMatch(/^false, NTH_LOCKED: .*another PID namespace/);
    await other.ended();
  });

  test.runIf(possible)("that was killed keeps it until its folder is removed", async () => {
    const folder = newFolder();
    const first = contain("hold", folder);
    expect(await first.line()).toBe("held");
    await first.kill();
    const successor = contain("try", folder);
    expect(await successor.line()).toMatch(
      /^false, NTH_LOCKED: .* when you know that it has, remove the folder .*data\.lock$/,
    );
    await successor.ended();
    rmSync(folder, { recursive: true });
    const second = contain("try", folder);
    expect(await second.line()).toBe("true");
    await second.ended();
  });

  test.runIf(possible)(
    "is safe from a neighbour whose /proc is not their namespace's",
    async () => {
      const folder = newFolder();
      // Neither can look the other up: the numbers in /proc are not those of the namespace.
      const script = 'sleep 60 | "$0" "$1" hold "$2" | { read line; "$0" "$1" try "$2"; }';
      const both = new Program(
        ...(["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script] as const),
        ...[process.execPath, user, folder],
      );
      onTestFinished(() => both.kill());
      expect(await both.line()).toMatch(/^false, NTH_LOCKED: .*one without a \/proc of its own/);
      expect(highest(folder)).toBe(1);
    },
  );
});
