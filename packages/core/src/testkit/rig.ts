import type {
  BaseIndexedReader,
  BaseIndexedWriter,
  DataInput,
  LiveStore,
  ReaderOptions,
  StoreEntry,
  WriterOptions,
} from "../index.ts";
import { checkBytes, fail } from "./check.ts";
import { sameValue, show } from "./equal.ts";
import { Random } from "./random.ts";
import { putEntry, readEntry } from "./store-files.ts";
import type { FormatUnderTest, Place, PlaceMaker } from "./types.ts";

/** What follows the name of the data in the name of its seal (docs/formats/journal.md). */
export const SEAL_SUFFIX = ".seal";

/** What a case works with: a format, a place of its own, and repeatable choices. */
export class Rig<T> {
  readonly format: FormatUnderTest<T>;
  /** The format's values. */
  readonly values: readonly T[];
  /** Those that keep a file at a kilobyte or so. */
  readonly small: readonly T[];
  readonly random: Random;
  /** Whether opening is dear, so that long sweeps are sampled. */
  readonly slow: boolean;
  readonly #place: Place;
  /** The place's store, with one entry for each data. */
  readonly store: LiveStore;

  constructor(
    format: FormatUnderTest<T>,
    small: readonly T[],
    maker: PlaceMaker,
    place: Place,
    seed: number | undefined,
  ) {
    this.format = format;
    this.values = format.values;
    this.small = small;
    this.random = new Random(seed);
    this.slow = maker.slow === true;
    this.#place = place;
    this.store = this.view(place.store);
  }

  /** A store as the kit looks at it. */
  view(store: LiveStore): LiveStore {
    return this.format.view?.(store) ?? store;
  }

  /** Whether readers get the entry itself, so that they read synchronously and publish an index beside it. */
  get direct(): boolean {
    return this.#place.input === undefined;
  }

