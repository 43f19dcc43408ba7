import { type ByteSource, checkChoice, decodeUtf8, NthrecError } from "@nthrec/core";
import { excerpt } from "../lines/excerpt.ts";
import { NEWLINE } from "../lines/line-bytes.ts";
import { LineReader } from "../lines/line-reader.ts";
import { brokenPieces, decodeWithoutBroken } from "../lines/utf8.ts";
import type { TextReaderOptions } from "./text-options.ts";

/**
 * Reads the n-th line of a text file, without its newline. A byte order mark and carriage returns belong to the
 * value, as they do in Python.
 */
export class TextReader extends LineReader<string, TextReaderOptions> {
  static override readonly format: string = "text";

  constructor(source: ByteSource, options?: TextReaderOptions) {
    super(source, options);
    checkChoice("errors", options?.errors, ["strict", "replace", "ignore"]);
    checkChoice("crlf", options?.crlf, ["keep", "strip"]);
  }

  protected override _getLine(bytes: Uint8Array, index: number): string {
    const size = bytes[bytes.length - 1] === NEWLINE ? bytes.length - 1 : bytes.length;
    const line = this.#decode(bytes, size, index);
    return this.options.crlf === "strip" && line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  #decode(bytes: Uint8Array, size: number, index: number): string {
    const line = decodeUtf8(bytes, 0, size);
    const { errors = "strict" } = this.options;
    // U+FFFD stands for what is no UTF-8, or for itself.
    if (errors === "replace" || !line.includes("\ufffd")) return line;
    if (errors === "ignore") return decodeWithoutBroken(bytes.subarray(0, size));
    for (const { start } of brokenPieces(bytes)) throw notUtf8(bytes, start, index);
    return line;
  }
}

function notUtf8(bytes: Uint8Array, start: number, index: number): NthrecError {
  const byte = (bytes[start] as number).toString(16).padStart(2, "0");
  return new NthrecError(
    "NTH_DECODE_ERROR",
    `line ${index + 1} is not UTF-8: byte 0x${byte} at position ${start} ` +
      `(errors: "replace" reads it with U+FFFD in its place); the line: ${excerpt(bytes)}`,
  );
}
