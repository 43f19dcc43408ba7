import type { Arena } from "./arena.ts";
import type { Decomposition } from "./decomposition.ts";
import { IntList } from "./int-list.ts";
import type { StateMachine } from "./state-machine.ts";
import { MOST_OFFSET, MOST_REPEATS } from "./states.ts";
import type { Transitions } from "./transitions.ts";

/** In the place of the one offset of a pair: it has none, or several. */
const NO_OFFSET = -1;
const OFFSETS = -2;

/** Whether a tag leads on without a transition: nothing else follows it, and it does not end the replay. */
export function isImplicit({ followers, last }: Transitions, tag: number): boolean {
  return followers[tag] === 1 && tag !== last;
}

/** The bytes that lead the replay through the states (formats/arrayrecord.md 3.5.6, step 8). */
export function writeTransitions(
  machine: StateMachine,
  values: Decomposition,
  transitions: Transitions,
  arena: Arena,
): Uint8Array {
  const { steps, pairs } = transitions;
  const paths = new Paths(machine, transitions, arena);
  const offsets = arena.ints(pairs.size);
  for (let pair = 0; pair < pairs.size; pair++) {
    if (isImplicit(transitions, pairs.first(pair))) offsets[pair] = NO_OFFSET;
    else offsets[pair] = paths.onlyOffset(pair);
  }
  if (transitions.walked && values.transitions !== undefined && !offsets.includes(OFFSETS)) {
    return values.transitions(offsets);
  }
  let bytes = new Uint8Array(steps.length);
  let length = 0;
  /** Repeats that the byte before has: none can take up more of them than that. */
  let repeats: number = MOST_REPEATS;
  for (let i = 0; i < steps.length; i++) {
    const pair = steps[i] as number;
    const only = offsets[pair] as number;
    if (only === NO_OFFSET) continue;
    const start = only === OFFSETS ? paths.startOf(pair) : 0;
    const end = only === OFFSETS ? paths.endOf(pair) : 1;
    // A byte for each step was there from the beginning.
    const need = length + end - start + steps.length - i - 1;
    if (need > bytes.length) bytes = grown(bytes, need);
    for (let k = start; k < end; k++) {
      const offset = only === OFFSETS ? (paths.offsets.items[k] as number) : only;
      if (offset === 0 && repeats < MOST_REPEATS) {
        bytes[length - 1] = (bytes[length - 1] as number) + 1;
        repeats += 1;
      } else {
        bytes[length++] = offset << 2;
        repeats = 0;
      }
    }
  }
  return bytes.subarray(0, length);
}

function grown(bytes: Uint8Array, need: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * need);
  larger.set(bytes);
  return larger;
}

/** The offsets of the transitions that lead from one tag of a pair to the other, found when they are wanted. */
class Paths {
  readonly offsets: IntList;
  readonly #machine: StateMachine;
  readonly #transitions: Transitions;
  /** Where the offsets of each pair begin plus one, or 0, and where they end. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(machine: StateMachine, transitions: Transitions, arena: Arena) {
    this.offsets = new IntList(arena);
    this.#machine = machine;
    this.#transitions = transitions;
    this.#starts = arena.ints(transitions.pairs.size);
    this.#ends = arena.ints(transitions.pairs.size);
  }

  startOf(pair: number): number {
    if (this.#starts[pair] === 0) this.#find(pair);
    return (this.#starts[pair] as number) - 1;
  }

  /** The offset of a pair that has one, else `OFFSETS`. */
  onlyOffset(pair: number): number {
    const start = this.startOf(pair);
    return this.endOf(pair) === start + 1 ? (this.offsets.items[start] as number) : OFFSETS;
  }

  endOf(pair: number): number {
    return this.#ends[pair] as number;
  }

  #find(pair: number): void {
    const { tagBases, pairStates, publicDoors, publicStates, bases } = this.#machine;
    const { pairs } = this.#transitions;
    const from = pairs.first(pair);
    const base = tagBases[from] as number;
    const door = publicDoors[from] as number;
    this.#starts[pair] = this.offsets.length + 1;
    if (pairStates[pair] !== -1) {
      this.#add(base, pairStates[pair] as number);
    } else {
      if (door !== -1) this.#add(base, door);
      const publicBase = door === -1 ? base : (bases[door] as number);
      this.#add(publicBase, publicStates[pairs.second(pair)] as number);
    }
    this.#ends[pair] = this.offsets.length;
  }

  /** Adds the way to a state that is reached from `base`. */
  #add(base: number, target: number): void {
    const { sources, bases } = this.#machine;
    const back: number[] = [];
    let state = target;
    while (base > state || state - base > MOST_OFFSET) {
      const source = sources[state] as number;
      back.push(state - (bases[source] as number));
      state = source;
    }
    back.push(state - base);
    for (let i = back.length - 1; i >= 0; i--) this.offsets.push(back[i] as number);
  }
}
