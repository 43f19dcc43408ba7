import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { clockKind } from "./clock.ts";

const project = join(import.meta.dirname, "..", "..", "..");

/** A program we compare with. */
export interface RivalKind {
  readonly name: string;
  /** What pip installs. */
  readonly requirement: string;
  /** What pip installs with it. */
  readonly beside?: readonly string[];
  /** The environment variable that asks for it by a 1, where it is too large to be installed unasked. */
  readonly asked?: string;
  /** The file in `rivals/` that does its jobs. */
  readonly program: string;
  /** Its virtual environment. */
  readonly folder: string;
}

/** Lines and MessagePack in Python. */
export const MEGSTORE: RivalKind = {
  name: "megstore",
  requirement: "megstore[msgpack]",
  program: "megstore_jobs.py",
  folder: "megstore-msgpack",
};

/** Records by key in Python. */
export const TFD_UTILS: RivalKind = {
  name: "tfd-utils",
  requirement: "tfd-utils",
  program: "tfd_utils_jobs.py",
  folder: "tfd-utils",
};

/** TFRecord files in TensorFlow itself. */
export const TENSORFLOW: RivalKind = {
  name: "TensorFlow",
  requirement: "tensorflow-cpu",
  program: "tensorflow_jobs.py",
  folder: "tensorflow",
};

/** ArrayRecord files in C++, by its Python module. */
export const ARRAY_RECORD: RivalKind = {
  name: "array_record",
  requirement: "array-record",
  program: "arrayrecord_jobs.py",
  folder: "arrayrecord",
};

/** Memory maps of NumPy. */
export const NUMPY: RivalKind = {
  name: "numpy.memmap",
  requirement: "numpy",
  program: "numpy_jobs.py",
  folder: "numpy",
};

/** Folders of tensors in the original, which brings PyTorch with it. */
export const TENSORBLOB: RivalKind = {
  name: "tensorblob",
  requirement: "tensorblob",
  // Newer releases of its configuration library write and want another class name; see docs/formats/tensorblob.md.
  beside: ["just-config-mixin==0.1.1", "numpy"],
  asked: "NTHREC_TORCH",
  program: "tensorblob_jobs.py",
  folder: "tensorblob",
};

/** A job of the rival, and what it needs; the program in `rivals/` knows what to do. */
export interface RivalJob {
  readonly job: "build" | "get" | "batch" | "append" | "iterate" | "seek";
  /** @default "jsonl" */
  readonly format?: "jsonl" | "msgpack";
  readonly path: string;
  readonly indices?: readonly number[];
  readonly keys?: readonly string[];
  /** Where records lie, for originals that know no numbers. */
  readonly offsets?: readonly number[];
  readonly records?: number;
  readonly commitEvery?: number;
  /** A file that holds the records to be written. */
  readonly source?: string;
  /** How they are to be written, in the original's words. */
  readonly options?: string;
}

/** The Python original in a process of its own, which measures each job itself. */
export class Rival {
  static readonly #versions: Record<string, string> = {};
  readonly name: string;
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(python: string, { name, program }: RivalKind) {
    this.name = name;
    this.#python = spawn(python, [join(project, "bench", "rivals", program)], {
      env: environment(),
    });
    this.#python.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#python.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Where the rival can be started from, made at the first call; a sentence where it cannot be had. */
  static install(
    kind: RivalKind = MEGSTORE,
  ): { readonly python: string } | { readonly reason: string } {
    if (kind.asked !== undefined && process.env[kind.asked] !== "1") {
      return { reason: `it takes several gigabytes: ${kind.asked}=1 asks for it` };
    }
    const folder = join(project, "node_modules", ".cache", "bench", kind.folder);
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
        kind.requirement,
        ...(kind.beside ?? []),
      ]);
      mkdirSync(join(folder, "complete"));
      return { python };
    } catch (error) {
      return { reason: `python3, venv and pip did not give it: ${firstLine(error)}` };
    }
  }

  static start(python: string, kind: RivalKind = MEGSTORE): Rival {
    const program =
      "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
    const distribution = kind.requirement.replace(/[[=].*/, "");
    Rival.#versions[kind.name] = run(python, ["-c", program, distribution]).trim();
    return new Rival(python, kind);
  }

  /** Versions of the rivals that this process started, by their names. */
  static versions(): Readonly<Record<string, string>> {
    return { ...Rival.#versions };
  }

  /** Starts a rival that one case wants; `undefined`, and a line that says so, where it cannot be had. */
  static find(kind: RivalKind): Rival | undefined {
    const found = Rival.install(kind);
    if ("python" in found) return Rival.start(found.python, kind);
    process.stderr.write(`left out: the rival ${kind.name}, because ${found.reason}\n`);
    return undefined;
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

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { stdio: "pipe", encoding: "utf8", env: environment() });
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] as string;
}
