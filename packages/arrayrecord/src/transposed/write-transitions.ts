import type { Arena } from "./arena.ts";
import { IntList } from "./int-list.ts";
import type { StateMachine } from "./state-machine.ts";
import { MOST_OFFSET, MOST_REPEATS } from "./states.ts";
import type { Transitions } from "./transitions.ts";

/** Whether a tag leads on without a transition: nothing else follows it, and it does not end the replay. */
export function isImplicit({ followers, last }: Transitions, tag: number): boolean {
  return followers[tag] === 1 && tag !== last;
}

/** The bytes that lead the replay through the states (formats/arrayrecord.md 3.5.6, step 8). */
export function writeTransitions(
  machine: StateMachine,
  transitions: Transitions,
  arena: Arena,
): Uint8Array {
  const { steps, pairs } = transitions;
  const paths = new Paths(machine, transitions, arena);
  let bytes = new Uint8Array(64 + steps.length);
  let length = 0;
  /** The byte before, as far as it can take up more repeats. */
  let open = -1;
  for (let i = 0; i < steps.length; i++) {
    const pair = steps[i] as number;
    if (isImplicit(transitions, pairs.first(pair))) continue;
    const start = paths.startOf(pair);
    const end = paths.endOf(pair);
    if (length + end - start > bytes.length) bytes = grown(bytes, length + end - start);
    for (let k = start; k < end; k++) {
      const offset = paths.offsets.items[k] as number;
      if (offset === 0 && open >= 0 && ((bytes[open] as number) & MOST_REPEATS) < MOST_REPEATS) {
        bytes[open] = (bytes[open] as number) + 1;
      } else {
        open = length;
        bytes[length++] = offset << 2;
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
