// Makes what the page loads, in dist/page: the program, in pieces, and the WebAssembly file of ArrayRecord's brotli decoder,
// which the bundled code looks for beside itself. A page that writes zstd needs zstd-wasm's, too.
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "page");
await build({
  entryPoints: [join(import.meta.dirname, "..", "src", "page.ts")],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: folder,
});

// It is installed for ArrayRecord, and need not be found from here.
const { resolve } = createRequire(fileURLToPath(import.meta.resolve("@nthrec/arrayrecord")));
copyFileSync(resolve("brotli-dec-wasm/web/bg.wasm"), join(folder, "brotli_dec_wasm_bg.wasm"));
