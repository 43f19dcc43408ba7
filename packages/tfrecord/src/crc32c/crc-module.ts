import { WASM_BASE64 } from "./wasm-module.ts";

/** An instance of the module of `crc32c.wat`: checksums over a memory of its own. */
export interface CrcInstance {
  /** Its memory for data. */
  readonly input: Uint8Array;
  /** Where `walk` writes the ends of frames. */
  readonly ends: Uint32Array;
  /** The register after `length` bytes of `input` from `start` on, which are overwritten; so may be what is before. */
  readonly update: (start: number, length: number, register: number) => number;
  /** Checks the whole frames in `[from, end)` of `input`, as {@link FrameWindow.walk} says. */
  readonly walk: (from: number, end: number, heads: number) => number;
}

/** What the module exports. */
interface CrcExports extends Pick<CrcInstance, "update" | "walk"> {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Where the data lie in its memory. */
  readonly data: { readonly value: number };
}

/** WebAssembly as far as it is used here; the library of this package's declarations has the DOM, Node's has not. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

/** Where `crc32c.wat` writes the ends of frames, and how many of them find room. */
const ENDS_AT = 16384;
export const MOST_ENDS = 2048;

/** `null` where the platform refuses it. */
let module: object | null | undefined;

/** Starts the module; `null` where the platform has no SIMD, or a page's policy forbids WebAssembly. */
export function newCrcInstance(): CrcInstance | null {
  if (module === null) return null;
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
    module ??= new Module(Uint8Array.from(atob(WASM_BASE64), (char) => char.charCodeAt(0)));
    const { update, walk, memory, data } = new Instance(module).exports as CrcExports;
    const input = new Uint8Array(memory.buffer, data.value);
    return { update, walk, input, ends: new Uint32Array(memory.buffer, ENDS_AT, MOST_ENDS) };
  } catch {
    // Once an instance has started, only a lack of address space refuses the next.
    module ??= null;
    return null;
  }
}
