import { parentPort, workerData } from "node:worker_threads";
import { isNthrecError } from "@nthrec/core";
import { UsageError } from "../exit.ts";
import type { Io } from "../output/io.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { PieceCopier } from "./piece-copier.ts";
import { openTask, type Work } from "./task.ts";

// The program of a worker thread: opens the input, and copies the pieces that it is told to.

const port = parentPort as NonNullable<typeof parentPort>;
const stop = new AbortController();
const work = workerData as Work;
const tell = (message: FromWorker): void => port.postMessage(message);
const silent = { isTerminal: false, columns: 80, write: async () => {} };
const io: Io = {
  stdin: process.stdin,
  stdout: silent,
  stderr: silent,
  env: {},
  signal: stop.signal,
};

const opening = openTask(io, work.task, "none");
// Whoever asks for the first piece hears of it.
opening.catch(() => {});

port.on("message", (message: ToWorker) => {
  if (message === "stop") stop.abort(new Error("stopped"));
  else if (message === "end") void end();
  else void copy(message.piece);
});

async function copy(piece: number): Promise<void> {
  try {
    const open = await opening;
    const copier = new PieceCopier(open, work, piece, stop.signal, (taken) => tell({ taken }));
    tell({ report: await copier.run() });
  } catch (error) {
    tell({ failure: failureOf(error) });
  }
}

async function end(): Promise<void> {
  const open = await opening.catch(() => undefined);
  await open?.[Symbol.asyncDispose]();
  port.close();
}

function failureOf(error: unknown): Extract<FromWorker, { failure: unknown }>["failure"] {
  const message = error instanceof Error ? error.message : String(error);
  const code = isNthrecError(error) ? error.code : undefined;
  return { message, code, usage: error instanceof UsageError };
}
