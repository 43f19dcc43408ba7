import { checkLength, checkWhole } from "./checks.ts";
import { FileOrder, RecordOrder } from "./record-order.ts";

/** Whether a worker takes neighbours, or every n-th record. */
export type ShardLayout = "contiguous" | "stride";

/**
 * What becomes of the records that do not divide evenly: some workers get one more (`"keep"`), nobody gets them
 * (`"drop"`), or the first records of the order come again until all have equally many (`"pad"`).
 */
export type Remainder = "keep" | "drop" | "pad";

/** How records are dealt out to workers. */
export interface ShardOptions {
  /** @default "contiguous" */
  readonly layout?: ShardLayout | undefined;
  /** There is no default: each choice leaves out, repeats or skews something. */
  readonly remainder: Remainder;
}

/** Up to here a number of workers is believed. */
const MOST_WORKERS = 2 ** 31;

/**
 * The share of worker `index` of `count`, record by record, never file by file.
 *
 * Contiguous shares with `"keep"` or `"drop"` are those of Grain's `ShardOptions`; strides with `"pad"` those of
 * PyTorch's `DistributedSampler`.
 *
 * @param whole a number of records, or an order of them, such as a permutation
 * @throws {@link TypeError} when a number is not whole or out of its bounds
 */
export function shard(
  whole: number | RecordOrder,
  index: number,
  count: number,
  options: ShardOptions,
): RecordOrder {
  const order = typeof whole === "number" ? new FileOrder(checkLength(whole)) : whole;
  checkWhole(count, "a number of workers", 1, MOST_WORKERS);
  checkWhole(index, "a worker's number", 0, count - 1);
  const { layout = "contiguous", remainder } = options;
  if (remainder !== "keep" && remainder !== "drop" && remainder !== "pad") {
    throw new TypeError(`remainder is "keep", "drop" or "pad", not ${String(remainder)}`);
  }
  if (layout !== "contiguous" && layout !== "stride") {
    throw new TypeError(`layout is "contiguous" or "stride", not ${String(layout)}`);
  }
  return new Share(order, layout === "stride" ? strided : contiguous, { index, count, remainder });
}

interface Worker {
  readonly index: number;
  readonly count: number;
  readonly remainder: Remainder;
}

/** The positions `start, start + step, …`, `length` of them; those past the end begin again at 0. */
interface Run {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

function strided(total: number, { index, count, remainder }: Worker): Run {
  const even = Math.floor(total / count);
  const rest = total - even * count;
  const more = remainder === "pad" ? rest > 0 : remainder === "keep" && index < rest;
  return { start: index, step: count, length: even + (more ? 1 : 0) };
}

function contiguous(total: number, worker: Worker): Run {
  const { index, count, remainder } = worker;
  const even = Math.floor(total / count);
  const rest = total - even * count;
  const before = remainder === "keep" ? Math.min(index, rest) : 0;
  const { length } = strided(total, worker);
  return { start: (remainder === "pad" ? length : even) * index + before, step: 1, length };
}

/** A worker's share of an order. */
class Share extends RecordOrder {
  readonly length: number;
  readonly #order: RecordOrder;
  readonly #run: Run;

  constructor(order: RecordOrder, layout: (total: number, worker: Worker) => Run, worker: Worker) {
    super();
    this.#order = order;
    this.#run = layout(order.length, worker);
    this.length = this.#run.length;
  }

  positionOf(record: number): number | undefined {
    const found = this.#order.positionOf(record);
    if (found === undefined) return undefined;
    const { start, step } = this.#run;
    const last = start + step * (this.length - 1);
    // A position may come again behind the end; the first time counts.
    const skip = Math.max(0, Math.ceil((start - found) / this.#order.length));
    for (let at = found + skip * this.#order.length; at <= last; at += this.#order.length) {
      if ((at - start) % step === 0) return (at - start) / step;
    }
    return undefined;
  }

  protected _record(position: number): number {
    const { start, step } = this.#run;
    return this.#order.get((start + step * position) % this.#order.length);
  }
}
