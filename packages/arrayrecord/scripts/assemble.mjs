import { readFileSync } from "node:fs";
import wabt from "wabt";
import { wasmSource } from "../../../scripts/wasm-source.mjs";

const text = new URL("../src/highwayhash/highwayhash.wat", import.meta.url);

/** Where the assembled module is kept. */
export const target = new URL("../src/highwayhash/wasm-module.ts", import.meta.url);

/**
 * The source file that holds the module of `highwayhash.wat`.
 *
 * @returns {Promise<string>}
 */
export async function assemble() {
  const { parseWat } = await wabt();
  const features = { simd: true };
  const module = parseWat("highwayhash.wat", readFileSync(text, "utf8"), features);
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  return wasmSource("highwayhash.wat", buffer);
}
