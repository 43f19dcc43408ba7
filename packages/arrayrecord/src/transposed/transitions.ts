import type { Arena } from "./arena.ts";
import type { Decomposition, Walk } from "./decomposition.ts";
import { IntList } from "./int-list.ts";
import { PairTable } from "./pair-table.ts";

/** Numbers of each pair in a {@link Walk}. */
const WALKED = 4;
/** A table of all pairs of tags is made if it has at most so many places for each step. */
const DENSE_EACH = 4;

/** Which encoded tags follow each other in the replay, and how often. A pair is one tag and one that follows it. */
export class Transitions {
  /** Number of encoded tags. */
  readonly count: number;
  /** The tag that the replay begins with; -1 if there is none. */
  readonly first: number;
  /** The tag that it ends with. */
  readonly last: number;
  readonly pairs: PairTable;
  /** The pair of each step of the replay. */
  readonly steps: Int32Array;
  /** How often each pair comes. */
  readonly counts: IntList;
  /** How often each tag comes after another one. */
  readonly incoming: Int32Array;
  /** How many different tags follow each tag. */
  readonly followers: Int32Array;
  /** The pairs of each tag as a chain: the first one, and the next of each pair; -1 ends it. */
  readonly firstPair: Int32Array;
  readonly nextPair: IntList;

  /** Whether whoever took the records apart also walked the steps. */
  readonly walked: boolean;

  constructor(values: Decomposition, arena: Arena) {
    const { emitted, tagNodes } = values;
    const count = tagNodes.length;
    // In the order of the records, which is the reverse of the replay.
    const tags = emitted.items;
    const steps = Math.max(0, emitted.length - 1);
    this.count = count;
    this.pairs = new PairTable(arena);
    this.counts = new IntList(arena);
    this.nextPair = new IntList(arena);
    this.first = emitted.length === 0 ? -1 : (tags[steps] as number);
    this.last = emitted.length === 0 ? -1 : (tags[0] as number);
    const walk = values.walk?.();
    this.walked = walk !== undefined;
    this.steps = walk?.steps ?? arena.ints(steps);
    this.incoming = arena.ints(count);
    this.followers = arena.ints(count);
    this.firstPair = arena.ints(count).fill(-1);
    if (walk !== undefined) this.#take(walk);
    else if (count * count <= DENSE_EACH * steps) this.#walkDense(tags, arena);
    else this.#walk(tags, arena);
    if (walk === undefined) this.#count();
    this.#arrive();
  }

  /** Finds the pair of each step in a table of all pairs that there could be: nothing is guessed that could be wrong. */
  #walkDense(tags: Int32Array, arena: Arena): void {
    const { count, steps } = this;
    const known = arena.ints(count * count);
    for (let i = 0, from = this.first; i < steps.length; i++) {
      const to = tags[steps.length - i - 1] as number;
      const place = from * count + to;
      // Pairs are in it plus one.
      if (known[place] === 0) known[place] = this.#pair(from, to) + 1;
      steps[i] = (known[place] as number) - 1;
      from = to;
    }
  }

  #walk(tags: Int32Array, arena: Arena): void {
    const { count, steps } = this;
    /** The pair that each tag was in last, and its second tag: mostly it comes again. */
    const latest = arena.ints(count).fill(-1);
    const expected = arena.ints(count).fill(-1);
    for (let i = 0, from = this.first; i < steps.length; i++) {
      const to = tags[steps.length - i - 1] as number;
      if (expected[from] !== to) {
        expected[from] = to;
        latest[from] = this.#pair(from, to);
      }
      steps[i] = latest[from] as number;
      from = to;
    }
  }

  #take({ pairs }: Walk): void {
    for (let at = 0; at < pairs.length; at += WALKED) {
      const pair = this.#pair(pairs[at] as number, pairs[at + 1] as number);
      this.counts.items[pair] = pairs[at + 2] as number;
    }
  }

  #count(): void {
    const counts = this.counts.items;
    const { steps } = this;
    for (let i = 0; i < steps.length; i++) {
      const pair = steps[i] as number;
      counts[pair] = (counts[pair] as number) + 1;
    }
  }

  #arrive(): void {
    const counts = this.counts.items;
    for (let pair = 0; pair < this.pairs.size; pair++) {
      const to = this.pairs.second(pair);
      this.incoming[to] = (this.incoming[to] as number) + (counts[pair] as number);
    }
  }

  #pair(from: number, to: number): number {
    const known = this.pairs.size;
    const pair = this.pairs.numberOf(from, to);
    if (pair === known) {
      this.counts.push(0);
      this.nextPair.push(this.firstPair[from] as number);
      this.firstPair[from] = pair;
      this.followers[from] = (this.followers[from] as number) + 1;
    }
    return pair;
  }
}
