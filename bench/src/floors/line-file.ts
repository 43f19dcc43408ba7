import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { lineOffsets } from "./index-loop.ts";

const TWO_32 = 4294967296;
const BLOCK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** A file of lines as a program reads it that has the offsets in an array, and no library. */
export class LineFile {
  readonly #file: number;
  readonly #size: number;
  /** Where each line begins, and where the last one ends. */
  readonly #offsets: Float64Array;
  #buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

  constructor(path: string) {
    this.#file = openSync(path, "r");
    this.#size = fstatSync(this.#file).size;
    const { words, count } = lineOffsets(path);
    this.#offsets = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) {
      this.#offsets[i] = (words[i * 2] as number) + (words[i * 2 + 1] as number) * TWO_32;
    }
    this.#offsets[count] = this.#size;
  }

  /** Reads and parses one line: one system call into a buffer that is used again. */
  get(index: number): unknown {
    const start = this.#offsets[index] as number;
    const size = (this.#offsets[index + 1] as number) - start;
    readSync(this.#file, this.#buffer, 0, size, start);
    return JSON.parse(this.#buffer.toString("utf8", 0, size));
  }

  /** Reads and parses the first `count` lines: blocks of 1 MiB, cut at newlines. */
  each(count: number, use: (value: unknown) => void): void {
    let block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    let kept = 0;
    let left = count;
    for (let at = 0; at < this.#size && left > 0; ) {
      if (kept === block.length) block = Buffer.concat([block, Buffer.allocUnsafeSlow(kept)]);
      const got = readSync(this.#file, block, kept, block.length - kept, at);
      const end = kept + got;
      let begin = 0;
      for (let to = block.indexOf(NEWLINE); to >= 0 && to < end && left > 0; left--) {
        use(JSON.parse(block.toString("utf8", begin, to)));
        begin = to + 1;
        to = block.indexOf(NEWLINE, begin);
      }
      at += got;
      block.copy(block, 0, begin, end);
      kept = end - begin;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
