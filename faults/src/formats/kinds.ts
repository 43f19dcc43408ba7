import { isMainThread } from "node:worker_threads";
import {
  ArrayRecordReader,
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
} from "@nthrec/arrayrecord";
import type {
  BaseIndexedReader,
  BaseIndexedWriter,
  ReaderClass,
  ReaderOptions,
  WriterClass,
} from "@nthrec/core";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "@nthrec/jsonl";
import { MsgpackReader, MsgpackWriter } from "@nthrec/msgpack";
import { TensorBlobReader } from "@nthrec/tensorblob";
import { TFRecordReader, TFRecordWriter } from "@nthrec/tfrecord";
import { DelimitedReader, DelimitedWriter } from "../../../examples/custom-format/src/delimited.ts";
import {
  ChunkedReader,
  ChunkedWriter,
} from "../../../packages/core/test/support/chunked-format.ts";
import {
  CountedReader,
  CountedWriter,
} from "../../../packages/core/test/support/counted-format.ts";
import { FootedReader, FootedWriter } from "../../../packages/core/test/support/footed-format.ts";
import { columnsOf, DatabaseReader, DatabaseWriter, markOfColumns } from "./database.ts";
import { lineOf, type Mark, markOf, payloadOf } from "./payload.ts";
import { markOfRow, RowWriter, rowOf } from "./rows.ts";

/** Records of any format. */
export type AnyReader = BaseIndexedReader<unknown>;
export type AnyWriter = BaseIndexedWriter<unknown>;

/** A format under law: its classes, and how a mark becomes a record and is found in it again. */
export interface Kind {
  readonly name: KindName;
  readonly Reader: ReaderClass<AnyReader> & typeof BaseIndexedReader<unknown>;
  readonly Writer: WriterClass<AnyWriter> & typeof BaseIndexedWriter<unknown>;
  /** Whether the Python original reads it, and by which name. */
  readonly megstore: "jsonl" | "text" | undefined;
  /** Whether a commit overwrites bytes that were committed before: a count, a footer. */
  readonly overwrites?: boolean;
  /** Whether the file holds its own index, so that none may lie beside it. */
  readonly ownIndex?: boolean;
  /**
   * Whether the data are a folder of block files, published by a rename of one that names them. Such a kind takes part
   * where writers are killed and wait for each other. It is left out where one file is cut, damaged, traced byte by byte
   * or compared: a torn tail does not exist, and what damage is noticed is told by the package's own tests.
   */
  readonly folder?: boolean;
  /**
   * With what a file is opened whose last writer has committed and not closed, where that takes an option: what every
   * other format promises of each commit, such a file promises of those who pass it. Who does not is refused with
   * `NTH_TRUNCATED`; once a writer has closed, nobody needs it.
   */
  readonly unclosed?: ReaderOptions;
  /** Whether its reader and writer are not core's, so that it takes part only in `crash-points`. */
  readonly database?: boolean;
  /** The operation that publishes a batch, as `KillingFs` calls it. @default what it is in a file: see `chart` */
  readonly publishes?: string;
  /** How many times the room of other formats a small disk needs: a footer of 128 KiB and its pre-image. @default 1 */
  readonly bulk?: number;
  record(mark: Mark): unknown;
  /** @throws {@link Error} when the record is not whole */
  mark(record: unknown): Mark;
}

const blob = {
  megstore: undefined,
  record: (mark: Mark): unknown => Buffer.from(lineOf(mark)),
  mark: (record: unknown): Mark => markOf(Buffer.from(record as Uint8Array).toString()),
};

/** What ArrayRecord's footer takes away: each commit overwrites it, and there is no file beside that could be an index. */
const arrayRecord = {
  ...blob,
  overwrites: true,
  ownIndex: true,
  bulk: 8,
  Reader: ArrayRecordReader,
};

/** Groups of one, which are never written again; uncompressed. */
class SingleWriter extends ArrayRecordWriter {
  constructor(options: ArrayRecordWriterOptions = {}) {
    super({ ...options, compression: "none" });
  }
}

/** Nothing in threads: Node aborts the process when one is terminated in the moment in which zlib makes a stream. */
const SHRINKING: ArrayRecordWriterOptions = isMainThread
  ? { compression: "brotli", level: 1 }
  : { compression: "none" };

