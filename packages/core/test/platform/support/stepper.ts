// Lets a controller decide which thread makes the next call of the file system, and which dies before it.

/** Words of each actor in the shared control. */
export const STATE = 0;
export const RUN = 1;
export const SEED = 2;
export const IDENTITY = 3;
export const CRASH = 4;
export const FOLDER = 5;
export const WORDS = 8;

/** States of an actor. */
export const IDLE = 0;
export const WAITING = 1;
export const MOVING = 2;

/** Words after those of the actors: how many are inside, and whether two ever were. */
export const INSIDE = 0;
export const VIOLATION = 1;
export const GLOBALS = 2;

/** What a thread dies of; every later call dies of it, too, so that no `finally` tidies up. */
export class Crash extends Error {}

/** One actor's side of the shared control. */
export interface Stage {
  readonly words: Int32Array;
  readonly base: number;
}

let stage: Stage | undefined;
let crashed = false;

/** Makes every following call of the file system a step that the controller allows. */
export function enter(where: Stage): void {
  stage = where;
  crashed = false;
}

export function leave(): void {
  stage = undefined;
}

/** Waits until the controller lets this thread go on, or dies. */
export function step(): void {
  if (stage === undefined) return;
  if (crashed) throw new Crash("still dead");
  const { words, base } = stage;
  Atomics.store(words, base + STATE, WAITING);
  Atomics.notify(words, base + STATE);
  Atomics.wait(words, base + STATE, WAITING);
  if (Atomics.load(words, base + CRASH) === 0) return;
  crashed = true;
  throw new Crash("dead");
}
