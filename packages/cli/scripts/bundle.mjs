// Puts the program and the packages of this workspace that it needs into few files: a start loads one or two of them, where
// it would load two hundred. What others wrote stays outside, and is named in the manifest.
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/**
 * Leaves everything outside that is no package of this workspace, and sees to it that the manifest names it.
 *
 * @type {import("esbuild").Plugin}
 */
const strangers = {
  name: "strangers",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind, importer }) => {
      if (kind === "entry-point" || path.startsWith("@nthrec/")) return undefined;
      if (path.startsWith("node:")) return { external: true };
      const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
      if (manifest.dependencies[name] === undefined) {
        return { errors: [{ text: `${name}, which ${importer} needs, is not in the manifest` }] };
      }
      return { external: true };
    });
  },
};

rmSync(new URL("../dist/bundle", import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: ["dist/main.js"],
  outdir: "dist/bundle",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  legalComments: "none",
  logLevel: "error",
  plugins: [strangers],
});
