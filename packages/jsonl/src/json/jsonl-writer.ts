import { BaseIndexedWriter, type ByteWriter, checkChoice, decodeUtf8, isUtf8 } from "@nthrec/core";
import { bomLength, NEWLINE } from "../lines/line-bytes.ts";
import type { JsonlWriterOptions } from "./json-options.ts";
import { JsonlReader } from "./jsonl-reader.ts";
import { stringifyRecord } from "./stringify.ts";

/** Writes JSON lines: each record as `JSON.stringify` gives it, on a line of its own. */
export class JsonlWriter<T = unknown> extends BaseIndexedWriter<T, JsonlWriterOptions> {
  static readonly Reader: typeof JsonlReader = JsonlReader;

  constructor(options?: JsonlWriterOptions) {
    super(options);
    checkChoice("bigints", options?.bigints, ["number", "bigint"]);
  }

  protected override _append(value: T, out: ByteWriter): void {
    const { replacer, bigints } = this.options;
    out.utf8(stringifyRecord(value, replacer, bigints === "bigint"));
    out.u8(NEWLINE);
  }

  protected override _commit(): void {}

  protected override _adopt(rest: Uint8Array, sealed: boolean): Uint8Array | undefined {
    return isWholeRecord(rest, sealed) ? Uint8Array.of(NEWLINE) : undefined;
  }
}

/** A number, `true`, `false` or `null` at the end of an unfinished file may be the first half of something else. */
function isWholeRecord(rest: Uint8Array, sealed: boolean): boolean {
  try {
    // The mark may begin the file, and so the rest of it.
    const value: unknown = JSON.parse(decodeUtf8(rest, bomLength(rest), rest.length));
    const closed = typeof value === "string" || (typeof value === "object" && value !== null);
    return isUtf8(rest) && (closed || !sealed);
  } catch {
    return false;
  }
}