/** A last group that is not full is written anew by the next commit, and compressed it may take less room than before. */
class GroupWriter extends ArrayRecordWriter {
  constructor(options: ArrayRecordWriterOptions = {}) {
    super({ ...options, groupSize: 4, ...SHRINKING });
  }
}

/** The footer comes when the writer closes; full groups are handed on as they come. */
class ClosingSingleWriter extends ArrayRecordWriter {
  constructor(options: ArrayRecordWriterOptions = {}) {
    super({ ...options, compression: "none", finalize: "close" });
  }
}

/** The footer comes when the writer closes; a last group that is not full is written anew before that. */
class ClosingGroupWriter extends ArrayRecordWriter {
  constructor(options: ArrayRecordWriterOptions = {}) {
    super({ ...options, groupSize: 4, ...SHRINKING, finalize: "close" });
  }
}

/** Between a commit and closing there is no footer: whole chunks are what counts, and a reader must ask for them. */
const closing = { ...arrayRecord, unclosed: { tail: "ignore" } };

interface JsonRecord {
  readonly w: string;
  readonly n: number;
  readonly p: string;
}

const fields = {
  record: (mark: Mark): unknown => ({ w: mark.writer, n: mark.number, p: payloadOf(mark) }),
  mark(record: unknown): Mark {
    const { w, n, p } = record as JsonRecord;
    const mark = { writer: w, number: n, size: p.length };
    if (p === payloadOf(mark)) return mark;
    throw new Error(`not the payload of ${w} ${n}: ${JSON.stringify(p.slice(0, 60))}`);
  },
};

/**
 * The formats under law: those of this project that can append, a user's own, and toys that patch a count, end with a
 * footer, or chunk. **A new format is one entry here**, and a dependency of this package (manifest and `tsconfig.json`):
 * its two classes, a record for a mark, and the mark of a record, which throws if the record is not whole. Formats
 * whose records are bytes begin with `...blob`. Every scenario runs through all entries, or says which it picks; what
 * a format does not promise is said by the flags of {@link Kind}.
 */
const kinds = {
  jsonl: { ...fields, Reader: JsonlReader, Writer: JsonlWriter, megstore: "jsonl" },
  text: {
    Reader: TextReader,
    Writer: TextWriter,
    megstore: "text",
    record: (mark: Mark): unknown => lineOf(mark),
    mark: (record: unknown): Mark => markOf(record as string),
  },
  msgpack: {
    ...fields,
    overwrites: true,
    Reader: MsgpackReader,
    Writer: MsgpackWriter,
    megstore: undefined,
  },
  tfrecord: { ...blob, Reader: TFRecordReader, Writer: TFRecordWriter },
  arrayrecord: { ...arrayRecord, Writer: SingleWriter },
  "arrayrecord-4": { ...arrayRecord, Writer: GroupWriter },
  "arrayrecord-close": { ...closing, Writer: ClosingSingleWriter },
  "arrayrecord-4-close": { ...closing, Writer: ClosingGroupWriter },
  delimited: { ...blob, Reader: DelimitedReader, Writer: DelimitedWriter },
  counted: { ...blob, overwrites: true, Reader: CountedReader, Writer: CountedWriter },
  footed: { ...blob, overwrites: true, Reader: FootedReader, Writer: FootedWriter },
  chunked: { ...blob, Reader: ChunkedReader, Writer: ChunkedWriter },
  tensorblob: {
    megstore: undefined,
    ownIndex: true,
    folder: true,
    publishes: "rename data/.stat.new to .stat",
    Reader: TensorBlobReader,
    Writer: RowWriter,
    record: rowOf,
    mark: markOfRow,
  },
  tensordb: {
    megstore: undefined,
    ownIndex: true,
    folder: true,
    database: true,
    publishes: "rename data.intent.new to data.intent",
    Reader: DatabaseReader,
    Writer: DatabaseWriter,
    record: columnsOf,
    mark: markOfColumns,
  },
};

export type KindName = keyof typeof kinds;
/** Every entry. */
export const allKindNames: readonly KindName[] = Object.keys(kinds) as KindName[];

export function kindOf(name: KindName): Kind {
  return { name, ...kinds[name] } as unknown as Kind;
}
