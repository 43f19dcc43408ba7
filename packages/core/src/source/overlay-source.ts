import type { AbortOptions } from "../types.ts";
import type { SyncByteSource } from "./byte-source.ts";

/** Bytes that lie over those of a source. */
export interface Overlay {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * A source of which some bytes are read from memory: as they were before a batch under way overwrote them, or cut them
 * off at the end.
 */
export class OverlaySource implements SyncByteSource {
  readonly #below: SyncByteSource;
  readonly #overlays: readonly Overlay[];
  /** Where the bytes begin that all come from memory: below they may be gone. */
  readonly #covered: number;
  readonly name: string;
  readonly size: number;

  constructor(below: SyncByteSource, overlays: readonly Overlay[]) {
    this.#below = below;
    this.#overlays = overlays;
    this.name = below.name;
    this.size = overlays.reduce(
      (size, { position, bytes }) =>
        position <= size ? Math.max(size, position + bytes.length) : size,
      below.size,
    );
    this.#covered = overlays.reduceRight(
      (from, { position, bytes }) =>
        position + bytes.length >= from ? Math.min(from, position) : from,
      this.size,
    );
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    const [from, to] = this.#beneath(start, end);
    return this.#lay(await this.#below.read(from, to, options), start, end);
  }

  readSync(start: number, end: number): Uint8Array {
    const [from, to] = this.#beneath(start, end);
    return this.#lay(this.#below.readSync(from, to), start, end);
  }

  mayInline(bytes: number): boolean {
    return this.#below.mayInline?.(bytes) ?? true;
  }

  close(): Promise<void> {
    return this.#below.close();
  }

  closeSync(): void {
    this.#below.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** What of a range comes from below; one that is none is refused there. */
  #beneath(start: number, end: number): [number, number] {
    const stop = this.#covered;
    const reaches = start <= end && end > stop && end <= this.size;
    return reaches ? [Math.min(start, stop), stop] : [start, end];
  }

  #lay(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const whole = bytes.length === end - start;
    const target = whole ? bytes : new Uint8Array(end - start);
    if (!whole) target.set(bytes);
    for (const { position, bytes } of this.#overlays) {
      const from = Math.max(start, position);
      const to = Math.min(end, position + bytes.length);
      if (from < to) target.set(bytes.subarray(from - position, to - position), from - start);
    }
    return target;
  }
}
