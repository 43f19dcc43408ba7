import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of this suite in a process of its own. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";
  #heard: () => void = () => {};

  private constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#heard();
    });
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    // A child that was killed cannot be written to any more.
    this.process.stdin?.on("error", () => {});
    this.ended = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", (code, signal) => {
        this.#heard();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Starts a program of `src/programs` with a task. */
  static start(program: string, task: unknown, wrapper: readonly string[] = []): Child {
    const node = [process.execPath, "--enable-source-maps"];
    const path = join(import.meta.dirname, `${program}.js`);
    const [command, ...args] = [...wrapper, ...node, path, JSON.stringify(task)];
    return new Child(command as string, args);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.process.kill(signal);
  }

  tell(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Waits until the program has printed `text`; `false` when it ended without. */
  async says(text: string): Promise<boolean> {
    while (!this.#stdout.includes(text)) {
      if (!this.alive) return false;
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    return true;
  }
}

/** Runs a program of `src/programs` to its end. */
export function run(program: string, task: unknown): Promise<Ended> {
  return Child.start(program, task).ended;
}

/** What a program printed as its last line. @throws {@link Error} when it failed */
export function resultOf<T>({ code, signal, stdout, stderr }: Ended): T {
  const last = stdout.trimEnd().split("\n").at(-1);
  if (code === 0 && last) return JSON.parse(last) as T;
  throw new Error(`a program ended with ${code ?? signal}: ${stderr || stdout}`);
}

/** Handles all items, `width` of them at a time. */
export async function parallel<T>(
  items: readonly T[],
  width: number,
  handle: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await handle(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
