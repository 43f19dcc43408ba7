import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Options } from "./options.ts";
import { Random } from "./random.ts";
import type { Acknowledged, Message, Recovered, WorkerTask } from "./record.ts";

/** Longest pause between the record after which a worker is killed and the kill, ms: it hits anywhere in a commit. */
const LONGEST_PAUSE_MS = 4;
/** The part of its records after which a worker is not killed any more: the kill would come too late. */
const LATEST = 0.9;

/** Who is told what happens to the workers. */
export interface CrewListener {
  acknowledged(worker: string, message: Acknowledged): void;
  recovered(message: Recovered): void;
}

/** The worker processes, and who kills them. */
export class Crew {
  readonly #options: Options;
  readonly #path: string;
  readonly #listener: CrewListener;
  readonly #random: Random;
  /** For each worker the numbers of records after which it is killed, rising. */
  readonly #plan = new Map<string, number[]>();
  /** Workers that were killed while they worked. */
  kills = 0;

  constructor(path: string, options: Options, listener: CrewListener) {
    this.#options = options;
    this.#path = path;
    this.#listener = listener;
    this.#random = new Random(options.seed);
    for (const worker of this.names) this.#plan.set(worker, []);
    for (let kill = 0; kill < options.kills; kill++) {
      const worker = this.names[this.#random.below(options.workers)] as string;
      this.#plan.get(worker)?.push(this.#random.below(Math.ceil(options.records * LATEST)));
    }
    for (const numbers of this.#plan.values()) numbers.sort((a, b) => a - b);
  }

  get names(): string[] {
    return Array.from({ length: this.#options.workers }, (_, i) => `worker${i}`);
  }

  /** Resolves when every worker has written all of its records. */
  async work(): Promise<void> {
    await Promise.all(this.names.map((name) => this.#keepAlive(name)));
  }

  /** Starts a worker, again and again until it ends by itself. */
  async #keepAlive(worker: string): Promise<void> {
    for (;;) {
      const child = this.#start(worker);
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      if (code === 0) return;
      if (signal !== "SIGKILL") throw new Error(`${worker} ended with ${signal ?? code}`);
      this.kills++;
    }
  }

  #start(worker: string): ChildProcess {
    const { records, size } = this.#options;
    const task: WorkerTask = { path: this.#path, worker, records, size };
    const child = fork(join(import.meta.dirname, "worker.js"), [JSON.stringify(task)]);
    child.on("message", (message: Message) => {
      if (message.is === "recovered") return this.#listener.recovered(message);
      this.#listener.acknowledged(worker, message);
      this.#killIfDue(worker, message.number, child);
    });
    return child;
  }

  #killIfDue(worker: string, number: number, child: ChildProcess): void {
    const numbers = this.#plan.get(worker) as number[];
    if (child.killed || numbers[0] === undefined || number < numbers[0]) return;
    numbers.shift();
    setTimeout(() => child.kill("SIGKILL"), this.#random.next() * LONGEST_PAUSE_MS);
  }
}
