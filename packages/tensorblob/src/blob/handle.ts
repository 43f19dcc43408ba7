import { NthrecError } from "@nthrec/core";
import type { ModeTraits } from "./mode.ts";

/** What an open blob and an open database have in common: a mode that allows or refuses, a position, and an end. */
export abstract class Handle {
  readonly traits: ModeTraits;
  /** As error messages show it. */
  abstract readonly name: string;
  /** What it holds, in the plural. */
  protected abstract readonly _unit: string;
  #position = 0;
  #closed = false;

  constructor(traits: ModeTraits) {
    this.traits = traits;
  }

  /** How many it holds, with those written and not published yet. */
  abstract get length(): number;

  /** Number of the one that the next read or write is about. */
  get position(): number {
    this.checkOpen();
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws {@link NthrecError} `NTH_NOT_OPEN` */
  checkOpen(): void {
    if (!this.#closed) return;
    throw new NthrecError("NTH_NOT_OPEN", `${this.name} is closed`, { source: this.name });
  }

  protected _markClosed(): void {
    this.#closed = true;
  }

  /** @throws {@link NthrecError} `NTH_NOT_OPEN`, `NTH_NOT_SUPPORTED`; {@link TypeError} for a size that is none */
  protected _checkRead(size: number | undefined): void {
    this.checkOpen();
    const { mode, readable } = this.traits;
    if (!readable) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `${this.name} is open in mode ${mode}, which does not read: use ${mode}+`,
        { source: this.name },
      );
    }
    if (size !== undefined && !(Number.isInteger(size) && size >= 0)) {
      throw new TypeError(`${size} is no number of ${this._unit}`);
    }
  }

  /** The range that a read of `size` is about, of `length` that there are; `undefined` at the end. */
  protected _rangeOf(
    size: number | undefined,
    length: number,
  ): { readonly start: number; readonly end: number } | undefined {
    const start = this.#position;
    const end = Math.min(length, start + (size ?? length));
    return size !== 0 && end <= start ? undefined : { start, end };
  }

  /** @throws {@link NthrecError} `NTH_NOT_OPEN`, `NTH_READONLY` */
  protected _checkWritable(): void {
    this.checkOpen();
    const { mode, writable } = this.traits;
    if (writable) return;
    throw new NthrecError("NTH_READONLY", `${this.name} is open in mode ${mode}: use r+, w or a`, {
      source: this.name,
    });
  }

  /** @throws {@link NthrecError} `NTH_NOT_OPEN`, `NTH_READONLY`; `NTH_OUT_OF_RANGE` for no place to cut at */
  protected _checkCut(position: number): void {
    this._checkWritable();
    if (Number.isInteger(position) && position >= 0) return;
    throw new NthrecError(
      "NTH_OUT_OF_RANGE",
      `the ${this._unit} of ${this.name} cannot be cut at ${position}: pass a whole number from 0 on`,
      { source: this.name },
    );
  }
}
