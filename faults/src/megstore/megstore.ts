import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Python } from "../../../interop/python.ts";
import type { AnyReader, Kind } from "../formats/kinds.ts";
import { lineOf } from "../formats/payload.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { fingerprint } from "../judge/fingerprint.ts";

/** What megstore found in a file. */
interface Read {
  readonly records: number;
  readonly digest: string;
}

/** The Python original in a process of its own. */
export class Megstore {
  readonly version: string;
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(python: Python) {
    this.version = python.version("megstore");
    // Bundled, this file lies one folder below `faults`.
    const server = join(import.meta.dirname, "..", "src", "megstore", "server.py");
    this.#python = spawn(python.executable, [server], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    this.#python.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: this.#python.stdout })[Symbol.asyncIterator]();
  }

  /** Starts it, or says why it cannot be had. */
  static start(): Megstore | string {
    try {
      return new Megstore(Python.with("megstore", ["megstore"]));
    } catch (error) {
      return `python3, venv and pip did not give it: ${String((error as Error).message).split("\n")[0]}`;
    }
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

  /** It must read what we read, and trust the index as it lies there. */
  async check(kind: Kind, path: string, verdicts: Verdicts, what: string): Promise<void> {
    if (kind.megstore === undefined) return;
    const before = fingerprint(`${path}.idx`);
    const theirs = await this.ask<Read & { error?: string }>({
      job: "read",
      kind: kind.megstore,
      path,
    });
    const ours = digest(kind, path);
    verdicts.count("megstore reads");
    verdicts.check(
      theirs.error === undefined && theirs.records === ours.records,
      `${what}: megstore reads ${theirs.error ?? theirs.records}, we read ${ours.records} records`,
    );
    verdicts.check(
      theirs.digest === ours.digest,
      `${what}: megstore reads other values than we do`,
    );
    const kept = fingerprint(`${path}.idx`) === before;
    verdicts.check(kept, `${what}: megstore did not trust the index and made it anew`);
  }

  close(): void {
    this.#python.stdin.end();
  }
}

function digest(kind: Kind, path: string): Read {
  const reader = kind.Reader.openSync(path) as AnyReader;
  try {
    const hash = createHash("sha256");
    for (const record of reader) hash.update(`${textOf(kind, record)}\n`);
    return { records: reader.length, digest: hash.digest("hex") };
  } finally {
    reader.closeSync();
  }
}

function textOf(kind: Kind, record: unknown): string {
  if (typeof record === "string") return record;
  try {
    return lineOf(kind.mark(record));
  } catch {
    return JSON.stringify(record);
  }
}
