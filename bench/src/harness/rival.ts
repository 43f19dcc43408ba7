import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { clockKind } from "./clock.ts";

const project = join(import.meta.dirname, "..", "..", "..");
const program = join(project, "bench", "rivals", "megstore_jobs.py");
const folder = join(project, "node_modules", ".cache", "bench", "megstore-msgpack");

/** A job of the rival, and what it needs; the program in `rivals/` knows what to do. */
export interface RivalJob {
  readonly job: "build" | "get" | "append" | "iterate";
  /** @default "jsonl" */
  readonly format?: "jsonl" | "msgpack";
  readonly path: string;
  readonly indices?: readonly number[];
  readonly records?: number;
  readonly commitEvery?: number;
}

/** The Python original in a process of its own, which measures each job itself. */
export class Rival {
  readonly name = "megstore";
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(python: string) {
    this.#python = spawn(python, [program], { env: environment() });
    this.#python.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#python.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Where the rival can be started from, made at the first call; a sentence where it cannot be had. */
  static install(): { readonly python: string } | { readonly reason: string } {
    const python = join(folder, "bin", "python");
    if (existsSync(join(folder, "complete"))) return { python };
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      run("python3", ["-m", "venv", "--clear", folder]);
      run(python, [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "megstore[msgpack]",
      ]);
      mkdirSync(join(folder, "complete"));
      return { python };
    } catch (error) {
      return { reason: `python3, venv and pip did not give it: ${firstLine(error)}` };
    }
  }

  static start(python: string): Rival {
    return new Rival(python);
  }

  /** Has a job done and answers the seconds that it took. @throws {@link Error} when the program ended */
  async seconds(job: RivalJob): Promise<number> {
    this.#python.stdin.write(`${JSON.stringify({ ...job, clock: clockKind() })}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${this.name} ended while it did "${job.job}"`);
    return (JSON.parse(answer.value) as { seconds: number }).seconds;
  }

  close(): void {
    this.#python.stdin.end();
    this.#lines.close();
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: "pipe", encoding: "utf8", env: environment() });
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] as string;
}
