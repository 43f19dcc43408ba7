import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { GenerationLock } from "../../src/platform/node/generation-lock.ts";
import { bundle } from "./support/programs.ts";
import { scratchFolder } from "./support/scratch.ts";
import {
  CRASH,
  FOLDER,
  GLOBALS,
  IDENTITY,
  IDLE,
  INSIDE,
  MOVING,
  RUN,
  SEED,
  STATE,
  VIOLATION,
  WAITING,
  WORDS,
} from "./support/stepper.ts";

const ACTORS = 3;
/** Times that a dead actor comes back in one order. */
const LIVES = 6;
const RUNS = Number(process.env["NTHREC_LOCK_RUNS"] ?? 120);
const FIRST_SEED = Number(process.env["NTHREC_LOCK_SEED"] ?? Math.floor(Math.random() * 2 ** 30));

function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Three threads whose calls of the file system happen in the order that a seed gives. */
class Stage {
  readonly words = new Int32Array(new SharedArrayBuffer(4 * (ACTORS * WORDS + GLOBALS)));
  readonly place: string;
  #identity = 0;

  constructor(place: string, program: string) {
    this.place = place;
    for (let actor = 0; actor < ACTORS; actor++) {
      const workerData = { words: this.words, actor, actors: ACTORS, place };
      const worker = new Worker(program, { workerData });
      onTestFinished(() => void worker.terminate());
    }
  }

  /** Plays one order to its end; tells what went wrong, or "". */
  play(run: number, random: () => number): string {
    const { words } = this;
    const folder = join(this.place, `${run}.lock`);
    for (let actor = 0; actor < ACTORS; actor++) this.#begin(actor, run, random);
    const doom = random() ** 2 * 0.05;
    let highest = 0;
    let lives = LIVES;
    for (;;) {
      const waiting = this.#waiting();
      if (waiting.length === 0) break;
      // Long stretches of one actor are as telling as fine weaving.
      const actor = waiting[Math.floor(random() * waiting.length)] as number;
      const stretch = random() < 0.3 ? Math.floor(random() * 30) : 1;
      for (let i = 0; i < stretch && this.#stateOf(actor) === WAITING; i++) {
        if (random() < doom) Atomics.store(words, actor * WORDS + CRASH, 1);
        this.#move(actor);
        const now = highestOf(folder);
        if (now < highest) return `the highest generation fell from ${highest} to ${now}`;
        highest = now;
        const found = Atomics.load(words, ACTORS * WORDS + VIOLATION);
        if (found !== 0) return found === 1 ? "two held it at once" : "an error came out";
      }
      // Who died comes back as another.
      const dead = Atomics.load(words, actor * WORDS + CRASH) === 1;
      if (dead && this.#stateOf(actor) === IDLE && lives-- > 0) this.#begin(actor, run, random);
    }
    if (Atomics.load(words, ACTORS * WORDS + INSIDE) !== 0) return "somebody is still inside";
    // All are gone; the next one, who knows none of them, gets it.
    const identity = { pid: 1, task: ++this.#identity, thread: 0, machine: "m" };
    const lock = new GenerationLock(folder, { census: { self: identity, lives: () => false } });
    if (!lock.tryAcquire()) return "nobody can take it any more";
    const rest = readdirSync(folder).filter((name) => name !== "kind");
    rmSync(folder, { recursive: true });
    return rest.length === 1 ? "" : `left behind: ${rest.join(", ")}`;
  }

  #begin(actor: number, folder: number, random: () => number): void {
    const { words } = this;
    const base = actor * WORDS;
    Atomics.store(words, base + CRASH, 0);
    Atomics.store(words, base + IDENTITY, ++this.#identity);
    Atomics.store(words, base + SEED, Math.floor(random() * 2 ** 30));
    Atomics.store(words, base + STATE, MOVING);
    Atomics.store(words, base + FOLDER, folder);
    Atomics.add(words, base + RUN, 1);
    Atomics.notify(words, base + RUN);
    this.#settled(actor);
  }

  #waiting(): number[] {
    return Array.from({ length: ACTORS }, (_, i) => i).filter((i) => this.#stateOf(i) === WAITING);
  }

  #stateOf(actor: number): number {
    return Atomics.load(this.words, actor * WORDS + STATE);
  }

  #move(actor: number): void {
    const at = actor * WORDS + STATE;
    Atomics.store(this.words, at, MOVING);
    Atomics.notify(this.words, at);
    this.#settled(actor);
  }

  /** Waits until the actor asks for its next step or has ended. */
  #settled(actor: number): void {
    const at = actor * WORDS + STATE;
    while (this.#stateOf(actor) === MOVING) Atomics.wait(this.words, at, MOVING, 1000);
    const state = this.#stateOf(actor);
    if (state !== WAITING && state !== IDLE) throw new Error(`actor ${actor} is in state ${state}`);
  }
}

function highestOf(folder: string): number {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return 0;
  }
  return Math.max(0, ...names.filter((n) => n.startsWith("g")).map((n) => Number(n.slice(1))));
}

test(`at most one holds it, in ${RUNS} orders of steps from seed ${FIRST_SEED}`, async () => {
  const place = scratchFolder();
  const program = join(place, "lock-actor.mjs");
  await bundle("lock-actor.ts", program, { "node:fs": "stepped-fs.ts" });
  const stage = new Stage(place, program);
  for (let run = 1; run <= RUNS; run++) {
    const seed = FIRST_SEED + run;
    expect(stage.play(run, generator(seed)), `seed ${seed}`).toBe("");
  }
}, 600_000);
