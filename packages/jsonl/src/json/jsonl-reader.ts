import {
  type BaseIndexedReader,
  type ByteRange,
  type ByteSource,
  checkChoice,
  type DataInput,
  decodeUtf8,
  isUtf8,
  type LocalInput,
  NthrecError,
  type OffsetTable,
  type ReaderClass,
  type ReaderOptions,
  type ReadPlan,
} from "@nthrec/core";
import { BlankRuns } from "../lines/blank-runs.ts";
import { excerpt, printable } from "../lines/excerpt.ts";
import { LineReader } from "../lines/line-reader.ts";
import { scanFilled } from "../lines/scan-filled.ts";
import { parseExact } from "./exact-integers.ts";
import type { JsonlReaderOptions } from "./json-options.ts";
import { rescueRecord } from "./rescue.ts";

const BOM = "\ufeff";

/**
 * Reads the n-th record of a file of JSON lines: line `i` is record `i`.
 *
 * A byte order mark at the beginning, CRLF line ends and a last line without a newline are read as one expects.
 */
export class JsonlReader<T = unknown> extends LineReader<T, JsonlReaderOptions> {
  static override readonly format: string = "jsonl";

  protected override readonly privateIndex: boolean = this.options.blankLines === "skip";
  #blanks = new BlankRuns();

  constructor(source: ByteSource, options?: JsonlReaderOptions) {
    super(source, options);
    checkChoice("bigints", options?.bigints, ["number", "bigint", "text"]);
    checkChoice("blankLines", options?.blankLines, ["error", "skip"]);
  }

  /** Opens JSON lines whose records are of type `T`, which nobody checks. @see {@link BaseIndexedReader.open} */
  static override open<T = unknown>(
    this: typeof JsonlReader,
    data: DataInput,
    options?: JsonlReaderOptions,
  ): Promise<JsonlReader<T>>;
  static override open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R>;
  static override open(
    this: typeof JsonlReader,
    data: DataInput,
    options?: JsonlReaderOptions,
  ): Promise<JsonlReader> {
    return super.open(data, options) as Promise<JsonlReader>;
  }

  /** {@link JsonlReader.open}, before it returns; for local data. */
  static override openSync<T = unknown>(
    this: typeof JsonlReader,
    data: LocalInput,
    options?: JsonlReaderOptions,
  ): JsonlReader<T>;
  static override openSync<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: LocalInput,
    options?: P,
  ): R;
  static override openSync(
    this: typeof JsonlReader,
    data: LocalInput,
    options?: JsonlReaderOptions,
  ): JsonlReader {
    return super.openSync(data, options) as JsonlReader;
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    if (!this.privateIndex) return yield* super._buildIndex(offsets, start);
    this.#blanks = new BlankRuns();
    const range = { start, end: this.end };
    return yield* scanFilled(offsets, this.#blanks, range, this.tail === "record");
  }

  protected override _locate(index: number): ByteRange | undefined {
    const range = super._locate(index);
    if (!this.privateIndex) return range;
    const end = this.#blanks.endOf(index);
    return range === undefined || end === undefined ? range : { start: range.start, end };
  }

  protected override _getLine(bytes: Uint8Array, index: number): T {
    const line = decodeUtf8(bytes, 0, bytes.length);
    // U+FFFD stands for what is no UTF-8, or for itself.
    if (line.includes("\ufffd") && !isUtf8(bytes))
      throw this.#invalid("is not valid JSON: it is not UTF-8", bytes, index);
    const text = line.startsWith(BOM) && this.#lineNumber(index) === 1 ? line.slice(1) : line;
    const { bigints = "number", reviver } = this.options;
    try {
      if (bigints === "number") return JSON.parse(text, reviver);
      return parseExact(text, bigints === "bigint" ? BigInt : String, reviver) as T;
    } catch (error) {
      throw this.#invalid(reasonOf(error, text), bytes, index, error);
    }
  }

  protected override _rescue(frame: Uint8Array): number {
    return rescueRecord(frame);
  }

  #lineNumber(index: number): number {
    return index + 1 + this.#blanks.linesBefore(index);
  }

  #invalid(reason: string, bytes: Uint8Array, index: number, cause?: unknown): NthrecError {
    const message = `line ${this.#lineNumber(index)} ${reason}; the line: ${excerpt(bytes)}`;
    return new NthrecError("NTH_DECODE_ERROR", message, { cause });
  }
}

/** What is wrong with a line, as the rest of a sentence; JSON.parse says where, if it knows. */
function reasonOf(error: unknown, text: string): string {
  if (text.trim() === "")
    return 'is blank, which is no JSON (blankLines: "skip" leaves blank lines out)';
  const said = printable(error instanceof Error ? error.message : String(error));
  return error instanceof SyntaxError ? `is not valid JSON: ${said}` : `cannot be revived: ${said}`;
}
