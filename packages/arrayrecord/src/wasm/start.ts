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

/** Bytes that memory grows by. */
export const PAGE_BYTES = 65536;

/** Compiles a module. @throws where the platform refuses WebAssembly, or has no SIMD */
export function compile(base64: string): object {
  return new (api().Module)(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

/** What a new instance of a compiled module exports. @throws where the platform refuses WebAssembly */
export function instantiate<Exports>(module: object): Exports {
  return new (api().Instance)(module).exports as Exports;
}

function api(): WasmApi {
  return (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
}
