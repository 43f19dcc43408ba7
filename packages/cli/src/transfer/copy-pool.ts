import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { NthrecError } from "@nthrec/core";
import { UsageError } from "../exit.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { PieceReport, TakenListener } from "./piece-copier.ts";
import type { Work } from "./task.ts";

/** Copies all pieces in worker threads, several at once. */
export async function copyInThreads(
  work: Work,
  jobs: number,
  signal: AbortSignal,
  onTaken: TakenListener,
): Promise<PieceReport[]> {
  const reports: PieceReport[] = [];
  const workers = Array.from({ length: jobs }, () => new CopyWorker(work, onTaken));
  const stop = (): void => {
    for (const worker of workers) worker.tell("stop");
  };
  signal.addEventListener("abort", stop, { once: true });
  let next = 0;
  const drive = async (worker: CopyWorker): Promise<void> => {
    while (next < work.pieces.length && !signal.aborted) reports.push(await worker.copy(next++));
  };
  try {
    const ends = await Promise.allSettled(
      workers.map((worker) =>
        drive(worker).catch((error: unknown) => {
          // The others stop where an interrupted run would.
          stop();
          throw error;
        }),
      ),
    );
    signal.throwIfAborted();
    // The first failure made the others stop: theirs say only that.
    const failures = ends.filter((end) => end.status === "rejected").map((end) => end.reason);
    const told = failures.find(
      (failure) => !(failure as { code?: string }).code?.includes("ABORT"),
    );
    if (failures.length > 0) throw told ?? failures[0];
    return reports;
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.end()));
  }
}

/** What a worker runs, by the package's own name: this module may lie in the bundle, or be a source under test. */
const PROGRAM = new URL(
  "dist/transfer/copy-worker.js",
  pathToFileURL(createRequire(import.meta.url).resolve("nthrec/package.json")),
);

/** A thread that copies one piece at a time. */
class CopyWorker {
  readonly #worker: Worker;
  readonly #gone: Promise<void>;
  #settle: { resolve(report: PieceReport): void; reject(error: unknown): void } | undefined;

  constructor(work: Work, onTaken: TakenListener) {
    this.#worker = new Worker(PROGRAM, { workerData: work, execArgv: [] });
    this.#gone = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.on("message", (message: FromWorker) => {
      if ("taken" in message) onTaken(message.taken);
      else if ("report" in message) this.#settle?.resolve(message.report);
      else this.#settle?.reject(errorOf(message.failure));
    });
    this.#worker.on("error", (error) => this.#settle?.reject(error));
    void this.#gone.then(() => this.#settle?.reject(new Error("a worker thread ended early")));
  }

  copy(piece: number): Promise<PieceReport> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.tell({ piece });
    });
  }

  tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  async end(): Promise<void> {
    this.tell("end");
    await this.#gone;
  }
}

type Failure = Extract<FromWorker, { failure: unknown }>["failure"];

function errorOf({ message, code, usage }: Failure): Error {
  if (usage) return new UsageError(message);
  return code === undefined ? new Error(message) : new NthrecError(code, message);
}
