import { readFileSync } from "node:fs";
import wabt from "wabt";
import { wasmSource } from "../../../scripts/wasm-source.mjs";

const text = new URL("../src/crc32c/crc32c.wat", import.meta.url);

/** Where the assembled module is kept. */
export const target = new URL("../src/crc32c/wasm-module.ts", import.meta.url);

/**
 * The source file that holds the module of `crc32c.wat`.
 *
 * @returns {Promise<string>}
 */
export async function assemble() {
  const { parseWat } = await wabt();
  const features = { simd: true, bulk_memory: true };
  const module = parseWat("crc32c.wat", readFileSync(text, "utf8"), features);
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  return wasmSource("crc32c.wat", buffer);
}
