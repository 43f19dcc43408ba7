import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { NthrecError, type NthrecErrorCode } from "@nthrec/core";
import { buffersOf } from "../../threads/answer-to.ts";
import type {
  DecodedChunks,
  DecodeJob,
  EncodedChunks,
  EncodeJob,
} from "../../threads/chunk-jobs.ts";
import type { ChunkThreads, ThreadAnswer, ThreadJob } from "../../threads/chunk-threads.ts";

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Node's worker threads. */
export class WorkerThreads implements ChunkThreads {
  readonly count: number;
  readonly #program: URL;
  readonly #threads: ChunkThread[] = [];
  #next = 0;
  #closed = false;

  constructor(count: number, program: URL = programOf("@nthrec/arrayrecord/package.json")) {
    this.count = count;
    this.#program = program;
  }

  async encode(encode: EncodeJob): Promise<EncodedChunks> {
    const answer = await this.#run({ id: this.#next++, encode }, buffersOf(encode));
    return (answer as Extract<ThreadAnswer, { encoded: unknown }>).encoded;
  }

  async decode(decode: DecodeJob): Promise<DecodedChunks> {
    const answer = await this.#run({ id: this.#next++, decode }, buffersOf(decode));
    return (answer as Extract<ThreadAnswer, { decoded: unknown }>).decoded;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #run(job: ThreadJob, transfer: ArrayBuffer[]): Promise<ThreadAnswer> {
    if (this.#closed) return Promise.reject(new NthrecError("NTH_NOT_OPEN", "threads are closed"));
    return this.#idlest().run(job, transfer);
  }

  /** The thread with the fewest jobs; a new one as long as all have some. */
  #idlest(): ChunkThread {
    const [first] = [...this.#threads].sort((a, b) => a.jobs - b.jobs);
    if (first !== undefined && (first.jobs === 0 || this.#threads.length === this.count)) {
      return first;
    }
    const thread = new ChunkThread(this.#program);
    this.#threads.push(thread);
    return thread;
  }
}

/** One thread. It keeps the process alive only while it has a job. */
class ChunkThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** Shared with the thread, which looks at it before each job. */
  readonly #closed = new Int32Array(new SharedArrayBuffer(4));
  readonly #exited: Promise<void>;
  #failure: NthrecError | undefined;

  constructor(program: URL) {
    this.#worker = new Worker(program, { execArgv: [], workerData: this.#closed });
    this.#worker.on("message", (answer: ThreadAnswer) => this.#settle(answer));
    this.#worker.on("error", (cause) => this.#fail(cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#fail(undefined);
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Jobs that it has not answered. */
  get jobs(): number {
    return this.#waiting.size;
  }

  run(job: ThreadJob, transfer: ArrayBuffer[]): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.set(job.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(job, transfer);
    });
  }

  /** Lets the thread end by itself: Node aborts the process when one is terminated in the moment in which zlib makes a stream. */
  async end(): Promise<void> {
    Atomics.store(this.#closed, 0, 1);
    this.#worker.ref();
    this.#worker.postMessage(null);
    await this.#exited;
  }

  #settle(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // One that is to end is waited for.
    if (this.#waiting.size === 0 && this.#closed[0] === 0) this.#worker.unref();
    if (!("failure" in answer)) {
      waiting?.resolve(answer);
      return;
    }
    const { code = "NTH_IO_ERROR", message } = answer.failure;
    waiting?.reject(new NthrecError(code as NthrecErrorCode, message));
  }

  #fail(cause: unknown): void {
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    this.#failure ??= new NthrecError("NTH_IO_ERROR", `a thread of chunks ended${reason}`, {
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/**
 * What a thread runs, found by the package's own name: this module may lie in a bundle, or be a source under test.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where the package is not installed
 */
export function programOf(manifest: string): URL {
  try {
    const found = pathToFileURL(createRequire(import.meta.url).resolve(manifest));
    return new URL("dist/platform/node/chunk-worker.js", found);
  } catch (cause) {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      "threads need the package @nthrec/arrayrecord to be installed beside what is bundled",
      { cause },
    );
  }
}
