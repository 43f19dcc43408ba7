import { readFileSync } from "node:fs";
import wabt from "wabt";
import { wasmSource } from "../../../scripts/wasm-source.mjs";

/** The modules of this package, each in a folder of its name. */
export const modules = ["decompose", "highwayhash", "replay", "snappy"];

/**
 * Where an assembled module is kept.
 *
 * @param {string} name
 */
export function targetOf(name) {
  return new URL(`../src/${name}/wasm-module.ts`, import.meta.url);
}

/**
 * The source file that holds the module of `<name>.wat`.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export async function assemble(name) {
  const text = new URL(`../src/${name}/${name}.wat`, import.meta.url);
  const { parseWat } = await wabt();
  const features = { simd: true, bulk_memory: true };
  const module = parseWat(`${name}.wat`, readFileSync(text, "utf8"), features);
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  return wasmSource(`${name}.wat`, buffer);
}
