import { isNthrecError, NthrecError } from "../errors.ts";
import { call, type StepPlan } from "../plan/step.ts";
import type { AbortOptions } from "../types.ts";
import type { KeyBuild, KeyFacts } from "./key-build.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import type { KeyHeader } from "./layout.ts";
import { SpanScan } from "./span-scan.ts";

/** How often a listener hears of progress, ms, and how many records pass between two looks at the clock. */
const EVERY_MS = 250;
const CLOCK_EVERY = 1024;
/** Records that are read one by one behind one that could not be looked at in place; twice as many each time. */
const ALONE = 16;

/** What a feed found out. */
export type FeedFacts = Pick<
  KeyFacts,
  "records" | "missing" | "firstMissing" | "damaged" | "firstDamaged"
>;

/** Reads the records of a reader, each once, and gives their keys to a build. */
export class RecordFeed<T> {
  readonly #reader: KeyableReader<T>;
  readonly #options: KeyedOptions<T>;
  readonly #build: KeyBuild;
  readonly #total: number;
  readonly #interval: number;
  #index: number;
  #missing: number;
  #firstMissing: number;
  #damaged: number;
  #firstDamaged: number;
  #now: Iterator<T> | undefined;
  #soon: AsyncIterator<T> | undefined;
  readonly #scan: SpanScan | undefined;
  /** Records read one by one end before this one, and how many they are the next time. */
  #aloneUntil = 0;
  #alone = ALONE;
  readonly #taken = (): void => this.#count();
  #nextNews = performance.now() + EVERY_MS;

  /** @param base What an index holds already that is to be extended */
  constructor(
    reader: KeyableReader<T>,
    options: KeyedOptions<T>,
    build: KeyBuild,
    base: KeyHeader | undefined,
  ) {
    this.#reader = reader;
    this.#options = options;
    this.#build = build;
    this.#total = reader.length;
    this.#interval = options.progressInterval ?? CLOCK_EVERY;
    this.#index = base?.records ?? 0;
    this.#missing = base?.missing ?? 0;
    this.#firstMissing = base?.firstMissing ?? -1;
    this.#damaged = base?.damaged ?? 0;
    this.#firstDamaged = base?.firstDamaged ?? -1;
    this.#scan = SpanScan.of(reader, options.key);
    if (this.#scan === undefined) this.#aloneUntil = this.#total;
  }

  get found(): FeedFacts {
    return {
      records: this.#index,
      missing: this.#missing,
      firstMissing: this.#firstMissing,
      damaged: this.#damaged,
      firstDamaged: this.#firstDamaged,
    };
  }

  /** Feeds all records. */
  *run(): StepPlan<void> {
    try {
      while (this.#index < this.#total) {
        yield* this.#next();
        if (this.#build.full) yield* this.#build.spill();
      }
    } finally {
      this.#scan?.end();
      yield* this.#endAlone();
    }
    this.#options.onProgress?.({ records: this.#index, total: this.#total });
  }

  /** Takes some records: many at once where that is possible. */
  *#next(): StepPlan<void> {
    if (this.#index >= this.#aloneUntil) {
      const scan = this.#scan as SpanScan;
      const taken = yield* scan.run(this.#index, this.#total, this.#build, this.#taken);
      if (taken > 0) {
        if (taken > this.#alone) this.#alone = ALONE;
        return;
      }
      this.#aloneUntil = Math.min(this.#total, this.#index + this.#alone);
      this.#alone *= 2;
    }
    yield* call(
      () => this.#takeNow(),
      (options) => this.#takeSoon(options),
    );
    if (this.#index < this.#aloneUntil || this.#aloneUntil === this.#total) return;
    yield* this.#endAlone();
  }

  /** Ends the reading one by one. */
  #endAlone(): StepPlan<void> {
    const [now, soon] = [this.#now, this.#soon];
    this.#now = undefined;
    this.#soon = undefined;
    return call(
      () => void now?.return?.(),
      async () => void (await soon?.return?.()),
    );
  }

  /** Takes records until the build is full, or those are taken that are read one by one. */
  #takeNow(): void {
    while (this.#index < this.#aloneUntil && !this.#build.full) {
      this.#now ??= this.#reader.slice(this.#index)[Symbol.iterator]();
      try {
        const next = this.#now.next();
        if (next.done) throw this.#shrunk();
        this.#take(next.value);
      } catch (error) {
        this.#passOver(error);
        this.#now = undefined;
      }
    }
  }

  async #takeSoon(options: AbortOptions): Promise<void> {
    while (this.#index < this.#aloneUntil && !this.#build.full) {
      this.#soon ??= this.#reader.slice(this.#index).values(options);
      try {
        const next = await this.#soon.next();
        if (next.done) throw this.#shrunk();
        this.#take(next.value);
      } catch (error) {
        this.#passOver(error);
        await this.#soon.return?.();
        this.#soon = undefined;
      }
    }
  }

  #take(record: T): void {
    const index = this.#index;
    if (!this.#build.add(this.#options.key(record, index), index)) {
      if (this.#options.missing !== "skip") throw missingKey(this.#reader.name, index);
      if (this.#missing++ === 0) this.#firstMissing = index;
    }
    this.#count();
  }

  #count(): void {
    this.#index++;
    if (this.#options.onProgress !== undefined && this.#index % this.#interval === 0) this.#tell();
  }

  /** Goes on behind a record that cannot be read, if that is wanted. */
  #passOver(error: unknown): void {
    const bad = isNthrecError(error, "NTH_CORRUPTION", "NTH_DECODE_ERROR");
    if (!bad || this.#options.damaged !== "skip") throw error;
    if (this.#damaged++ === 0) this.#firstDamaged = this.#index;
    this.#index++;
  }

  #tell(): void {
    if (this.#options.progressInterval === undefined) {
      const now = performance.now();
      if (now < this.#nextNews) return;
      this.#nextNews = now + EVERY_MS;
    }
    this.#options.onProgress?.({ records: this.#index, total: this.#total });
  }

  #shrunk(): NthrecError {
    const { name } = this.#reader;
    const message = `${name} ended at record ${this.#index} while its keys were read: open it again`;
    return new NthrecError("NTH_SOURCE_CHANGED", message, { source: name, index: this.#index });
  }
}

/** The error of a record without a key. */
export function missingKey(source: string, index: number): NthrecError {
  return new NthrecError(
    "NTH_KEY_NOT_FOUND",
    `record ${index} of ${source} has no key; missing: "skip" leaves such records out`,
    { source, index },
  );
}
