// Puts the program, the packages of this workspace that it needs, and the parser of its arguments into few files: a start loads
// two of them, where it would load two hundred. They are CommonJS, which Node loads at once, one after another, and with less
// code of its own. What others wrote stays outside, and is named in the manifest, but for the parser, which every start needs.
import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = fileURLToPath(new URL("..", import.meta.url));
const place = (/** @type {string} */ path) => realpathSync(new URL(`../${path}`, import.meta.url));
const manifest = JSON.parse(readFileSync(place("package.json"), "utf8"));
const output = fileURLToPath(new URL("../dist/bundle", import.meta.url));

/** What lies in the one file that every start loads, with all that it imports: a look at lines needs nothing else. */
const atStart = [
  "dist/start.js",
  "dist/commands/count.js",
  "dist/commands/get.js",
  "dist/commands/info.js",
  "node_modules/@nthrec/jsonl/dist/index.js",
].map(place);

/** The same with all that it imports, once that is known.
 * @type {Set<string> | undefined} */
let start;

rmSync(output, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: folder,
  input: "dist/main.js",
  platform: "node",
  preserveEntrySignatures: false,
  external: isOutside,
  plugins: [lateChildProcess()],
  // What a start needs is in its file already, whoever else imports it when it is needed.
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({
  dir: output,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name]-[hash].cjs",
  // Names stay, so that whoever reads a stack of calls finds them in the sources.
  minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ name: groupOf, debugName: "start" }],
  },
});
const parser = JSON.parse(readFileSync(place("node_modules/commander/package.json"), "utf8"));
const terms = readFileSync(place("node_modules/commander/LICENSE"), "utf8");
writeFileSync(
  `${output}/third-party.txt`,
  `The bundle holds commander ${parser.version}.\n\n${terms}`,
);

/**
 * Whether a module stays outside; the manifest must name what does.
 *
 * @param {string} specifier
 * @param {string | undefined} importer
 */
function isOutside(specifier, importer) {
  if (importer === undefined || /^(?:[./#\0]|@nthrec\/|commander$)/.test(specifier)) return false;
  if (specifier.startsWith("node:")) return true;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (manifest.dependencies[name] !== undefined) return true;
  throw new Error(`${name}, which ${importer} needs, is not in the manifest`);
}

/**
 * The group of a module: the start, or none, which leaves it to whoever loads it later.
 *
 * @param {string} id
 * @param {{ getModuleInfo(id: string): { importedIds: string[] } | null }} graph
 */
function groupOf(id, graph) {
  if (start === undefined) {
    start = new Set(atStart);
    for (const each of start) {
      for (const next of graph.getModuleInfo(each)?.importedIds ?? []) start.add(next);
    }
  }
  return start.has(id) || id.startsWith("\0rolldown") ? "start" : null;
}

/**
 * The parser can start programs, for commands that are files of their own. Here no command is, and loading what starts
 * programs would cost every start some milliseconds.
 *
 * @returns {import("rolldown").Plugin}
 */
function lateChildProcess() {
  const early = "const childProcess = require('node:child_process');";
  const late =
    "const childProcess = { spawn: (...all) => require('node:child_process').spawn(...all) };";
  return {
    name: "late-child-process",
    transform(code, id) {
      if (!/[\\/]commander[\\/]lib[\\/]command\.js$/.test(id)) return null;
      if (!code.includes(early)) throw new Error(`${id} has no line ${early}`);
      return code.replace(early, late);
    },
  };
}
