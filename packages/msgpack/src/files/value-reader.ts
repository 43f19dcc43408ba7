import { BaseIndexedReader, NthrecError, type OffsetTable, type ReadPlan } from "@nthrec/core";
import { ValueDecoder } from "../values/value-decoder.ts";
import { scanValues } from "../wire/scan-values.ts";
import { valueEnd } from "../wire/value-walk.ts";
import type { MsgpackReaderOptions } from "./msgpack-options.ts";

/** What both shapes of files share: values one behind another, from `begin` to the end. */
export abstract class ValueReader<T = unknown> extends BaseIndexedReader<T, MsgpackReaderOptions> {
  protected override readonly borrows = true;
  readonly #decoder = new ValueDecoder(this.options);

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const range = { start, end: this.end };
    return yield* scanValues(offsets, range, (at) => this._damaged(at, offsets.length));
  }

  protected override _frames(bytes: Uint8Array): boolean {
    return valueEnd(bytes) === bytes.length;
  }

  protected override _get(bytes: Uint8Array): T {
    return this.#decoder.decode(bytes) as T;
  }

  /** Ends a scan that met what no cut file has: what follows may be sound, and must not be dropped silently. */
  protected _damaged(at: number, index: number): void {
    const { name } = this.source;
    throw new NthrecError(
      "NTH_CORRUPTION",
      `record ${index} of ${name} is damaged: byte ${at} is 0xc1, which begins no value; repair keeps what is before it`,
      { source: name, index, offset: at },
    );
  }
}
