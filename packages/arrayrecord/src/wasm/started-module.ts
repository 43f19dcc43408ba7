/** WebAssembly as far as it is used here; the library of this package's declarations has the DOM, Node's has not. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

/** The memory of a module. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE_BYTES = 65536;
/** More memory than this goes with the instance that needed it: none can be given back. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * A module that is compiled once, when it is first wanted; where the platform refuses it, a page whose policy forbids WebAssembly
 * or one without SIMD, there is none.
 */
export class StartedModule<Exports extends { readonly memory: WasmMemory }> {
  readonly #base64: string;
  #module: object | null | undefined;
  #instance: Exports | undefined;

  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** An instance with at least so many bytes of memory, which the next call may answer again; `undefined` if there can be none. */
  withMemory(bytes: number): Exports | undefined {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmApi };
    try {
      this.#module ??= new WebAssembly.Module(
        Uint8Array.from(atob(this.#base64), (char) => char.charCodeAt(0)),
      );
      const kept = this.#instance;
      const instance =
        kept !== undefined && kept.memory.buffer.byteLength <= KEPT_BYTES
          ? kept
          : (new WebAssembly.Instance(this.#module).exports as Exports);
      this.#instance = instance;
      const missing = bytes - instance.memory.buffer.byteLength;
      if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE_BYTES));
      return instance;
    } catch {
      return undefined;
    }
  }
}
