import type { BaseIndexedReader, BaseIndexedWriter, ReaderClass, WriterClass } from "@nthrec/core";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "@nthrec/jsonl";
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
import { lineOf, type Mark, markOf, payloadOf } from "./payload.ts";

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
  record(mark: Mark): unknown;
  /** @throws {@link Error} when the record is not whole */
  mark(record: unknown): Mark;
}

/** The formats of this project that can append, a user's own, and toys that patch, end with a footer, or chunk. */
export const kindNames = ["jsonl", "text", "delimited", "counted", "footed", "chunked"] as const;
export type KindName = (typeof kindNames)[number];

const blob = {
  megstore: undefined,
  record: (mark: Mark): unknown => Buffer.from(lineOf(mark)),
  mark: (record: unknown): Mark => markOf(Buffer.from(record as Uint8Array).toString()),
};

interface JsonRecord {
  readonly w: string;
  readonly n: number;
  readonly p: string;
}

const kinds = {
  jsonl: {
    Reader: JsonlReader,
    Writer: JsonlWriter,
    megstore: "jsonl",
    record: (mark: Mark): unknown => ({ w: mark.writer, n: mark.number, p: payloadOf(mark) }),
    mark(record: unknown): Mark {
      const { w, n, p } = record as JsonRecord;
      const mark = { writer: w, number: n, size: p.length };
      if (p === payloadOf(mark)) return mark;
      throw new Error(`not the payload of ${w} ${n}: ${JSON.stringify(p.slice(0, 60))}`);
    },
  },
  text: {
    Reader: TextReader,
    Writer: TextWriter,
    megstore: "text",
    record: (mark: Mark): unknown => lineOf(mark),
    mark: (record: unknown): Mark => markOf(record as string),
  },
  delimited: { ...blob, Reader: DelimitedReader, Writer: DelimitedWriter },
  counted: { ...blob, Reader: CountedReader, Writer: CountedWriter },
  footed: { ...blob, Reader: FootedReader, Writer: FootedWriter },
  chunked: { ...blob, Reader: ChunkedReader, Writer: ChunkedWriter },
};

export function kindOf(name: KindName): Kind {
  return { name, ...kinds[name] } as unknown as Kind;
}
