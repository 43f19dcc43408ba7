/** The thread that holds, or last held, a generation lock; all of it is written into the lock's file. */
export interface LockHolder {
  /** Process number, as people know it. */
  readonly pid: number;
  /** Number that the system knows the thread by: its own on Linux, the process's elsewhere. */
  readonly task: number;
  /** Number that Node knows the thread by; 0 is the main thread. */
  readonly thread: number;
  /** When the task started, in the system's own words: numbers are used again, starts are not. */
  readonly start?: string | undefined;
  /** Changes with every start of the machine. */
  readonly boot?: string | undefined;
  /** Names the machine, as far as it can be told. */
  readonly machine: string;
  /** The PID namespace in which the numbers count; where that is not known, something that only this process has. */
  readonly space?: string | undefined;
  /** An open file that proves a worker thread to its own process, where the system has no thread numbers. */
  readonly presence?: string | undefined;
}

/** A lock file, read. */
export interface LockRecord {
  readonly held: boolean;
  readonly holder: LockHolder;
}

/** The first byte of a lock file while it is held. */
export const HELD = "H";
/** The first byte of a lock file once it was released. */
export const FREE = "F";

/** The part of a lock file that never changes; `nonce` tells two files of one thread apart. */
export function encodeHolder(holder: LockHolder, nonce: string): string {
  return `${JSON.stringify({ ...holder, nonce })}\n`;
}

/** Reads a lock file; `undefined` when it is torn or not ours. */
export function decodeLock(text: string): LockRecord | undefined {
  const state = text[0];
  if (state !== HELD && state !== FREE) return undefined;
  let holder: unknown;
  try {
    holder = JSON.parse(text.slice(1));
  } catch {
    // A file that a power cut left without its content; whoever asks treats it as nobody's.
    return undefined;
  }
  return isHolder(holder) ? { held: state === HELD, holder } : undefined;
}

/** Whether two records name the same thread. */
export function sameThread(a: LockHolder, b: LockHolder): boolean {
  return (
    a.pid === b.pid &&
    a.task === b.task &&
    a.thread === b.thread &&
    a.start === b.start &&
    a.boot === b.boot &&
    a.machine === b.machine &&
    a.space === b.space &&
    a.presence === b.presence
  );
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== "object" || value === null) return false;
  const { pid, task, thread, machine, ...rest } = value as Record<string, unknown>;
  if (typeof machine !== "string" || typeof thread !== "number") return false;
  if (!isTask(pid) || !isTask(task)) return false;
  const optional = [rest["start"], rest["boot"], rest["space"], rest["presence"]];
  return optional.every((field) => field === undefined || typeof field === "string");
}

/** 0 and negative numbers would address process groups. */
function isTask(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 31;
}
