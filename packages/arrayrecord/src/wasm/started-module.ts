import { compile, instantiate, PAGE_BYTES, type WasmMemory } from "./start.ts";

/** More memory than this goes with the instance that needed it: none can be given back. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * A module that is compiled once, when it is first wanted; where the platform refuses it, a page whose policy forbids WebAssembly
 * or one without SIMD, there is none.
 */
export class StartedModule<Exports extends { readonly memory: WasmMemory }> {
  readonly #base64: string;
  #module: object | undefined;
  #instance: Exports | undefined;

  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** An instance with at least so many bytes of memory, which the next call may answer again; `undefined` if there can be none. */
  withMemory(bytes: number): Exports | undefined {
    try {
      this.#module ??= compile(this.#base64);
      const kept = this.#instance;
      const instance =
        kept !== undefined && kept.memory.buffer.byteLength <= KEPT_BYTES
          ? kept
          : instantiate<Exports>(this.#module);
      this.#instance = instance;
      const missing = bytes - instance.memory.buffer.byteLength;
      if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE_BYTES));
      return instance;
    } catch {
      return undefined;
    }
  }
}
