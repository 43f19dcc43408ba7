import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { LinuxCensus } from "../../src/platform/node/linux-census.ts";
import type { LockHolder } from "../../src/platform/node/lock-holder.ts";
import { PortableCensus } from "../../src/platform/node/portable-census.ts";
import { isRunning, outputOf } from "../../src/platform/node/processes.ts";
import { readSmallFile } from "../../src/platform/node/small-file.ts";
import { threadCensus } from "../../src/platform/node/thread-census.ts";
import { scratchFolder } from "./support/scratch.ts";

/** A process that does nothing until the test ends. */
async function sleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = await sleeper();
  await kill(child);
  return child.pid;
}

describe("isRunning", () => {
  test("tells the living from the dead", async () => {
    expect(isRunning(process.pid)).toBe(true);
    // Belongs to another user, or is this one; both live.
    expect(isRunning(1)).toBe(true);
    expect(isRunning(await deadPid())).toBe(false);
  });
});

describe("outputOf", () => {
  test("gives what a program prints, and nothing where there is none", () => {
    expect(outputOf(process.execPath, ["-p", "'a ' + process.env.LC_ALL"])).toBe("a C");
    expect(outputOf(process.execPath, ["-e", ""])).toBeUndefined();
    expect(outputOf(process.execPath, ["-e", "process.exit(3)"])).toBeUndefined();
    expect(outputOf("no-such-program", [])).toBeUndefined();
  });
});

