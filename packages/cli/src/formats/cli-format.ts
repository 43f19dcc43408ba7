import type {
  BaseIndexedReader,
  BaseIndexedWriter,
  ReaderClass,
  RepairOptions,
  RepairReport,
  WriterClass,
} from "@nthrec/core";
import type { Key } from "@nthrec/core/keys";

/** The beginning of some data, by which a format recognises its own. */
export interface Specimen {
  /** File name or URL. */
  readonly name: string;
  /** Bytes in all; `undefined` where that is not known. */
  readonly size: number | undefined;
  /** The first bytes, up to 64 KiB. */
  readonly head: Uint8Array;
  /** Whether it is a folder, and the names of what lies in it. */
  readonly folder: readonly string[] | undefined;
}

/** A format as the command line sees it. A plugin's default export is one, or an array of them. */
export interface CliFormat {
  /** What `--type` calls it. */
  readonly name: string;
  /** One line for humans. */
  readonly summary: string;
  /** Endings of file names, with the dot. */
  readonly suffixes: readonly string[];
  /** How sure it is that data are its own: 0 no, 1 beyond doubt. */
  recognise(specimen: Specimen): number;
  /** Loaded when it is needed. */
  load(): Promise<LoadedFormat>;
}

/** What all tensors of one file are. */
export interface TensorLayout {
  /** Element type, a name of PyTorch. */
  readonly dtype: string;
  /** Sizes of the dimensions of one tensor. */
  readonly shape: readonly number[];
  /** Whether tensors of another type are converted, and those of another shape taken for this one. @default false */
  readonly cast?: boolean | undefined;
}

/** A tensor of any format. */
export interface TensorValue {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** A format whose files hold tensors of one type and shape. */
export interface TensorFormat {
  /** What the tensors of an open reader are. @throws {@link NthrecError} where the data are empty and do not say it */
  layoutOf(reader: unknown): TensorLayout;
  /** The format for tensors of one type and shape: its `fromJson`, `fromBytes` and `fromTensor` make such tensors. */
  bound(layout: TensorLayout): LoadedFormat;
}

/** Names of the options that are a format's own. */
export interface OptionNames {
  /** Of its reader. */
  readonly reader: readonly string[];
  /** Of its writer. */
  readonly writer: readonly string[];
}

/** The classes of a format, and what its records are in JSON. */
export interface LoadedFormat {
  // Formats differ in their records and options, which the command line only passes on.
  // biome-ignore lint/suspicious/noExplicitAny: a command knows no type of record
  readonly Reader: ReaderClass<BaseIndexedReader<any>, any> & Opens;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly Writer?: (WriterClass<BaseIndexedWriter<any>, any> & Opens & Repairs) | undefined;
  /** Options with which the command line opens every reader of the format. */
  readonly readerOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Options with which the command line opens every writer of the format. */
  readonly writerOptions?: Readonly<Record<string, unknown>> | undefined;
  /** What `--option` and `--write-option` may name beside the options of all formats; without it they may name anything. */
  readonly optionNames?: OptionNames | undefined;
  /** A record as a JSON value, in which integers may be bigints; `toJson` of this package marks what JSON lacks. */
  toJson(record: unknown): unknown;
  /** The record that such a JSON value stands for. */
  fromJson(value: unknown): unknown;
  /** Whether the beginning of a file is a sound file, but for its last record: then `head` needs no index. */
  readonly prefix?: boolean | undefined;
  /** The function that gives a record's key, for a field that the user names; default: the field of its JSON value. */
  keyOf?(field: string): (record: never) => Key | undefined;
  /** What a record is made of, for `schema`; default: the fields of its JSON value. */
  fieldsOf?(record: never): Iterable<Field>;
  /** Whether only `open` can make its readers: they load codecs first, or their data are folders. Their files need no index. */
  readonly opensOnly?: boolean | undefined;
  /** Whether the reader takes the option `inflate`, for files that are compressed as a whole. */
  readonly inflates?: boolean | undefined;
  /** What `info` says besides. */
  facts?(reader: unknown): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** What a record holds, as bytes without a frame; default: its frame as it is in the file. */
  toBytes?(record: unknown): Uint8Array;
  /** The record of these bytes. */
  fromBytes?(bytes: Uint8Array): unknown;
  /** For files of tensors, which cannot be written before it is known what a tensor is. */
  readonly tensors?: TensorFormat | undefined;
  /** The tensor at a path in a record, where there is one; the record itself for an empty path. */
  tensorAt?(record: unknown, path: readonly string[]): TensorValue | undefined;
  /** The record that a tensor is. @throws {@link NthrecError} `NTH_INVALID_VALUE` where there is none */
  fromTensor?(tensor: TensorValue): unknown;
  /** Whether `--raw` prints frames all the same, because they are what separates records, as newlines do. */
  readonly rawFrames?: boolean | undefined;
  /** Whether the reader takes `damage: "skip"` and `onLoss`, so that it finds records behind damage. */
  readonly skipsDamage?: boolean | undefined;
  /**
   * The frame of record `index` of a file as it may stand anywhere in another one: with the newline that a last line
   * lacks. Default: the frame as it is.
   */
  freeFrame?(frame: Uint8Array, index: number): Uint8Array;
}

/** One field of one record. */
export interface Field {
  /** Names from the outermost one, with dots between them, and `[]` for what is in an array. */
  readonly path: string;
  readonly kind: string;
  /** How many values it holds, where it is a list of values of one kind. */
  readonly length?: number | undefined;
}

/** `open` as every class has it. */
export interface Opens {
  // biome-ignore lint/suspicious/noExplicitAny: what is opened is of the class itself
  open(data: any, options?: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  openSync(data: any, options?: any): any;
}

/** `repair` as every writer's class has it. */
export interface Repairs {
  repair(data: string, options: RepairOptions): Promise<RepairReport>;
}
