import { NthrecError } from "../errors.ts";
import { InPlaceSource } from "./in-place-source.ts";
import type { TurnWatch } from "./turn-watch.ts";

/** How a {@link MemorySource} presents itself. */
export interface MemorySourceOptions {
  /** As error messages show it. @default "memory" */
  readonly name?: string | undefined;
  /** Watches the event loop. @default the watch of this thread */
  readonly turns?: TurnWatch | undefined;
}

/**
 * Bytes in memory as a source; the specification of what a source does.
 *
 * The bytes are not copied: whoever passes them must not change them while the source is open.
 */
export class MemorySource extends InPlaceSource {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array, options: MemorySourceOptions = {}) {
    super(options.name ?? "memory", bytes.byteLength, options.turns);
    // A plain view: `slice` of a Buffer would share memory with what the caller gets.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  protected override _copy(start: number, end: number): Uint8Array {
    this.#checkMemory(start);
    return this.#bytes.slice(start, end);
  }

  protected override _fill(target: Uint8Array, start: number): void {
    this.#checkMemory(start);
    target.set(this.#bytes.subarray(start, start + target.length));
  }

  protected override _close(): void {
    this.#bytes = new Uint8Array(0);
  }

  /** A transferred or resized buffer would read as fewer bytes than were asked for. */
  #checkMemory(start: number): void {
    if (this.#bytes.length === this.size) return;
    throw new NthrecError(
      "NTH_SOURCE_CHANGED",
      `the buffer behind ${this.name} was transferred or resized while it was open`,
      { source: this.name, offset: start },
    );
  }
}
