import js from "crc-32/crc32c.js";
import { type CrcInstance, newCrcInstance } from "./crc-module.ts";

/** From here on copying the bytes to the module costs less than it saves. */
const WASM_BYTES = 320;
/** What is copied at once: it is still in the processor's cache when it is summed. */
const PIECE_BYTES = 224 * 1024;

/** `null` where the platform refuses it. */
let engine: CrcInstance | null | undefined;

/**
 * The CRC-32C (Castagnoli) of bytes, unsigned.
 *
 * @param seed The checksum of what comes before them. @default 0
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  if (bytes.length < WASM_BYTES) return js.buf(bytes, seed) >>> 0;
  if (engine === undefined) engine = newCrcInstance();
  return engine === null ? js.buf(bytes, seed) >>> 0 : runEngine(engine, bytes, seed);
}

/**
 * A function that gives the register after the bytes `[start, start + length)` of what was handed over here, until
 * anything else is computed: many short checksums for one copy. `undefined` where that cannot be had.
 */
export function crcParts(bytes: Uint8Array, length: number): CrcInstance["update"] | undefined {
  if (engine === undefined) engine = newCrcInstance();
  if (engine === null || length > engine.input.length) return undefined;
  engine.input.set(length === bytes.length ? bytes : bytes.subarray(0, length));
  return engine.update;
}

function runEngine({ update, input }: CrcInstance, bytes: Uint8Array, seed: number): number {
  let register = ~seed;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const whole = at === 0 && bytes.length <= PIECE_BYTES;
    const piece = whole ? bytes : bytes.subarray(at, at + PIECE_BYTES);
    input.set(piece);
    register = update(0, piece.length, register);
  }
  return ~register >>> 0;
}
