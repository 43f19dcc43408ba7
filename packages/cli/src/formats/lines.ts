import { isUtf8, NthrecError } from "@nthrec/core";
import type { JsonlReaderOptions, JsonlWriterOptions, TextReaderOptions } from "@nthrec/jsonl";
import { fromJson, toJson } from "../output/json.ts";
import type { CliFormat } from "./cli-format.ts";

const ofJson = {
  reader: ["bigints", "blankLines"] satisfies (keyof JsonlReaderOptions)[],
  writer: ["bigints"] satisfies (keyof JsonlWriterOptions)[],
};
const ofText = {
  reader: ["crlf", "errors"] satisfies (keyof TextReaderOptions)[],
  writer: [],
};

/** JSON lines. */
export const jsonl: CliFormat = {
  name: "jsonl",
  summary: "JSON lines: one JSON value a line",
  suffixes: [".jsonl", ".ndjson", ".jsonlines"],
  recognise({ head, folder }) {
    if (folder !== undefined) return 0;
    const line = firstLine(head);
    if (line === undefined || line.trim() === "") return 0;
    try {
      JSON.parse(line);
      return /^\s*[{["]/.test(line) ? 0.9 : 0.5;
    } catch {
      return 0;
    }
  },
  async load() {
    const { JsonlReader, JsonlWriter } = await import("@nthrec/jsonl");
    const same = (value: unknown): unknown => value;
    const exact = { bigints: "bigint" };
    return {
      Reader: JsonlReader,
      Writer: JsonlWriter,
      readerOptions: exact,
      writerOptions: exact,
      optionNames: ofJson,
      prefix: true,
      toJson: same,
      fromJson: same,
      freeFrame,
    };
  },
};

/** Lines of text. */
export const text: CliFormat = {
  name: "text",
  summary: "lines of text",
  suffixes: [".txt", ".log", ".csv", ".tsv"],
  recognise({ head, folder }) {
    return folder === undefined && firstLine(head) !== undefined ? 0.2 : 0;
  },
  async load() {
    const { TextReader, TextWriter } = await import("@nthrec/jsonl");
    return {
      Reader: TextReader,
      Writer: TextWriter,
      optionNames: ofText,
      prefix: true,
      toJson: (line) => toJson(line),
      fromJson: (value) => fromJson(value),
      rawFrames: true,
      toBytes: (line) => Buffer.from(String(line)),
      fromBytes: lineOf,
      freeFrame,
    };
  },
};

/** The line that bytes are. */
function lineOf(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString("utf8");
  throw new NthrecError("NTH_INVALID_VALUE", "the bytes are not UTF-8, and a line of text is");
}

/** A line with its newline, and without the mark that only the first line of a file may begin with. */
function freeFrame(frame: Uint8Array, index: number): Uint8Array {
  const marked = index === 0 && frame[0] === 0xef && frame[1] === 0xbb && frame[2] === 0xbf;
  const line = marked ? frame.subarray(3) : frame;
  return line.at(-1) === 10 ? line : Buffer.concat([line, Uint8Array.of(10)]);
}

/** The first line, as far as it is there, or `undefined` when the bytes are no text. */
function firstLine(head: Uint8Array): string | undefined {
  const end = head.indexOf(10);
  const line = head.subarray(0, end === -1 ? head.length : end);
  // A character may be cut where the specimen ends.
  const fatal = end !== -1;
  try {
    const decoded = new TextDecoder("utf-8", { fatal }).decode(line);
    return decoded.includes("\0") ? undefined : decoded;
  } catch {
    return undefined;
  }
}
