import type { StateMachine } from "./state-machine.ts";
import { MOST_OFFSET } from "./states.ts";
import type { Transitions } from "./transitions.ts";

/**
 * Settles from where the transitions into the public list count (formats/arrayrecord.md 3.5.6, step 5): of the doors to it, and of
 * tags without a private list.
 */
export function setPublicBases(machine: StateMachine, transitions: Transitions): void {
  const { publicDoors, tagBases, bases } = machine;
  for (let tag = 0; tag < tagBases.length; tag++) {
    const door = publicDoors[tag] as number;
    if (door >= 0) bases[door] = lowestReach(machine, transitions, tag);
  }
  for (let tag = 0; tag < tagBases.length; tag++) {
    if (tagBases[tag] === -1) tagBases[tag] = lowestReach(machine, transitions, tag);
  }
}

/** The lowest state on the ways to the public states that follow a tag, from the nearest block that leads to all; -1 if there is none. */
function lowestReach(machine: StateMachine, transitions: Transitions, tag: number): number {
  const { sources, bases, publicStates, pairStates } = machine;
  const { pairs, firstPair, nextPair } = transitions;
  let base = -1;
  let lowest = Infinity;
  for (let pair = firstPair[tag] as number; pair >= 0; pair = nextPair.items[pair] as number) {
    if (pairStates[pair] !== -1) continue;
    let state = publicStates[pairs.second(pair)] as number;
    while (base === -1 || base > state || state - base > MOST_OFFSET) {
      if (base !== -1 && base <= state) {
        state = sources[state] as number;
        continue;
      }
      let source = sources[base === -1 ? state : base] as number;
      if (base !== -1) {
        lowest = Math.min(lowest, source);
        source = sources[source] as number;
      }
      base = source === -1 ? machine.publicBase : (bases[source] as number);
    }
    lowest = Math.min(lowest, state);
  }
  return lowest === Infinity ? -1 : lowest;
}
