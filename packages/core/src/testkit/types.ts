import type {
  BaseIndexedReader,
  BaseIndexedWriter,
  ByteRange,
  ByteSource,
  DataInput,
  DataOutput,
  LiveStore,
  LocalInput,
  LocalOutput,
  ReaderOptions,
  RepairOptions,
  RepairReport,
  StoreEntry,
  WriterOptions,
} from "../index.ts";

/** One law applied to one object: hand `name` and `run` to any test runner. */
export interface ConformanceCase {
  /** What must hold, in words. */
  readonly name: string;
  /** Resolves when it holds; rejects with what differed, the place and the seed when it does not. */
  run(): Promise<void>;
}

/** A reader class under test: a concrete subclass of `BaseIndexedReader`. */
export interface ReaderUnderTest<T> {
  new (source: ByteSource, options?: ReaderOptions): BaseIndexedReader<T>;
  readonly indexSuffix: string;
  open(data: DataInput, options?: ReaderOptions): Promise<BaseIndexedReader<T>>;
  openSync(data: LocalInput, options?: ReaderOptions): BaseIndexedReader<T>;
}

/** A writer class under test: a concrete subclass of `BaseIndexedWriter`. */
export interface WriterUnderTest<T> {
  open(data: DataOutput, options?: WriterOptions): Promise<BaseIndexedWriter<T>>;
  openSync(data: LocalOutput, options?: WriterOptions): BaseIndexedWriter<T>;
  repair(data: string | URL | StoreEntry, options: RepairOptions): Promise<RepairReport>;
}

/** A file made by another implementation, and what it holds. */
export interface Golden<T> {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly values: readonly T[];
  /** Where each record begins, if it is known. */
  readonly offsets?: readonly number[] | undefined;
  /** The other implementation's index, which ours must equal byte for byte. */
  readonly index?: Uint8Array | undefined;
  /** Whether our writer makes the same bytes of the same values. @default false */
  readonly exact?: boolean | undefined;
  /** Options that this file is read with, on top of the format's. */
  readonly readerOptions?: ReaderOptions | undefined;
}

/**
 * A feature that a format does not have.
 * - `"append"`: it cannot continue a file.
 * - `"index"`: it keeps no index file; its own bytes tell where records are.
 * - `"sameBytes"`: a commit shows in the bytes (records coded together end with it), so that appending in several
 *   sittings gives other bytes than writing at once, with the same records.
 * - `"repair"`: it cannot be repaired, and `repair` says so.
 * - `"tornTail"`: a file that was cut cannot be read or continued.
 */
export type Lack = "append" | "index" | "repair" | "sameBytes" | "tornTail";

/**
 * What damage to a byte may do where the format has no checksum over it.
 * `"record"`: change the record that holds the byte, no other. `"rest"`: move the borders of records, and so change
 * every record from there on. `"file"`: change any record. `false`: nothing; it must be noticed.
 */
export type Blindness = false | "record" | "rest" | "file";

/** A format as the kit sees it. */
export interface FormatUnderTest<T> {
  readonly Reader: ReaderUnderTest<T>;
  readonly Writer: WriterUnderTest<T>;
  /** Values that survive a round trip, at least three, not all the same; include the empty one, small ones and one larger than 64 KiB. */
  readonly values: readonly T[];
  /** Values that the writer must refuse with `NTH_INVALID_VALUE` (or `TypeError` for what is no value at all). */
  readonly invalid?: readonly unknown[] | undefined;
  /** Files made by another implementation. */
  readonly goldens?: readonly Golden<T>[] | undefined;
  /** Features that the format honestly lacks: the matching cases are left out, and one case says so. */
  readonly lacks?: readonly Lack[] | undefined;
  /** Whether two values are the same. @default by structure, numbers as `Object.is`, typed arrays by bytes */
  readonly equal?: ((a: T, b: T) => boolean) | undefined;
  /** Bytes whose damage the format cannot notice: ranges (each is `"record"`), or a judgement of one byte. @default none */
  readonly unchecked?:
    | readonly ByteRange[]
    | ((offset: number, file: Uint8Array, damaged: Uint8Array) => Blindness)
    | undefined;
  /**
   * How the kit looks at data that are no file but a folder of them: the same store, in which each is one entry.
   * @default the store itself
   */
  readonly view?: ((store: LiveStore) => LiveStore) | undefined;
  /** Options that every reader is opened with. */
  readonly readerOptions?: ReaderOptions | undefined;
  /** Options that every writer is opened with. */
  readonly writerOptions?: WriterOptions | undefined;
}

/** Somewhere that files are kept while one case runs. */
export interface Place {
  /** Where writers write, and where the kit puts and looks at files. */
  readonly store: LiveStore;
  /**
   * What readers are given for an entry of `store`: a Blob of it, its URL.
   * Absent: the entry itself, which is read synchronously too, and beside which an index is published.
   */
  readonly input?: ((name: string) => DataInput | Promise<DataInput>) | undefined;
  /** Removes what the case left. */
  close?(): Promise<void>;
}

/** Makes a {@link Place} for each case. */
export interface PlaceMaker {
  /** As messages show it. */
  readonly name: string;
  /** Whether opening is slow enough that thousands of openings should be a seeded few hundred. @default false */
  readonly slow?: boolean | undefined;
  make(): Promise<Place>;
}

/** Options of `formatCases`. */
export interface FormatCasesOptions {
  /** Where files are kept. @default in memory */
  readonly place?: PlaceMaker | undefined;
  /** What every choice of the kit follows from; messages name it. */
  readonly seed?: number | undefined;
}
