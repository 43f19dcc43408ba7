import type { AbortOptions } from "../types.ts";
import type { SyncByteSource } from "./byte-source.ts";
import { checkRead } from "./checks.ts";
import { type TurnWatch, threadTurns } from "./turn-watch.ts";

/** A source whose bytes are in memory: nothing waits, but the event loop still gets its turns. */
export abstract class InPlaceSource implements SyncByteSource {
  readonly name: string;
  readonly size: number;
  readonly #turns: TurnWatch;
  #open = true;

  constructor(name: string, size: number, turns: TurnWatch = threadTurns) {
    this.name = name;
    this.size = size;
    this.#turns = turns;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this.#open, start, end, options);
    await this.#breathe(start, end, options);
    return this._copy(start, end);
  }

  readSync(start: number, end: number): Uint8Array {
    checkRead(this, this.#open, start, end);
    return this._copy(start, end);
  }

  async readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    checkRead(this, this.#open, start, start + target.length, options);
    await this.#breathe(start, start + target.length, options);
    this._fill(target, start);
  }

  readIntoSync(target: Uint8Array, start: number): void {
    checkRead(this, this.#open, start, start + target.length);
    this._fill(target, start);
  }

  /** Always, until the event loop needs a turn; then {@link read} waits for one. */
  mayInline(_bytes: number): boolean {
    this.#turns.note(this.#turns.now());
    return !this.#turns.due;
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  closeSync(): void {
    if (!this.#open) return;
    this.#open = false;
    this._close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** Waits for a turn when one is due, and checks again what may have changed meanwhile. */
  async #breathe(start: number, end: number, options: AbortOptions | undefined): Promise<void> {
    const pause = this.#turns.pause();
    if (pause === undefined) return;
    await pause;
    checkRead(this, this.#open, start, end, options);
  }

  /** Copies `[start, end)`, which lies within the size. */
  protected abstract _copy(start: number, end: number): Uint8Array;

  /** Fills `target` from `start` on; its end lies within the size. */
  protected abstract _fill(target: Uint8Array, start: number): void;

  /** Optional. Lets go of the bytes. */
  protected _close(): void {}
}
