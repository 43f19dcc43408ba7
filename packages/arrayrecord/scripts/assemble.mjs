import { readFileSync } from "node:fs";
import wabt from "wabt";

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
  const lines =
    Buffer.from(buffer)
      .toString("base64")
      .match(/.{1,92}/g) ?? [];
  return [
    "// Assembled from highwayhash.wat by `pnpm run build:wasm`; do not edit.",
    "",
    "/** The WebAssembly module, in base64. */",
    "export const WASM_BASE64: string =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}
