import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Census } from "./census.ts";
import { late } from "./late.ts";
import { type LockHolder, sameThread } from "./lock-holder.ts";
import { isRunning } from "./processes.ts";
import { readSmallFile } from "./small-file.ts";
import { uniqueName } from "./unique-name.ts";

/** Field numbers of `/proc/<task>/stat` after the name, which may hold spaces and brackets. */
const STATE = 0;
const START = 19;
/** The PID namespace in which the machine was started; a container has another. The number is the kernel's constant. */
const INITIAL_SPACE = "pid:[4026531836]";

/** Judges threads by the `/proc` of Linux, so that a terminated worker counts as gone though its process lives. */
export class LinuxCensus implements Census {
  readonly self: LockHolder;
  readonly #proc: string;
  /** Whether the numbers in `/proc` are those by which this process may signal others. */
  readonly #ownNumbers: boolean;

  private constructor(self: LockHolder, proc: string, ownNumbers: boolean) {
    this.self = self;
    this.#proc = proc;
    this.#ownNumbers = ownNumbers;
  }

  /**
   * Takes the census, or answers `undefined` where there is no such `/proc`. Where something is missing without which
   * others cannot be judged, the space is one that they are not in.
   */
  static take(proc = "/proc"): LinuxCensus | undefined {
    const own = tryRead(() => readSmallFile(`${proc}/thread-self/stat`));
    const start = own === undefined ? undefined : fields(own)[START];
    if (own === undefined || start === undefined) return undefined;
    const boot = tryRead(() => readSmallFile(`${proc}/sys/kernel/random/boot_id`).trim());
    // A time namespace shifts the start times, so its members are as strange to us as those of a PID namespace.
    const spaces = ["pid", "time"].map((kind) =>
      tryRead(() => readlinkSync(`${proc}/self/ns/${kind}`)),
    );
    const task = Number.parseInt(own, 10);
    const machine = machineName(spaces[0], boot);
    const ownNumbers = hasOwnNumbers(proc);
    const known = boot !== undefined && spaces[0] !== undefined;
    if (!known) spaces.push(uniqueName());
    else if (!ownNumbers) spaces.push(processName(proc));
    const space = spaces.join(" ");
    return new LinuxCensus(
      { pid: process.pid, task, thread: late.workerThreads.threadId, start, boot, machine, space },
      proc,
      ownNumbers,
    );
  }

  lives(holder: LockHolder): boolean {
    if (sameThread(holder, this.self)) return true;
    if (this.#ownNumbers && !isRunning(holder.task)) return false;
    // /proc/<task> also answers for a thread, though no listing shows it.
    const stat = tryRead(() => readSmallFile(`${this.#proc}/${holder.task}/stat`));
    // It is there, but hidden from this user (hidepid), or it ended just now: the next look will tell.
    // Without numbers of its own only threads of this process are asked about, and those are never hidden.
    if (stat === undefined) return this.#ownNumbers;
    const found = fields(stat);
    if (found[STATE] === "Z" || found[STATE] === "X") return false;
    return holder.start === undefined || found[START] === holder.start;
  }
}

function fields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * Whether this `/proc` shows the PID namespace that this process is in. It does not where a program was put into a
 * new one and kept the old `/proc` (`unshare --pid`): then its numbers mean other processes, or none.
 */
function hasOwnNumbers(proc: string): boolean {
  const status = tryRead(() => readSmallFile(`${proc}/self/status`));
  // One number for each namespace, from that of this /proc down to the process's own.
  const numbers = status === undefined ? undefined : /^NSpid:(.*)$/m.exec(status)?.[1];
  if (numbers !== undefined) return numbers.trim().split(/\s+/).length === 1;
  return tryRead(() => readlinkSync(`${proc}/self`)) === `${process.pid}`;
}

/** What the threads of this process have in common, and no other process has. */
function processName(proc: string): string {
  const stat = tryRead(() => readSmallFile(`${proc}/self/stat`));
  const start = stat === undefined ? undefined : fields(stat)[START];
  return start === undefined ? uniqueName() : `process ${process.pid} of ${start}`;
}

/** The same after a restart only where it surely is the same machine; an image gives all its containers one id. */
function machineName(space: string | undefined, boot: string | undefined): string {
  const id = space === INITIAL_SPACE ? tryRead(() => readSmallFile("/etc/machine-id").trim()) : "";
  return id ? `${id}/${hostname()}` : `${boot}/${hostname()}`;
}

/** The answer of the system, or `undefined` where it refuses: what is not known here makes the judge careful. */
function tryRead<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
