import type { Arena } from "./arena.ts";
import { ListQueue } from "./list-queue.ts";
import { MOST_OFFSET } from "./states.ts";
import type { Transitions } from "./transitions.ts";

/** A pair that comes at least so often has a state in the private list of its first tag. */
const OFTEN = 10;
/** States that one transition byte tells apart. */
const BLOCK = MOST_OFFSET + 1;

/**
 * The state machine of a chunk to be, laid out as the original does (formats/arrayrecord.md 3.5.6): for a tag a private list of states
 * that follow it, and one public list for what is left. A list of more than 64 states is a tree of blocks; states
 * that do nothing lead from block to block.
 */
export class StateMachine {
  /** Number of states. */
  size = 0;
  /** The encoded tag of each state, or -1 for one that does nothing. */
  readonly tags: Int32Array;
  /** Where such a state leads; of a tag's state, -1. */
  readonly bases: Int32Array;
  /** The state that leads to the block of each state, or -1 in the first block of a list. */
  readonly sources: Int32Array;
  /** From where the transitions of each tag count, or -1. */
  readonly tagBases: Int32Array;
  /** The state in each tag's private list that leads to the public list, or -1. */
  readonly publicDoors: Int32Array;
  /** The state of each tag in the public list, or -1. */
  readonly publicStates: Int32Array;
  /** The state of each pair in the private list of its first tag, or -1. */
  readonly pairStates: Int32Array;

  readonly #transitions: Transitions;
  readonly #queue: ListQueue;
  /** The number, among those of tags and others, of the door to the public list. */
  readonly #door: number;
  /** Pairs that have come into a private list. */
  readonly #isPrivate: Int32Array;
  /** Transitions to each tag that do not go through a private list. */
  readonly #incoming: Int32Array;
  #listBases: number[] = [];

  constructor(transitions: Transitions, arena: Arena) {
    const { count, pairs, incoming, first } = transitions;
    this.#transitions = transitions;
    // Every pair and every tag has at most one state, and one door or none; a list of k has at most k / 63 more.
    const most = pairs.size + 2 * count;
    const room = 2 + most + Math.ceil(most / MOST_OFFSET);
    this.tags = arena.ints(room).fill(-1);
    this.bases = arena.ints(room).fill(-1);
    this.sources = arena.ints(room).fill(-1);
    this.tagBases = arena.ints(count).fill(-1);
    this.publicDoors = arena.ints(count).fill(-1);
    this.publicStates = arena.ints(count).fill(-1);
    this.pairStates = arena.ints(pairs.size).fill(-1);
    this.#door = count + Math.ceil(most / MOST_OFFSET) + 1;
    this.#queue = new ListQueue(this.#door + 1, arena);
    this.#isPrivate = arena.ints(pairs.size);
    this.#incoming = incoming.slice();
    if (first < 0) this.#addIdleState();
    else if (incoming[first] === 0) this.#incoming[first] = 1;
    this.#markFrequent();
    for (let tag = 0; tag < count; tag++) this.#addPrivateList(tag);
    this.#addPublicList();
  }

  /** The one state of a chunk without records. */
  #addIdleState(): void {
    this.bases[0] = 0;
    this.size = 1;
  }

  #markFrequent(): void {
    const { counts, pairs } = this.#transitions;
    for (let pair = 0; pair < pairs.size; pair++) {
      if ((counts.items[pair] as number) >= OFTEN) this.#makePrivate(pair);
    }
  }

  #makePrivate(pair: number): void {
    const { counts, pairs } = this.#transitions;
    const to = pairs.second(pair);
    this.#isPrivate[pair] = 1;
    this.#incoming[to] = (this.#incoming[to] as number) - (counts.items[pair] as number);
  }

  #addPrivateList(tag: number): void {
    const { counts, pairs, firstPair, nextPair, followers } = this.#transitions;
    const queue = this.#queue;
    let leftOut = -1;
    let leftOutCount = 0;
    for (let pair = firstPair[tag] as number; pair >= 0; pair = nextPair.items[pair] as number) {
      const count = counts.items[pair] as number;
      const to = pairs.second(pair);
      const only = count === this.#incoming[to];
      if (this.#isPrivate[pair] === 1 || only) {
        if (this.#isPrivate[pair] === 0) this.#makePrivate(pair);
        queue.push(to, count);
      } else {
        leftOut = pair;
        leftOutCount += count;
      }
    }
    if (queue.size === 0) return;
    if (queue.size + 1 === followers[tag]) {
      this.#makePrivate(leftOut);
      queue.push(pairs.second(leftOut), leftOutCount);
    } else if (queue.size !== followers[tag]) {
      queue.push(this.#door, leftOutCount);
    }
    this.tagBases[tag] = this.size;
    this.#layOut(tag);
  }

  #addPublicList(): void {
    for (let tag = 0; tag < this.#incoming.length; tag++) {
      const count = this.#incoming[tag] as number;
      if (count !== 0) this.#queue.push(tag, count);
    }
    this.publicBase = this.size;
    if (this.#queue.size > 0) this.#layOut(-1);
  }

  /** Where the public list begins. */
  publicBase = 0;

  /** Makes a list of what is in the queue, from its last state to its first: the private one of `owner`, or the public one. */
  #layOut(owner: number): void {
    const queue = this.#queue;
    queue.sort();
    const count = queue.size;
    const total = count + (count > BLOCK ? Math.floor((count - 2) / MOST_OFFSET) : 0);
    let state = this.size + total;
    this.size = state;
    this.#listBases = [];
    for (let block = ((total - 1) % BLOCK) + 1; ; block = BLOCK) {
      let weight = 0;
      for (let i = 0; i < block; i++) {
        const number = queue.pop();
        weight += queue.weight;
        this.#place(--state, number, owner);
      }
      if (queue.size === 0) return;
      queue.pushLate(this.tagBases.length + this.#listBases.length, weight);
      this.#listBases.push(state);
    }
  }

  #place(state: number, number: number, owner: number): void {
    const count = this.tagBases.length;
    if (number === this.#door) {
      this.publicDoors[owner] = state;
    } else if (number >= count) {
      const base = this.#listBases[number - count] as number;
      this.bases[state] = base;
      this.sources.fill(state, base, Math.min(base + BLOCK, this.size));
    } else {
      this.tags[state] = number;
      if (owner < 0) this.publicStates[number] = state;
      else this.pairStates[this.#transitions.pairs.numberOf(owner, number)] = state;
    }
  }
}
