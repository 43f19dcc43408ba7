import { NthrecError } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkRead } from "./checks.ts";
import { PartMap, type PartSlice } from "./part-map.ts";
import { type Part, PartSlot } from "./part-slot.ts";

/** Parts that one read across borders asks at a time. */
const PARTS_AT_ONCE = 8;

/** How several sources present themselves as one. */
export interface PartsSourceOptions {
  /** As error messages show it. @default the first part's name and the number of parts */
  readonly name?: string | undefined;
}

/** Several sources as one address space, in their order. It owns its parts and closes them. */
export class PartsSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  protected readonly _map: PartMap;
  protected readonly _slots: readonly PartSlot[];
  protected _isOpen = true;

  constructor(parts: readonly Part[], options: PartsSourceOptions = {}) {
    this._map = new PartMap(parts.map((part) => part.size));
    this._slots = parts.map((part, number) => new PartSlot(part, number));
    this.size = this._map.size;
    this.name = options.name ?? `${this._slots[0]?.name ?? "nothing"} (${parts.length} parts)`;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this._isOpen, start, end, options);
    const only = this._map.only(start, end);
    if (only !== undefined) {
      const part = await this.#part(only.number);
      return part.read(only.start, only.end, options);
    }
    const target = new Uint8Array(end - start);
    await this.#fill(target, start, options);
    return target;
  }

  async readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    checkRead(this, this._isOpen, start, start + target.length, options);
    await this.#fill(target, start, options);
  }

  /** Closes every part that was opened, and reports all that failed. */
  async close(): Promise<void> {
    if (!this._isOpen) return;
    this._isOpen = false;
    const results = await Promise.allSettled(this._slots.map((slot) => slot.close()));
    this._report(
      results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Throws what closing the parts has thrown. */
  protected _report(errors: readonly unknown[]): void {
    if (errors.length === 0) return;
    throw new NthrecError(
      "NTH_IO_ERROR",
      `${errors.length} of the ${this._slots.length} parts of ${this.name} could not be closed`,
      { source: this.name, cause: errors.length === 1 ? errors[0] : new AggregateError(errors) },
    );
  }

  async #fill(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    const slices = this._map.split(start, start + target.length);
    const lane = async (): Promise<void> => {
      // All lanes draw from one iterator, so that each slice is read once; a failure ends it for all.
      for (const slice of slices) {
        await this.#fillPart(
          target.subarray(slice.at, slice.at + slice.end - slice.start),
          slice,
          options,
        );
      }
    };
    // Waiting for all: after a failure nobody may still write into a target that is the caller's again.
    const lanes = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, lane));
    for (const result of lanes) if (result.status === "rejected") throw result.reason;
  }

  async #fillPart(target: Uint8Array, slice: PartSlice, options?: AbortOptions): Promise<void> {
    const part = await this.#part(slice.number);
    if (part.readInto !== undefined) await part.readInto(target, slice.start, options);
    else target.set(await part.read(slice.start, slice.end, options));
  }

  async #part(number: number): Promise<ByteSource> {
    return (this._slots[number] as PartSlot).get();
  }
}
