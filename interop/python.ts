import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holding } from "./lock.ts";
import { importsOf, leaveOut, noteProgram } from "./programs.ts";

/** Where virtual environments are kept between runs. */
const CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "interop");

/** A Python of its own, with the packages that a suite compares with. */
export class Python {
  readonly #name: string;
  /** Why the packages are not there. */
  readonly missing: string | undefined;

  private constructor(name: string, missing?: string) {
    this.#name = name;
    this.missing = missing;
  }

  /**
   * Makes the virtual environment `name` with `requirements`, or takes the one that an earlier run made; a name has the
   * same requirements everywhere. Where that fails, every test that asks this Python for something is skipped, with the
   * reason; the suite fails nevertheless if pip offers an original that nobody asked.
   */
  static with(name: string, requirements: readonly string[]): Python {
    mkdirSync(CACHE, { recursive: true });
    const missing = holding(join(CACHE, `${name}.lock`), () => install(name, requirements));
    return new Python(name, missing);
  }

  /** One that only the long form of the suite has, because it is large: `npm run interop -- --long`. */
  static inLongForm(name: string, requirements: readonly string[]): Python {
    if (process.env["NTHREC_TORCH"] === "1") return Python.with(name, requirements);
    return new Python(name, "only in the long form: npm run interop -- --long");
  }

  /** Path of the interpreter, for programs that run beside a test. */
  get executable(): string {
    return join(CACHE, this.#name, "bin", "python");
  }

  /** The installed version of a package. */
  version(distribution: string): string {
    if (this.missing !== undefined) return `is left out (${this.missing})`;
    return python(this.executable, ["-c", VERSION, distribution]).trim();
  }

  /** Runs a program and returns what it printed, without white space around it. */
  run(program: string, ...args: string[]): string {
    return this.#run(importsOf(program), ["-c", program, ...args]);
  }

  /** {@link run} in a folder. */
  runIn(folder: string, program: string): string {
    return this.#run(importsOf(program), ["-c", program], folder);
  }

  /** Runs a program that prints JSON. */
  json(program: string, ...args: string[]): unknown {
    return JSON.parse(this.run(program, ...args));
  }

  /** Runs a script that a package brings. */
  script(name: string, ...args: string[]): string {
    return this.#run([name], [join(CACHE, this.#name, "bin", name), ...args]);
  }

  #run(uses: readonly string[], args: readonly string[], cwd?: string): string {
    if (this.missing !== undefined) leaveOut(this.missing);
    const printed = python(this.executable, args, cwd).trim();
    noteProgram({ environment: this.#name, uses });
    return printed;
  }
}

const VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";

/** Answers why it cannot be, in a sentence of whoever refused. */
function install(name: string, requirements: readonly string[]): string | undefined {
  const folder = join(CACHE, name);
  const complete = join(folder, "complete");
  // An environment with other requirements is made anew.
  const wanted = requirements.join("\n");
  if (existsSync(complete) && readFileSync(complete, "utf8") === wanted) return undefined;
  const quiet = ["--quiet", "--disable-pip-version-check"];
  const executable = join(folder, "bin", "python");
  try {
    execFileSync("python3", ["-m", "venv", "--clear", folder], { stdio: "pipe" });
    python(executable, ["-m", "pip", "install", ...quiet, ...requirements]);
  } catch (error) {
    return reasonOf(error);
  }
  writeFileSync(complete, wanted);
  return undefined;
}

/** What a program that failed said last, or last called an error. */
export function reasonOf(error: unknown): string {
  const said = String((error as { readonly stderr?: unknown }).stderr ?? "").trim();
  const lines = (said === "" ? String(error) : said).split("\n").map((line) => line.trim());
  return (lines.filter((line) => /^error\b/i.test(line)).at(-1) ?? lines.at(-1)) as string;
}

function python(executable: string, args: readonly string[], cwd?: string): string {
  return execFileSync(executable, args, {
    ...(cwd === undefined ? {} : { cwd }),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