describe.runIf(process.platform === "linux")("LinuxCensus", () => {
  /** How the process `pid` would name itself in a lock. */
  function holderOf(pid: number, census: LinuxCensus): LockHolder {
    const stat = readSmallFile(`/proc/${pid}/stat`);
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return { ...census.self, pid, task: pid, thread: 0, start };
  }

  function take(proc?: string): LinuxCensus {
    const census = LinuxCensus.take(proc);
    if (census === undefined) throw new Error("there is no /proc");
    return census;
  }

  test("is what this thread takes, once", () => {
    expect(threadCensus()).toBeInstanceOf(LinuxCensus);
    expect(threadCensus()).toBe(threadCensus());
  });

  test("has a stand-in where there is no /proc, which knows no neighbours", async () => {
    vi.resetModules();
    const { LinuxCensus: Fresh } = await import("../../src/platform/node/linux-census.ts");
    vi.spyOn(Fresh, "take").mockReturnValue(undefined);
    onTestFinished(() => void vi.restoreAllMocks());
    const module = await import("../../src/platform/node/thread-census.ts");
    expect(module.threadCensus().self.space).toMatch(/^unknown ./);
    onTestFinished(() => void Object.defineProperty(process, "platform", { value: "linux" }));
    Object.defineProperty(process, "platform", { value: "darwin" });
    vi.resetModules();
    const { LinuxCensus: Other } = await import("../../src/platform/node/linux-census.ts");
    vi.spyOn(Other, "take").mockReturnValue(undefined);
    const elsewhere = await import("../../src/platform/node/thread-census.ts");
    expect(elsewhere.threadCensus().self.space).toBeUndefined();
  });

  test("knows this thread", () => {
    const { self } = take();
    expect(self).toMatchObject({ pid: process.pid, thread: threadId });
    expect(self.start).toMatch(/^\d+$/);
    expect(self.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(self.space).toMatch(/^pid:\[\d+\]/);
    expect(self.machine).toContain(hostname());
    expect(take().lives(self)).toBe(true);
  });

  test("a neighbour lives until it is killed", async () => {
    const census = take();
    const child = await sleeper();
    const holder = holderOf(child.pid, census);
    expect(census.lives(holder)).toBe(true);
    await kill(child);
    expect(census.lives(holder)).toBe(false);
  });

  test("another process under the same number is another", async () => {
    const census = take();
    const holder = holderOf((await sleeper()).pid, census);
    expect(census.lives({ ...holder, start: "1" })).toBe(false);
    expect(census.lives({ ...holder, start: undefined })).toBe(true);
  });

  test("a zombie is dead", async () => {
    const census = take();
    // The shell becomes a program that never asks how its child ended.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const holder = holderOf(pid, census);
    expect(census.lives(holder)).toBe(true);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => readSmallFile(`/proc/${pid}/stat`)).toContain(") Z ");
    expect(isRunning(pid)).toBe(true);
    expect(census.lives(holder)).toBe(false);
  });

  /** A `/proc` that says of this thread what the real one says, and otherwise only what `more` holds. */
  function madeUp(more: Readonly<Record<string, string>> = {}): string {
    const proc = join(scratchFolder(), "proc");
    const files = { "thread-self/stat": readSmallFile("/proc/thread-self/stat"), ...more };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(proc, name, ".."), { recursive: true });
      if (name.includes("/ns/")) symlinkSync(text, join(proc, name));
      else writeFileSync(join(proc, name), text);
    }
    return proc;
  }

  const boot = { "sys/kernel/random/boot_id": "the-boot\n" };
  const container = { ...boot, "self/ns/pid": "pid:[4026532198]" };

  test("what another user may not see counts as alive", async () => {
    const child = await sleeper();
    const census = take(madeUp({ ...container, "self/status": "NSpid:\t7\n" }));
    const holder: LockHolder = { ...census.self, pid: child.pid, task: child.pid };
    expect(census.lives(holder)).toBe(true);
    await kill(child);
    expect(census.lives(holder)).toBe(false);
  });

  test("a container's machine is known by its boot, not by an id that its image may share", () => {
    expect(
      take(madeUp({ ...container, "self/status": "Name:\tx\nNSpid:\t7\n" })).self,
    ).toMatchObject({
      boot: "the-boot",
      machine: `the-boot/${hostname()}`,
      space: "pid:[4026532198] ",
    });
  });

  test("a machine is known by its id in the first PID namespace", () => {
    const { machine } = take(madeUp({ "self/ns/pid": "pid:[4026531836]" })).self;
    let id: string | undefined;
    try {
      id = readSmallFile("/etc/machine-id").trim();
    } catch {
      id = undefined;
    }
    expect(machine).toBe(`${id || undefined}/${hostname()}`);
  });

  test("with the /proc of another PID namespace only threads of this process are neighbours", async () => {
    const others = "NSpid:\t7032\t5\n";
    const stat = readSmallFile("/proc/self/stat");
    const proc = madeUp({ ...container, "self/status": others, "self/stat": stat });
    const { self } = take(proc);
    expect(self.space).toMatch(
      new RegExp(`^pid:\\[4026532198\\] +process ${process.pid} of \\d+$`),
    );
    expect(take(proc).self.space).toBe(self.space);
    // Numbers that mean nothing to this process are not asked for: this one is alive, that one has ended.
    const worker = { ...self, task: self.task + 1, thread: self.thread + 1 };
    expect(take(proc).lives(worker)).toBe(false);
    mkdirSync(join(proc, `${worker.task}`));
    writeFileSync(join(proc, `${worker.task}`, "stat"), readSmallFile("/proc/thread-self/stat"));
    expect(take(proc).lives(worker)).toBe(true);
  });

  test("an old kernel tells by a link whose numbers /proc has", () => {
    const proc = madeUp(boot);
    mkdirSync(join(proc, `${process.pid}`, "ns"), { recursive: true });
    symlinkSync("pid:[4026532198]", join(proc, `${process.pid}`, "ns", "pid"));
    symlinkSync(`${process.pid}`, join(proc, "self"));
    expect(take(proc).self.space).toBe("pid:[4026532198] ");
  });

  test.each([
    ["boot", { "self/ns/pid": "pid:[4026532198]", "self/status": "NSpid:\t7\n" }],
    ["PID namespace", { ...boot, "self/status": "NSpid:\t7\n" }],
    ["start of its process", container],
  ])("without its %s a thread is a stranger to all others", (_what, files) => {
    const proc = madeUp(files);
    const [one, two] = [take(proc).self.space, take(proc).self.space];
    expect(one).not.toBe(two);
  });

  test("is not taken without a /proc, or from one that says nothing", () => {
    const folder = scratchFolder();
    expect(LinuxCensus.take(folder)).toBeUndefined();
    mkdirSync(join(folder, "thread-self"));
    writeFileSync(join(folder, "thread-self", "stat"), "");
    expect(LinuxCensus.take(folder)).toBeUndefined();
  });
});

