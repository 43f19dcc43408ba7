import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { Decoder, Encoder } from "@msgpack/msgpack";

const HEAD_BYTES = 5;
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Where the value at `at` ends; knows the kinds of values that the generated file has. Beyond `bytes`: it is cut. */
function skip(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80 || first >= 0xe0) return at + 1;
  if (first < 0xa0) {
    let next = at + 1;
    for (let left = first < 0x90 ? (first & 15) * 2 : first & 15; left > 0; left--)
      next = skip(bytes, next);
    return next;
  }
  if (first < 0xc0) return at + 1 + (first & 31);
  if (first === 0xcb || first === 0xcf || first === 0xd3) return at + 9;
  if (first === 0xce || first === 0xca || first === 0xd2) return at + 5;
  if (first === 0xcd || first === 0xd1) return at + 3;
  if (first === 0xd9) return at + 2 + (bytes[at + 1] as number);
  return first === 0xcc || first === 0xd0 ? at + 2 : at + 1;
}

/** Finds every record: blocks of 4 MiB, cut at values, and a loop. */
export function valueOffsets(path: string): { readonly offsets: Float64Array; count: number } {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  let offsets = new Float64Array(1 << 16);
  let count = 0;
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  for (let at = HEAD_BYTES; at < size; ) {
    const got = readSync(file, block, 0, BLOCK_BYTES, at);
    const bytes = block.subarray(0, got);
    let begin = 0;
    while (begin < got) {
      const next = skip(bytes, begin);
      // The last value may reach beyond the block, or have been skipped through bytes that are not there.
      if (!(next <= got)) break;
      if (count === offsets.length) {
        const grown = new Float64Array(count * 2);
        grown.set(offsets);
        offsets = grown;
      }
      offsets[count++] = at + begin;
      begin = next;
    }
    at += begin;
  }
  closeSync(file);
  return { offsets, count };
}

/** Writes offsets as an index holds them. */
export function writeValueOffsets(path: string, offsets: Float64Array, count: number): void {
  const words = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const offset = offsets[i] as number;
    words[i * 2] = offset;
    words[i * 2 + 1] = offset / 4294967296;
  }
  writeFileSync(path, new Uint8Array(words.buffer));
}

/** The least that reading MessagePack can cost: offsets in memory, one buffer, the decoder of @msgpack/msgpack. */
export class MsgpackFile {
  readonly #file: number;
  readonly #offsets: Float64Array;
  readonly #size: number;
  readonly #decoder = new Decoder();
  readonly #buffer = Buffer.allocUnsafeSlow(1024 * 1024);

  constructor(path: string) {
    this.#file = openSync(path, "r");
    this.#size = fstatSync(this.#file).size;
    const { offsets, count } = valueOffsets(path);
    this.#offsets = new Float64Array(count + 1);
    this.#offsets.set(offsets.subarray(0, count));
    this.#offsets[count] = this.#size;
  }

  /** Reads and decodes one record. */
  get(index: number): unknown {
    const start = this.#offsets[index] as number;
    const size = (this.#offsets[index + 1] as number) - start;
    readSync(this.#file, this.#buffer, 0, size, start);
    return this.#decoder.decode(this.#buffer.subarray(0, size));
  }

  /** Reads and decodes the first `count` records: blocks of 1 MiB. */
  each(count: number, use: (value: unknown) => void): void {
    const offsets = this.#offsets;
    for (let i = 0; i < count; ) {
      const base = offsets[i] as number;
      const got = readSync(this.#file, this.#buffer, 0, this.#buffer.length, base);
      for (; i < count && (offsets[i + 1] as number) - base <= got; i++) {
        const start = (offsets[i] as number) - base;
        use(this.#decoder.decode(this.#buffer.subarray(start, (offsets[i + 1] as number) - base)));
      }
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Encodes values by the thousand, one write of them and one of offsets for each. */
export function appendBareValues(path: string, values: readonly unknown[], every: number): void {
  const encoder = new Encoder();
  const data = openSync(path, "w");
  const index = openSync(`${path}.idx`, "w");
  let at = HEAD_BYTES;
  for (let from = 0; from < values.length; from += every) {
    const parts: Uint8Array[] = [];
    const offsets = new BigUint64Array(Math.min(every, values.length - from));
    for (let i = 0; i < offsets.length; i++) {
      const bytes = encoder.encode(values[from + i]);
      parts.push(bytes);
      offsets[i] = BigInt(at);
      at += bytes.length;
    }
    write(data, Buffer.concat(parts));
    write(index, new Uint8Array(offsets.buffer));
  }
  closeSync(data);
  closeSync(index);
}

function write(file: number, bytes: Uint8Array): void {
  writeFileSync(file, bytes);
}
