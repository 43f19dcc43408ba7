import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles a program of this folder into `outfile`, from the sources as they are: Node 20 runs no TypeScript, and a
 * build may be old. `instead` names modules, and the files of this folder that stand in for them.
 */
export async function bundle(
  program: string,
  outfile: string,
  instead: Readonly<Record<string, string>> = {},
): Promise<void> {
  const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  await build({
    entryPoints: [here(program)],
    alias: Object.fromEntries(Object.entries(instead).map(([from, to]) => [from, here(to)])),
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    // As tests run: on the sources.
    conditions: ["@nthrec/source"],
    logLevel: "silent",
  });
}

/** A child process that answers line by line. */
export class Program {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, ...args: string[]) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const { stdout } = this.process;
    if (stdout === null) throw new Error("the child has no output");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** The next line; fails when the program ends without one. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the child ended without a line");
    return value;
  }

  tell(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async ended(): Promise<number | string | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, "exit");
    }
    return this.process.exitCode ?? this.process.signalCode;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }
}
