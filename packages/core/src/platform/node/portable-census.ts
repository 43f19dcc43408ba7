import { fstatSync, openSync, unlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Census } from "./census.ts";
import { late } from "./late.ts";
import { type LockHolder, sameThread } from "./lock-holder.ts";
import { isRunning, outputOf } from "./processes.ts";
import { uniqueName } from "./unique-name.ts";

/** How long the start of a process, once looked up, is believed: the look costs milliseconds. */
const BELIEVED_MS = 1000;

/** What a {@link PortableCensus} asks the system with. */
export interface PortableCensusOptions {
  /** Runs a program and gives its output. @default a child process */
  readonly run?: ((program: string, args: readonly string[]) => string | undefined) | undefined;
  /** Whether this is a worker. @default as it is */
  readonly worker?: boolean | undefined;
  /** The PID namespace in which the numbers count, where the system has such. @default none */
  readonly space?: string | undefined;
}

/**
 * Judges processes where there is no `/proc`: by number, and by start time where `ps` tells it.
 *
 * Worker threads have no number there that outsiders could judge. Node closes the files of a worker that ends, so
 * each worker keeps one open, and the other threads of its process can see whether it still is.
 */
export class PortableCensus implements Census {
  readonly self: LockHolder;
  readonly #run: (program: string, args: readonly string[]) => string | undefined;
  #known:
    | { readonly pid: number; readonly start: string | undefined; readonly at: number }
    | undefined;

  constructor(options: PortableCensusOptions = {}) {
    const { isMainThread, threadId } = late.workerThreads;
    this.#run = options.run ?? outputOf;
    this.self = {
      pid: process.pid,
      task: process.pid,
      thread: threadId,
      start: this.#startOf(process.pid),
      boot: this.#run("sysctl", ["-n", "kern.bootsessionuuid"]),
      machine: hostname(),
      space: options.space,
      presence: (options.worker ?? !isMainThread) ? openPresence() : undefined,
    };
  }

  lives(holder: LockHolder): boolean {
    if (sameThread(holder, this.self)) return true;
    if (holder.pid === this.self.pid && holder.start === this.self.start) {
      return holder.presence === undefined || isPresent(holder.presence);
    }
    if (!isRunning(holder.pid)) return false;
    const start = holder.start === undefined ? undefined : this.#startOf(holder.pid);
    return start === undefined || start === holder.start;
  }

  #startOf(pid: number): string | undefined {
    const now = performance.now();
    if (this.#known?.pid !== pid || now - this.#known.at > BELIEVED_MS) {
      this.#known = { pid, start: this.#run("ps", ["-o", "lstart=", "-p", `${pid}`]), at: now };
    }
    return this.#known.start;
  }
}

/** Opens a file of no name that stays open as long as this thread lives. */
function openPresence(): string {
  const path = join(tmpdir(), `nthrec-${uniqueName()}`);
  const fd = openSync(path, "wx");
  unlinkSync(path);
  return `${fd}:${identityOf(fd)}`;
}

function isPresent(presence: string): boolean {
  const [fd, ...identity] = presence.split(":");
  try {
    return identityOf(Number(fd)) === identity.join(":");
  } catch {
    // EBADF: closed, and no other file has the number yet.
    return false;
  }
}

function identityOf(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}
