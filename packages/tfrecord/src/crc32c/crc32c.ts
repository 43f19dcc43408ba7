import js from "crc-32/crc32c.js";
import { WASM_BASE64 } from "./wasm-module.ts";

/** From here on copying the bytes to the module costs less than it saves. */
const WASM_BYTES = 320;

/** What the module of `crc32c.wat` exports. */
interface CrcModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Where the data lie in its memory. */
  readonly data: { readonly value: number };
  update(length: number, register: number): number;
}

/** The module at work: its `update`, and its memory for data. */
interface CrcEngine {
  readonly update: CrcModule["update"];
  readonly input: Uint8Array;
}

/** WebAssembly as far as it is used here; the library of this package's declarations has the DOM, Node's has not. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

/** `null` where the platform refuses it. */
let engine: CrcEngine | null | undefined;

/**
 * The CRC-32C (Castagnoli) of bytes, unsigned.
 *
 * @param seed The checksum of what comes before them. @default 0
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  if (bytes.length < WASM_BYTES) return js.buf(bytes, seed) >>> 0;
  if (engine === undefined) engine = loadEngine();
  return engine === null ? js.buf(bytes, seed) >>> 0 : runEngine(engine, bytes, seed);
}

function runEngine({ update, input }: CrcEngine, bytes: Uint8Array, seed: number): number {
  let register = ~seed;
  for (let at = 0; at < bytes.length; at += input.length) {
    const whole = at === 0 && bytes.length <= input.length;
    const piece = whole ? bytes : bytes.subarray(at, at + input.length);
    input.set(piece);
    register = update(piece.length, register);
  }
  return ~register >>> 0;
}

/** Starts the module. A platform without SIMD, or a page whose policy forbids WebAssembly, throws. */
function loadEngine(): CrcEngine | null {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
    const binary = Uint8Array.from(atob(WASM_BASE64), (char) => char.charCodeAt(0));
    const { update, memory, data } = new Instance(new Module(binary)).exports as CrcModule;
    return { update, input: new Uint8Array(memory.buffer, data.value) };
  } catch {
    return null;
  }
}
