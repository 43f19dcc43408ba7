import { DelimitedReader } from "../../../../examples/custom-format/src/delimited.ts";
import {
  type AbortOptions,
  type FollowOptions,
  isNthrecError,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
  readVarint,
} from "../../src/index.ts";

/** Passes a plan on, and changes the offsets that it found. */
function* pushing(
  plan: (found: number[]) => ReadPlan<number>,
  offsets: OffsetTable,
  change: (found: number[]) => number[],
): ReadPlan<number> {
  const found: number[] = [];
  const end = yield* plan(found);
  for (const offset of change(found)) offsets.push(offset);
  return end;
}

/** A table that gathers what is pushed. */
function gather(found: number[]): OffsetTable {
  return { push: (offset: number) => found.push(offset) } as unknown as OffsetTable;
}

/** Every record seems to begin one byte late, except the first. */
export class OffByOneReader extends DelimitedReader {
  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const plan = (found: number[]) => super._buildIndex(gather(found), start);
    const late = (found: number[]) => found.map((at, i) => (i === 0 ? at : at + 1));
    return yield* pushing(plan, offsets, late);
  }
}

/** The last record is not found, though its bytes are walked over. */
export class LastLostReader extends DelimitedReader {
  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const plan = (found: number[]) => super._buildIndex(gather(found), start);
    return yield* pushing(plan, offsets, (found) => found.slice(0, -1));
  }
}

/** A scan that is told where to begin begins at the beginning. */
export class ForgetfulReader extends DelimitedReader {
  protected override *_buildIndex(offsets: OffsetTable, _start: number): ReadPlan<number> {
    return yield* super._buildIndex(offsets, 0);
  }
}

/** A record that the end of the file cuts counts as one. */
export class TornIsWholeReader extends DelimitedReader {
  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const end = yield* super._buildIndex(offsets, start);
    if (end === this.end) return end;
    offsets.push(end);
    return this.end;
  }

  protected override _get(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(readVarint(bytes)?.width ?? 0);
  }
}

/** A torn tail ends in an error that has no code. */
export class UncodedReader extends DelimitedReader {
  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const end = yield* super._buildIndex(offsets, start);
    if (end < this.end) throw new RangeError("offset is out of bounds");
    return end;
  }
}

/** Whatever bytes an index names are taken for a record. */
export class TrustingReader extends DelimitedReader {
  protected override _get(bytes: Uint8Array): Uint8Array {
    const head = readVarint(bytes);
    return head === undefined ? bytes : bytes.subarray(head.width, head.width + head.value);
  }
}

/** The length is taken for part of the blob. */
export class HeadIncludedReader extends DelimitedReader {
  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    super._get(bytes, index);
    return bytes;
  }
}

/** Values are views of bytes that core is told it may use again. */
export class BorrowingReader extends DelimitedReader {
  protected override readonly borrows = true;
}

/** Bytes that are no record are an empty one: nothing is ever wrong. */
export class SwallowingReader extends DelimitedReader {
  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    try {
      return super._get(bytes, index);
    } catch {
      return new Uint8Array(0);
    }
  }
}

/** Many records come back in the order of the file. */
export class SortingReader extends DelimitedReader {
  override getMany(indices: Iterable<number>, options?: AbortOptions): Promise<Uint8Array[]> {
    return super.getMany(
      [...indices].sort((a, b) => a - b),
      options,
    );
  }
}

/** What was read once is remembered after `close`. */
export class UndeadReader extends DelimitedReader {
  readonly #seen = new Map<number, Uint8Array>();

  override async get(index: number, options?: AbortOptions): Promise<Uint8Array> {
    try {
      const value = await super.get(index, options);
      this.#seen.set(index, value);
      return value;
    } catch (error) {
      const seen = this.#seen.get(index);
      if (seen !== undefined) return seen;
      throw error;
    }
  }

  override async close(): Promise<void> {
    for (let i = 0; i < this.length; i++) await this.get(i);
    await super.close();
  }
}

/** An index out of range is noticed after a look at the file. */
export class LateBoundsReader extends DelimitedReader {
  override async get(index: number, options?: AbortOptions): Promise<Uint8Array> {
    await this.source.read(0, Math.min(1, this.source.size));
    return super.get(index, options);
  }
}

/** A read that fails is an empty blob. */
export class OptimisticReader extends DelimitedReader {
  override async get(index: number, options?: AbortOptions): Promise<Uint8Array> {
    try {
      return await super.get(index, options);
    } catch (error) {
      if (isNthrecError(error, "NTH_OUT_OF_RANGE", "NTH_NOT_OPEN", "NTH_ABORTED")) throw error;
      return new Uint8Array(0);
    }
  }

  override getSync(index: number): Uint8Array {
    try {
      return super.getSync(index);
    } catch (error) {
      if (isNthrecError(error, "NTH_OUT_OF_RANGE", "NTH_NOT_OPEN", "NTH_NOT_SUPPORTED"))
        throw error;
      return new Uint8Array(0);
    }
  }
}

/** An index that lies is taken at its word where it is not looked at: the whole file is one record. */
export class HastyReader extends DelimitedReader {
  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    if (bytes.length === 0) throw new NthrecError("NTH_CORRUPTION", "no bytes", { index });
    return bytes.subarray(readVarint(bytes)?.width ?? 1);
  }
}

/** The cheap look at a frame has no eye for the shortest one. */
export class FussyReader extends DelimitedReader {
  protected override _frames(bytes: Uint8Array): boolean {
    return bytes.length > 1;
  }
}

/** A follower that never says that its file was replaced: it waits on. */
export class LoyalReader extends DelimitedReader {
  override async *follow(options: FollowOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* super.follow({ ...options, onReplaced: "error" });
    } catch (error) {
      if (!isNthrecError(error, "NTH_TRUNCATED", "NTH_SOURCE_CHANGED")) throw error;
    }
  }
}
