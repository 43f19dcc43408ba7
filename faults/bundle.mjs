// Makes the programs of this suite runnable: Node 20 runs no TypeScript, and what the suite shares with tests and
// examples (toy formats, the custom format) has no build of its own. Packages of ours come in as `npm run build` made
// them; bundled, a process that only lives to be killed starts in half the time.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const core = join(here, "..", "packages", "core");
const folder = join(here, "dist");

/** A source of core stands for what was built of it. */
const builtCore = {
  name: "built-core",
  /** @param {import("esbuild").PluginBuild} bundler */
  setup(bundler) {
    bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
      const source = resolve(resolveDir, path);
      if (!source.startsWith(join(core, "src"))) return undefined;
      const built = source.replace(join(core, "src"), join(core, "dist")).replace(/\.ts$/, ".js");
      if (!existsSync(built)) return { errors: [{ text: `${built} is missing: npm run build` }] };
      return { path: built };
    });
  },
};

/** Bundles the suite and its programs; answers the folder of the results. */
export async function bundle() {
  rmSync(folder, { recursive: true, force: true });
  const programs = readdirSync(join(here, "src", "programs")).filter((name) =>
    name.endsWith(".ts"),
  );
  await build({
    entryPoints: [
      join(here, "src", "main.ts"),
      join(here, "src", "soak.ts"),
      ...programs.map((name) => join(here, "src", "programs", name)),
    ],
    entryNames: "[name]",
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    plugins: [builtCore],
    logLevel: "warning",
  });
  return folder;
}
