import type { AbortOptions } from "../types.ts";
import type { SyncByteSource } from "./byte-source.ts";

/** Bytes that lie over those of a source. */
export interface Overlay {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A source of which some bytes are read from memory: as they were before a batch under way overwrote them. */
export class OverlaySource implements SyncByteSource {
  readonly #below: SyncByteSource;
  readonly #overlays: readonly Overlay[];
  readonly name: string;
  readonly size: number;

  constructor(below: SyncByteSource, overlays: readonly Overlay[]) {
    this.#below = below;
    this.#overlays = overlays;
    this.name = below.name;
    this.size = below.size;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    return this.#lay(await this.#below.read(start, end, options), start);
  }

  readSync(start: number, end: number): Uint8Array {
    return this.#lay(this.#below.readSync(start, end), start);
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

  #lay(target: Uint8Array, start: number): Uint8Array {
    const end = start + target.length;
    for (const { position, bytes } of this.#overlays) {
      const from = Math.max(start, position);
      const to = Math.min(end, position + bytes.length);
      if (from < to) target.set(bytes.subarray(from - position, to - position), from - start);
    }
    return target;
  }
}
