import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Where virtual environments are kept between runs. */
const CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "interop");

/** A Python of its own, with the packages that a suite compares with. */
export class Python {
  readonly #executable: string;

  private constructor(executable: string) {
    this.#executable = executable;
  }

  /**
   * Makes the virtual environment `name` with `requirements`, or takes the one that an earlier run made.
   *
   * @throws {@link Error} where there is no python3, or where pip cannot offer the packages
   */
  static with(name: string, requirements: readonly string[]): Python {
    const folder = join(CACHE, name);
    const python = new Python(join(folder, "bin", "python"));
    if (existsSync(join(folder, "complete"))) return python;
    mkdirSync(CACHE, { recursive: true });
    execFileSync("python3", ["-m", "venv", "--clear", folder], { stdio: "pipe" });
    const quiet = ["--quiet", "--disable-pip-version-check"];
    python.#execute(["-m", "pip", "install", ...quiet, ...requirements]);
    python.#execute(["-c", "import pathlib, sys; (pathlib.Path(sys.prefix) / 'complete').touch()"]);
    return python;
  }

  /** Path of the interpreter, for programs that run beside a test. */
  get executable(): string {
    return this.#executable;
  }

  /** The installed version of a package. */
  version(distribution: string): string {
    return this.run(
      `import importlib.metadata; print(importlib.metadata.version(${JSON.stringify(distribution)}))`,
    );
  }

  /** Runs a program and returns what it printed, without white space around it. */
  run(program: string, ...args: string[]): string {
    return this.#execute(["-c", program, ...args]).trim();
  }

  /** Runs a program that prints JSON. */
  json(program: string, ...args: string[]): unknown {
    return JSON.parse(this.run(program, ...args));
  }

  #execute(args: readonly string[]): string {
    return execFileSync(this.#executable, args, {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
