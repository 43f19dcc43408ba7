import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";

/** One block of TypeScript in a text that users read. */
export interface Snippet {
  /** File and line, as a test is called. */
  readonly name: string;
  readonly code: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** Every block marked `ts` of the READMEs and the documentation. */
export function snippets(): Snippet[] {
  return texts().flatMap((path) => blocksOf(path));
}

/** The blocks of one text that are marked with a language, in order. */
export function blocksOf(path: string, language = "ts"): Snippet[] {
  const text = tryRead(path) ?? "";
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...text.matchAll(block)].map((match) => ({
    name: `${relative(root, join(root, path))}:${text.slice(0, match.index).split("\n").length}`,
    code: match[1] as string,
  }));
}

/**
 * Runs a block as a program of its own in an empty folder; answers what it printed, line by line.
 * A block that fails throws with what it wrote to standard error.
 */
export async function runSnippet(snippet: Snippet): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-snippet-"));
  try {
    return await runSnippetIn(folder, snippet);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in a folder of the caller's, where what the block wrote is left. */
export async function runSnippetIn(folder: string, { code }: Snippet): Promise<string[]> {
  const file = join(folder, "snippet.mjs");
  writeFileSync(file, await bundle(code));
  // Threads look for the package that they were bundled from, which a user has installed: the command line has all of them.
  const env = { ...process.env, NODE_PATH: join(root, "packages", "cli", "node_modules") };
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env, timeout: 60_000 });
  return stdout.split("\n").slice(0, -1);
}

/** What a block says that it prints: the comments behind its calls of `console.log`. */
export function promisedOutput({ code }: Snippet): string[] {
  return [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(
    (match) => match[1] as string,
  );
}

/** Leads the names that a user would install to the sources of this workspace. */
const workspace: Plugin = {
  name: "workspace",
  setup({ onResolve }) {
    onResolve({ filter: /^@nthrec\// }, ({ path }) => {
      const [, name = "", ...sub] = path.split("/");
      const folder = join(root, "packages", name);
      const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return { path: join(folder, exports[[".", ...sub].join("/")]["@nthrec/source"]) };
    });
    // What a package depends on is where it was installed, and need not be fit for a bundle.
    onResolve({ filter: /^[a-z@]/ }, ({ path, importer }) => {
      if (importer === "" || importer === "<stdin>" || isBuiltin(path)) return undefined;
      return { path: createRequire(importer).resolve(path), external: true };
    });
  },
};

async function bundle(code: string): Promise<string> {
  const result = await build({
    stdin: { contents: code, loader: "ts", resolveDir: root },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@nthrec/source"],
    plugins: [workspace],
  });
  return result.outputFiles[0]?.text ?? "";
}

/** READMEs and documentation, from the top of the project. */
export function texts(): string[] {
  const readmes = ["packages", "examples"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name, "README.md")),
  );
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
    .map((name) => join("docs", name));
  return [
    "README.md",
    "CONTRIBUTING.md",
    join("examples", "README.md"),
    ...readmes,
    ...docs,
  ].filter((path) => tryRead(path) !== undefined);
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
