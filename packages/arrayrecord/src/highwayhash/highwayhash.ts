import { compile, instantiate } from "../wasm/start.ts";
import { hashInHalves } from "./halves.ts";
import { WASM_BASE64 } from "./wasm-module.ts";

/** Up to here copying byte by byte costs less than a view to copy from. */
const SHORT_BYTES = 64;
/** Bytes that are copied and hashed at a time, a multiple of 32: they stay in the nearest cache in between. */
const PIECE_BYTES = 16 * 1024;
const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
/** What `update` is told: the first bytes, the last ones. */
const FIRST = 1;
const LAST = 2;

/** What the module of `highwayhash.wat` exports. */
interface HashModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Where the data lie in its memory. */
  readonly data: { readonly value: number };
  update(length: number, how: number): void;
}

/** The module at work. */
interface HashEngine {
  readonly update: HashModule["update"];
  readonly input: Uint8Array;
  /** The hash, low half first. */
  readonly output: Uint32Array;
}

/** `null` where the platform refuses it. */
let engine: HashEngine | null | undefined;

/**
 * Writes the HighwayHash-64 of `bytes[start, end)` under Riegeli's key to `target` at `at`: 8 bytes, little-endian
 * (formats/arrayrecord.md 2.10).
 */
export function putHash(
  target: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): void {
  putHalves(target, at, hashOf(bytes, start, end));
}

/** {@link putHash} of two runs of bytes, one behind the other. */
export function putHashOfBoth(
  target: Uint8Array,
  at: number,
  first: Uint8Array,
  second: Uint8Array,
): void {
  if (engine === undefined) engine = loadEngine();
  const hash =
    engine === null ? hashInHalves(joined(first, second)) : runEngine(engine, first, second);
  putHalves(target, at, hash);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function putHalves(target: Uint8Array, at: number, hash: Uint32Array): void {
  const low = hash[0] as number;
  const high = hash[1] as number;
  for (let i = 0; i < 4; i++) {
    target[at + i] = low >>> (8 * i);
    target[at + 4 + i] = high >>> (8 * i);
  }
}

/** Tells whether the 8 bytes of `stored` at `at` are the hash of `bytes[start, end)`. */
export function hashMatches(
  stored: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): boolean {
  const hash = hashOf(bytes, start, end);
  return uint32(stored, at) === hash[0] && uint32(stored, at + 4) === hash[1];
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** The hash in two halves, the low one first; valid until the next call. */
function hashOf(bytes: Uint8Array, start: number, end: number): Uint32Array {
  if (engine === undefined) engine = loadEngine();
  if (engine === null) return hashInHalves(bytes, start, end);
  const length = end - start;
  if (length > SHORT_BYTES) {
    const whole = length === bytes.length;
    return runEngine(engine, whole ? bytes : bytes.subarray(start, end), NO_BYTES);
  }
  const { update, input, output } = engine;
  for (let i = 0; i < length; i++) input[i] = bytes[start + i] as number;
  update(length, FIRST | LAST);
  return output;
}

/** Bytes in the module's memory that it was not told of, and what it will be told with them. */
let filled = 0;
let how = FIRST;

function runEngine(at: HashEngine, first: Uint8Array, second: Uint8Array): Uint32Array {
  filled = 0;
  how = FIRST;
  feed(at, first);
  if (second.length > 0) feed(at, second);
  at.update(filled, how | LAST);
  return at.output;
}

/** Copies bytes into the module's memory, and hashes piece after piece; what does not fill one is left there. */
function feed({ update, input }: HashEngine, bytes: Uint8Array): void {
  const { length } = bytes;
  let at = 0;
  while (filled + length - at > PIECE_BYTES) {
    const end = at + PIECE_BYTES - filled;
    input.set(bytes.subarray(at, end), filled);
    update(PIECE_BYTES, how);
    how = 0;
    filled = 0;
    at = end;
  }
  if (length - at <= SHORT_BYTES) {
    for (let i = at; i < length; i++) input[filled++] = bytes[i] as number;
    return;
  }
  input.set(at === 0 ? bytes : bytes.subarray(at), filled);
  filled += length - at;
}

/** Starts the module. A platform without SIMD, or a page whose policy forbids WebAssembly, throws. */
function loadEngine(): HashEngine | null {
  try {
    const { update, memory, data } = instantiate<HashModule>(compile(WASM_BASE64));
    return {
      update,
      input: new Uint8Array(memory.buffer, data.value),
      output: new Uint32Array(memory.buffer, 128, 2),
    };
  } catch {
    return null;
  }
}
