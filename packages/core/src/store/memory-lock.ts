import type { StoreLock } from "./byte-store.ts";

/** Who holds a lock; shared by all who know its name. */
export interface LockState {
  holder: StoreLock | undefined;
}

/** A lock among the users of one memory store, who all live in one thread. */
export class MemoryLock implements StoreLock {
  readonly name: string;
  readonly #state: LockState;

  constructor(name: string, state: LockState) {
    this.name = name;
    this.#state = state;
  }

  /** Also `false` when this very object holds it already: a lock is taken once. */
  tryAcquire(): boolean {
    if (this.#state.holder !== undefined) return false;
    this.#state.holder = this;
    return true;
  }

  get heldByThisThread(): boolean {
    return this.#state.holder !== undefined;
  }

  /** Does nothing when another holds it. */
  release(): void {
    if (this.#state.holder === this) this.#state.holder = undefined;
  }
}
