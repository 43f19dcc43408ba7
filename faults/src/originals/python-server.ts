import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Python } from "../../../interop/python.ts";

/** A Python original in a process of its own, which does jobs: a line of JSON each, and its answer. */
export class PythonServer {
  readonly version: string;
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #queue: Promise<unknown> = Promise.resolve();

  /**
   * Starts the program `server` of this folder with a package from pip.
   *
   * @throws {@link Error} where there is no python3, or where pip cannot offer the package
   */
  constructor(distribution: string, server: string) {
    const python = Python.with(distribution, [distribution]);
    if (python.missing !== undefined) throw new Error(python.missing);
    this.version = python.version(distribution);
    // Bundled, this file lies one folder below `faults`.
    const path = join(import.meta.dirname, "..", "src", "originals", server);
    this.#python = spawn(python.executable, [path], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    this.#python.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: this.#python.stdout })[Symbol.asyncIterator]();
  }

  /** Has a job done; jobs wait for each other. */
  ask<T>(job: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = this.#queue.then(async () => {
      this.#python.stdin.write(`${JSON.stringify(job)}\n`);
      const line = await this.#answers.next();
      if (line.done === true) throw new Error("the Python process ended");
      return JSON.parse(line.value) as T & { error?: string };
    });
    this.#queue = answer.catch(() => {});
    return answer;
  }

  close(): void {
    this.#python.stdin.end();
  }
}

/** Starts an original, or says why it cannot be had. */
export function tryOriginal<T>(start: () => T): T | string {
  try {
    return start();
  } catch (error) {
    return `python3, venv and pip did not give it: ${String((error as Error).message).split("\n")[0]}`;
  }
}
