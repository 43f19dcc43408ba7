import { build } from "esbuild";

/** A program as a browser loads it. */
export interface Bundle {
  /** Text of each file, by its name; the first one is the program, the others are loaded by it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Sources that went in, from the top of the project. */
  readonly inputs: readonly string[];
  /** What it would have to load from elsewhere. */
  readonly missing: readonly string[];
}

/** Bundles a program with the built packages, as their users do. */
export function bundlePage(path: string): Promise<Bundle> {
  return bundle({ entryPoints: [path] });
}

/** Bundles a program of one line, which finds what the folder `from` can import. */
export function bundleLine(code: string, from: string): Promise<Bundle> {
  return bundle({ stdin: { contents: code, resolveDir: from, sourcefile: "line.js" } });
}

async function bundle(entry: Parameters<typeof build>[0]): Promise<Bundle> {
  const { outputFiles = [], metafile } = await build({
    ...entry,
    bundle: true,
    splitting: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const imports = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.imports);
  return {
    files: new Map(
      outputFiles.map(({ path, contents }) => [path.replace(/.*[/\\]/, ""), contents]),
    ),
    inputs: Object.keys(metafile?.inputs ?? {}),
    missing: imports.filter(({ external }) => external === true).map(({ path }) => path),
  };
}
