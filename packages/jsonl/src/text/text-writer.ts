import { BaseIndexedWriter, type ByteWriter, NthrecError } from "@nthrec/core";
import { NEWLINE } from "../lines/line-bytes.ts";
import { endsInsideCharacter } from "../lines/utf8.ts";
import type { TextWriterOptions } from "./text-options.ts";
import { TextReader } from "./text-reader.ts";

/** Writes text, one record a line. */
export class TextWriter extends BaseIndexedWriter<string, TextWriterOptions> {
  static readonly Reader: typeof TextReader = TextReader;

  protected override _append(value: string, out: ByteWriter): void {
    const problem = problemOf(value);
    if (problem !== undefined) throw new NthrecError("NTH_INVALID_VALUE", problem);
    out.utf8(value);
    out.u8(NEWLINE);
  }

  protected override _commit(): void {}

  // Without a seal the file was made without a last newline; with one, another program has not finished its line.
  protected override _adopt(rest: Uint8Array, sealed: boolean): Uint8Array | undefined {
    return sealed || endsInsideCharacter(rest) ? undefined : Uint8Array.of(NEWLINE);
  }
}

function problemOf(value: unknown): string | undefined {
  if (typeof value !== "string") return `a line of text is a string, not ${typeof value}`;
  if (value.includes("\n")) {
    return "a line of text cannot hold a newline, it would become two records: split or escape it";
  }
  return isWellFormed(value)
    ? undefined
    : "the text holds a lone surrogate, which has no UTF-8: repair it with String.prototype.toWellFormed()";
}

/** Whether no surrogate is alone. The method is newer than the library that this code is checked against. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
