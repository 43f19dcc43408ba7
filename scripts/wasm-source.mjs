/**
 * The source file that holds an assembled WebAssembly module, as a package keeps it.
 *
 * @param {string} text name of the file that it was assembled from
 * @param {Uint8Array} module
 * @returns {string}
 */
export function wasmSource(text, module) {
  const base64 = Buffer.from(module).toString("base64");
  const lines = base64.match(/.{1,92}/g) ?? [];
  return [
    `// Assembled from ${text} by \`pnpm run build:wasm\`; do not edit.`,
    "",
    "/** The WebAssembly module, in base64. */",
    "export const WASM_BASE64: string =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}