describe("PortableCensus", () => {
  /** A system whose `ps` and `sysctl` say what the test wants. */
  function system(starts: Readonly<Record<number, string>>) {
    const calls: string[] = [];
    const run = (program: string, args: readonly string[]): string | undefined => {
      calls.push(program);
      if (program === "sysctl") return "the-boot";
      return starts[Number(args.at(-1))];
    };
    return { run, calls };
  }

  test("knows this process by number, start and boot", () => {
    const { run } = system({ [process.pid]: "Monday" });
    const { self } = new PortableCensus({ run, worker: false });
    expect(self).toEqual({
      pid: process.pid,
      task: process.pid,
      thread: threadId,
      start: "Monday",
      boot: "the-boot",
      machine: hostname(),
      space: undefined,
      presence: undefined,
    });
  });

  test("takes the name of a PID namespace where it is told one", () => {
    const run = (): undefined => undefined;
    expect(new PortableCensus({ run, worker: false, space: "here" }).self.space).toBe("here");
  });

  test("works with what this system has", () => {
    const census = new PortableCensus();
    expect(census.lives(census.self)).toBe(true);
    expect(census.lives({ ...census.self, thread: 99 })).toBe(true);
  });

  test("a neighbour lives while its number and start are those of a process", async () => {
    const child = await sleeper();
    const { run, calls } = system({ [process.pid]: "Monday", [child.pid]: "Tuesday" });
    const census = new PortableCensus({ run, worker: false });
    const holder = { ...census.self, pid: child.pid, task: child.pid, start: "Tuesday" };
    expect(census.lives(holder)).toBe(true);
    expect(census.lives({ ...holder, start: "Wednesday" })).toBe(false);
    expect(census.lives({ ...holder, start: undefined })).toBe(true);
    // One look for this process and one for the neighbour: looks are dear.
    expect(calls.filter((program) => program === "ps")).toHaveLength(2);
    await kill(child);
    expect(census.lives(holder)).toBe(false);
  });

  test("where starts are unknown the number alone decides", async () => {
    const child = await sleeper();
    const census = new PortableCensus({ run: () => undefined, worker: false });
    const holder = { ...census.self, pid: child.pid, task: child.pid, start: "Tuesday" };
    expect(census.lives(holder)).toBe(true);
  });

  test("a worker of this process lives while its file is open", () => {
    const { run } = system({});
    const worker = new PortableCensus({ run, worker: true }).self;
    const census = new PortableCensus({ run, worker: false });
    expect(worker.presence).toMatch(/^\d+:\d+:\d+$/);
    const holder = { ...worker, thread: 7 };
    expect(census.lives(holder)).toBe(true);
    const [fd, device, inode] = worker.presence?.split(":") ?? [];
    // Another file has the number now.
    expect(census.lives({ ...holder, presence: `${fd}:${device}:${Number(inode) + 1}` })).toBe(
      false,
    );
    // Nothing has it.
    expect(census.lives({ ...holder, presence: `1000000:${device}:${inode}` })).toBe(false);
  });

  test("a worker without a place for temporary files says so", () => {
    const folder = scratchFolder();
    const before = process.env["TMPDIR"];
    onTestFinished(() => {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    });
    process.env["TMPDIR"] = join(folder, "gone");
    rmSync(folder, { recursive: true });
    expect(() => new PortableCensus({ run: () => undefined, worker: true })).toThrow(/ENOENT/);
  });
});