  entry(name: string): StoreEntry<LiveStore> {
    return { store: this.#place.store, name };
  }

  /** What a reader at this place is given. */
  async input(name: string): Promise<DataInput> {
    return (await this.#place.input?.(name)) ?? this.entry(name);
  }

  // ---- files

  bytes(name: string): Uint8Array | undefined {
    return readEntry(this.store, name);
  }

  /** The bytes of an entry that must be there. */
  data(name: string): Uint8Array {
    return this.bytes(name) ?? fail(`${name} was not written`);
  }

  put(name: string, bytes: Uint8Array | undefined): void {
    putEntry(this.store, name, bytes);
  }

  /** The name of the index of `name`. */
  indexOf(name: string): string {
    return name + this.format.Reader.indexSuffix;
  }

  /** Puts data without anything beside them. */
  putBare(name: string, bytes: Uint8Array): void {
    this.put(this.indexOf(name), undefined);
    this.put(name + SEAL_SUFFIX, undefined);
    this.put(name, bytes);
  }

  /** Puts data, then the index that goes with them, and no seal. */
  putUnsealed(name: string, bytes: Uint8Array, index: Uint8Array | undefined): void {
    this.put(name + SEAL_SUFFIX, undefined);
    this.put(name, bytes);
    this.put(this.indexOf(name), index);
  }

  // ---- writers

  openWriter(name: string, options: WriterOptions = {}): Promise<BaseIndexedWriter<T>> {
    return this.format.Writer.open(this.entry(name), { ...this.format.writerOptions, ...options });
  }

  openWriterSync(name: string, options: WriterOptions = {}): BaseIndexedWriter<T> {
    const all = { ...this.format.writerOptions, ...options };
    return this.format.Writer.openSync(this.entry(name), all);
  }

  /** Writes a file of `values`, or appends them with `mode: "append"`. */
  async write(name: string, values: readonly T[], options: WriterOptions = {}): Promise<void> {
    const writer = await this.openWriter(name, options);
    try {
      await writer.extend(values);
    } finally {
      await writer.close();
    }
  }

  /** {@link write} by the synchronous verbs. */
  writeSync(name: string, values: readonly T[], options: WriterOptions = {}): void {
    const writer = this.openWriterSync(name, options);
    try {
      for (const value of values) writer.appendSync(value);
    } finally {
      writer.closeSync();
    }
  }

  /** Writes a file and returns its bytes and those of its index. */
  async made(name: string, values: readonly T[]): Promise<MadeFile> {
    await this.write(name, values);
    return { data: this.data(name), index: this.bytes(this.indexOf(name)) };
  }

  // ---- readers

  async open(name: string, options: ReaderOptions = {}): Promise<BaseIndexedReader<T>> {
    return this.openInput(await this.input(name), options);
  }

  openInput(input: DataInput, options: ReaderOptions = {}): Promise<BaseIndexedReader<T>> {
    return this.format.Reader.open(input, { ...this.format.readerOptions, ...options });
  }

  openSync(name: string, options: ReaderOptions = {}): BaseIndexedReader<T> {
    const all = { ...this.format.readerOptions, ...options };
    return this.format.Reader.openSync(this.entry(name), all);
  }

  /** Opens, runs `body` and closes, whatever happens. */
  async reading<R>(
    name: string,
    body: (reader: BaseIndexedReader<T>) => R | Promise<R>,
    options: ReaderOptions = {},
  ): Promise<R> {
    const reader = await this.open(name, options);
    try {
      return await body(reader);
    } finally {
      await reader.close();
    }
  }

  // ---- values

  same(a: T, b: T): boolean {
    return this.format.equal === undefined ? sameValue(a, b) : this.format.equal(a, b);
  }

  /** Fails unless `actual` are `expected`, in number and order. */
  checkValues(actual: readonly T[], expected: readonly T[], what: string): void {
    if (actual.length !== expected.length) {
      fail(`${what}: got ${actual.length} records, expected ${expected.length}`);
    }
    for (const [i, value] of actual.entries())
      this.checkValue(value, expected[i] as T, `${what}, record ${i}`);
  }

  checkValue(actual: T | undefined, expected: T, what: string): void {
    if (!this.same(actual as T, expected)) {
      fail(`${what}: got ${show(actual)}, expected ${show(expected)}`);
    }
  }

  /** Fails unless a file holds exactly `expected`, read at once and read with waiting. */
  async checkFile(
    name: string,
    expected: readonly T[],
    what: string,
    options: ReaderOptions = {},
  ): Promise<void> {
    await this.reading(name, (reader) => this.checkReader(reader, expected, what), options);
    if (!this.direct) return;
    const reader = this.openSync(name, options);
    try {
      this.checkValues([...reader], expected, `${what}, opened synchronously`);
    } finally {
      reader.closeSync();
    }
  }

  /** {@link checkFile}, and fails unless the index that the writer left is the one that a scan of the data makes. */
  async checkWritten(name: string, expected: readonly T[], what: string): Promise<void> {
    await this.checkFile(name, expected, what);
    const index = this.bytes(this.indexOf(name));
    this.putBare(name, this.data(name));
    await this.checkFile(name, expected, `${what}, without index and seal`);
    if (!this.direct || this.format.lacks?.includes("index")) return;
    checkBytes(
      index,
      this.data(this.indexOf(name)),
      `${what}: the writer's index beside a new one`,
    );
  }

  /** Fails unless a reader holds exactly `expected`. */
  async checkReader(
    reader: BaseIndexedReader<T>,
    expected: readonly T[],
    what: string,
  ): Promise<void> {
    if (reader.length !== expected.length) {
      fail(`${what}: the reader has ${reader.length} records, expected ${expected.length}`);
    }
    this.checkValues(await reader.getMany(expected.keys()), expected, what);
    if (!reader.sync) return;
    for (const [i, value] of expected.entries()) {
      this.checkValue(reader.getSync(i), value, `${what}, getSync(${i})`);
    }
  }
}

/** The bytes of a file and of its index. */
export interface MadeFile {
  readonly data: Uint8Array;
  readonly index: Uint8Array | undefined;
}
