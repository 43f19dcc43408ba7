import { varintWidth } from "@nthrec/core";
import { putVarint } from "../bytes/put-varint.ts";
import { compile, instantiate, PAGE_BYTES, type WasmMemory } from "../wasm/start.ts";
import { WASM_BASE64 } from "./wasm-module.ts";

/** Shorter inputs are one literal, without a look at them. */
const PLAIN_BYTES = 16;
/** Where the input lies in the module's memory, and what lies between it and the output. */
const INPUT = 65536;
const GAP = 64;
/** Bytes of output beyond a seventh more than the input, what is overwritten behind it included. */
const SPARE_BYTES = 128;

/** What the module of `snappy.wat` exports. */
interface SnappyModule {
  readonly memory: WasmMemory;
  compress(length: number): number;
}

/**
 * Starts a compressor for raw snappy: the same bytes come out for the same input, whatever was compressed before. They are valid
 * until the next call.
 *
 * @throws where the platform refuses WebAssembly
 */
export function snappyCompressor(): (bytes: Uint8Array) => Uint8Array {
  const { memory, compress } = instantiate<SnappyModule>(compile(WASM_BASE64));
  let all = new Uint8Array(memory.buffer);
  return (bytes) => {
    const { length } = bytes;
    if (length < PLAIN_BYTES) return literal(bytes);
    const output = INPUT + length + GAP;
    const missing = output + length + Math.ceil(length / 6) + SPARE_BYTES - all.length;
    if (missing > 0) {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
      all = new Uint8Array(memory.buffer);
    }
    all.set(bytes, INPUT);
    // Beyond 2 GiB the answer would look negative.
    return all.subarray(output, output + (compress(length) >>> 0));
  };
}

/** A stream of one literal, or of none. */
function literal(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length === 0) return new Uint8Array(1);
  const head = varintWidth(length);
  const stream = new Uint8Array(head + 1 + length);
  putVarint(stream, 0, length);
  stream[head] = (length - 1) << 2;
  stream.set(bytes, head + 1);
  return stream;
}
