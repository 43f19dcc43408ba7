import type { SyncByteSource } from "./byte-source.ts";
import { checkRead } from "./checks.ts";
import { InlineGate } from "./inline-gate.ts";
import { isSyncPart, type Part, type PartSlot, type SyncPart } from "./part-slot.ts";
import { PartsSource, type PartsSourceOptions } from "./parts-source.ts";

/** Several sources as one address space that can also answer before it returns, because each of them can. */
export class SyncPartsSource extends PartsSource implements SyncByteSource {
  /** A verb asks before it knows the part, so the parts are judged together, as one medium. */
  readonly #gate: InlineGate = new InlineGate();
  #last: SyncByteSource | undefined;

  constructor(parts: readonly SyncPart[], options?: PartsSourceOptions) {
    super(parts, options);
  }

  readSync(start: number, end: number): Uint8Array {
    checkRead(this, this._isOpen, start, end);
    const startedAt = this.#gate.started();
    const only = this._map.only(start, end);
    let bytes: Uint8Array;
    if (only !== undefined) {
      bytes = this.#part(only.number).readSync(only.start, only.end);
    } else {
      bytes = new Uint8Array(end - start);
      this.#fill(bytes, start);
    }
    this.#gate.note(startedAt);
    return bytes;
  }

  readIntoSync(target: Uint8Array, start: number): void {
    checkRead(this, this._isOpen, start, start + target.length);
    const startedAt = this.#gate.started();
    this.#fill(target, start);
    this.#gate.note(startedAt);
  }

  /** Asks the part read last, which knows what its user wants, and the gate, which has timed all of them. */
  mayInline(bytes: number): boolean {
    return (this.#last?.mayInline?.(bytes) ?? true) && this.#gate.allow(bytes);
  }

  /** Closes every part that was opened, and reports all that failed. */
  closeSync(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    const errors: unknown[] = [];
    for (const slot of this._slots) {
      try {
        slot.closeSync();
      } catch (error) {
        errors.push(error);
      }
    }
    this._report(errors);
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #fill(target: Uint8Array, start: number): void {
    for (const slice of this._map.split(start, start + target.length)) {
      const part = this.#part(slice.number);
      const piece = target.subarray(slice.at, slice.at + slice.end - slice.start);
      if (part.readIntoSync !== undefined) part.readIntoSync(piece, slice.start);
      else piece.set(part.readSync(slice.start, slice.end));
    }
  }

  #part(number: number): SyncByteSource {
    this.#last = (this._slots[number] as PartSlot).getSync();
    return this.#last;
  }
}

/** Joins `parts` into one source; it answers before it returns where all of them can. */
export function joinParts(
  parts: readonly Part[],
  options?: PartsSourceOptions,
): PartsSource | SyncPartsSource {
  return parts.every(isSyncPart)
    ? new SyncPartsSource(parts, options)
    : new PartsSource(parts, options);
}
