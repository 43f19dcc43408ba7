// A thread that takes and releases a lock, one step of the file system at a time, as its controller allows.
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import type { Census } from "../../../src/platform/node/census.ts";
import { GenerationLock } from "../../../src/platform/node/generation-lock.ts";
import {
  CRASH,
  Crash,
  enter,
  FOLDER,
  IDENTITY,
  IDLE,
  INSIDE,
  leave,
  RUN,
  SEED,
  STATE,
  step,
  VIOLATION,
  WORDS,
} from "./stepper.ts";

interface ActorData {
  readonly words: Int32Array;
  readonly actor: number;
  readonly actors: number;
  readonly place: string;
}

const CYCLES = 6;
const { words, actor, actors, place }: ActorData = workerData;
const base = actor * WORDS;
const globals = actors * WORDS;

/** Numbers that look random and repeat with the seed. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Every identity that is some actor's at the moment lives. */
function censusOf(identity: number): Census {
  return {
    self: { pid: 1, task: identity, thread: 0, machine: "m" },
    lives: (holder) =>
      Array.from({ length: actors }, (_, i) => i * WORDS).some(
        (at) =>
          Atomics.load(words, at + IDENTITY) === holder.task &&
          Atomics.load(words, at + CRASH) === 0,
      ),
  };
}

function play(folder: string, random: () => number): void {
  const census = censusOf(Atomics.load(words, base + IDENTITY));
  const locks = [0, 1].map(() => new GenerationLock(folder, { census }));
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    // Mostly the same object, so that it takes the lock again.
    const lock = locks[random() < 0.8 ? 0 : 1] as GenerationLock;
    if (!lock.tryAcquire()) continue;
    if (Atomics.add(words, globals + INSIDE, 1) !== 0) Atomics.store(words, globals + VIOLATION, 1);
    try {
      while (random() < 0.7) step();
    } finally {
      Atomics.sub(words, globals + INSIDE, 1);
    }
    if (random() < 0.75) lock.rest();
    else lock.release();
  }
  // A resting file would stay open.
  for (const lock of locks) lock.release();
}

for (let run = 1; ; run++) {
  Atomics.wait(words, base + RUN, run - 1);
  enter({ words, base });
  try {
    step();
    const folder = join(place, `${Atomics.load(words, base + FOLDER)}.lock`);
    play(folder, generator(Atomics.load(words, base + SEED)));
  } catch (error) {
    if (!(error instanceof Crash)) Atomics.store(words, globals + VIOLATION, 2);
  }
  leave();
  Atomics.store(words, base + STATE, IDLE);
  Atomics.notify(words, base + STATE);
}
