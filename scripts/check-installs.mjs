// Installs each package alone, from what a release would pack, into an empty project, as a user does: its README must run there,
// every entry must type-check with the checks of library files on, and its program must start. Needs no network: what others
// wrote is packed from this workspace.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { pnpm, root } from "./run.mjs";

/**
 * @typedef {{
 *   name: string, folder: string, tarball: string, dependencies: Record<string, string>,
 *   exports: Record<string, unknown>, bin: Record<string, string>,
 * }} Package
 */

/** What others wrote, by where this workspace has it.
 * @type {Map<string, Promise<Package>>} */
const others = new Map();
const work = mkdtempSync(join(tmpdir(), "nthrec-install-"));
let failed = 0;
try {
  const packages = await packAll();
  const waiting = packages.values();
  const lane = async () => {
    for (const each of waiting) await report(each, packages);
  };
  // As many as there are processors on the smallest machine that this runs on.
  await Promise.all([lane(), lane()]);
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);

/**
 * @param {Package} tested
 * @param {readonly Package[]} packages
 */
async function report(tested, packages) {
  const problems = await tryPackage(tested, packages);
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${tested.name}, installed alone`);
  for (const problem of problems) console.error(problem);
  failed += problems.length;
}

/** Packs every package, as a release does. */
async function packAll() {
  const target = join(work, "packed");
  const packing = ["--filter", "./packages/*", "-r", "pack", "--pack-destination", target];
  must(await start("npx", pnpm(packing), root), "pnpm pack");
  return readdirSync(join(root, "packages")).map((name) =>
    packedAs(join(root, "packages", name), target),
  );
}

/**
 * @param {string} folder
 * @param {string} target
 * @returns {Package}
 */
function packedAs(folder, target) {
  const manifest = manifestIn(folder);
  const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
  return {
    dependencies: {},
    bin: {},
    exports: {},
    ...manifest,
    folder,
    tarball: join(target, file),
  };
}

/**
 * @param {Package} tested
 * @param {readonly Package[]} packages
 */
async function tryPackage(tested, packages) {
  const project = join(work, tested.name.replace("/", "-"));
  mkdirSync(project);
  const blocks = blocksOf(readFileSync(join(tested.folder, "README.md"), "utf8"));
  // What the README imports besides, its reader installs as well.
  const wanted = new Set([tested.name, ...blocks.flatMap(({ code }) => importedFrom(code))]);
  await install(project, packages, wanted);
  const problems = [...(await typesOf(project, tested)), ...(await startsOf(project, tested))];
  for (const { line, code } of blocks) problems.push(...(await runBlock(project, line, code)));
  return problems.map((problem) => `  ${tested.name}: ${problem}`);
}

/**
 * Lets npm install tarballs: those that are wanted, and what their manifests name, nothing else.
 *
 * @param {string} project
 * @param {readonly Package[]} packages
 * @param {ReadonlySet<string>} wanted
 */
async function install(project, packages, wanted) {
  /** @type {Record<string, string>} */
  const dependencies = {};
  /** @param {string} name @param {string} from */
  const add = async (name, from) => {
    if (dependencies[name] !== undefined) return;
    const own = packages.find((each) => each.name === name) ?? (await packedOnce(name, from));
    dependencies[name] = `file:${own.tarball}`;
    for (const next of Object.keys(own.dependencies)) await add(next, own.folder);
  };
  for (const name of wanted) await add(name, root);
  const manifest = {
    name: "project",
    version: "1.0.0",
    private: true,
    type: "module",
    dependencies,
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  must(await start("npm", ["install", ...quiet], project), "npm install");
}

/**
 * @param {string} name
 * @param {string} from
 */
function packedOnce(name, from) {
  const folder = folderOf(name, from);
  const packing = others.get(folder) ?? packedOther(name, from);
  others.set(folder, packing);
  return packing;
}

/**
 * Packs what somebody else wrote, from where this workspace has it.
 *
 * @param {string} name
 * @param {string} from folder of the package that needs it
 * @returns {Promise<Package>}
 */
async function packedOther(name, from) {
  const folder = folderOf(name, from);
  const tarball = join(work, `${name.replace(/[@/]/g, "-")}.tgz`);
  const copy = join(work, "copies", name);
  cpSync(folder, join(copy, "package"), {
    recursive: true,
    filter: (path) => !path.slice(folder.length).includes("node_modules"),
  });
  must(await start("tar", ["-czf", tarball, "-C", copy, "package"], work), `packing ${name}`);
  const manifest = manifestIn(folder);
  return { bin: {}, exports: {}, dependencies: {}, ...manifest, folder, tarball };
}

/**
 * The folder of a package as another one sees it, whatever its `exports` hide.
 *
 * @param {string} name
 * @param {string} from
 */
function folderOf(name, from) {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  for (const place of places) {
    try {
      return realpathSync(join(place, name));
    } catch {
      // It lies further up.
    }
  }
  throw new Error(`${name}, which ${from} needs, is not installed`);
}

/**
 * What the compiler says of every entry, with nothing skipped. Only what is a program of Node's may need Node's types.
 *
 * @param {string} project
 * @param {Package} tested
 */
async function typesOf(project, { name, exports, bin }) {
  const forNode = Object.keys(bin).length > 0;
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const lines = entries.map((entry, i) => `export * as entry${i} from "${join(name, entry)}";`);
  writeFileSync(join(project, "types.ts"), lines.join("\n"));
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
    types: forNode ? ["node"] : [],
    typeRoots: [join(root, "node_modules/@types")],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["types.ts"] }),
  );
  const compiler = join(folderOf("typescript", root), "bin/tsc");
  const { status, output } = await start("node", [compiler, "-p", "tsconfig.json"], project);
  return status === 0 ? [] : [`its types: ${output}`];
}

/**
 * Whether the package's programs start.
 *
 * @param {string} project
 * @param {Package} tested
 */
async function startsOf(project, { name, bin }) {
  /** @type {string[]} */
  const problems = [];
  for (const [program, path] of Object.entries(bin)) {
    const file = join("node_modules", name, path);
    const { status, output } = await start("node", [file, "--version"], project);
    if (status !== 0 || !/^\d+\.\d+\.\d+\n$/.test(output)) problems.push(`${program}: ${output}`);
  }
  return problems;
}

/**
 * Runs one block of the README in a folder of its own.
 *
 * @param {string} project
 * @param {number} line
 * @param {string} code
 */
async function runBlock(project, line, code) {
  const folder = join(project, `line-${line}`);
  mkdirSync(folder);
  const program = join(folder, "block.mjs");
  writeFileSync(
    program,
    (await transform(code, { loader: "ts", format: "esm", target: "node20" })).code,
  );
  const { status, output } = await start("node", [program], folder);
  if (status !== 0) return [`README.md:${line}: ${output}`];
  const promised = [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(
    (match) => match[1],
  );
  const printed = output.split("\n");
  const wrong = promised.findIndex((text, i) => printed[i] !== text);
  return wrong === -1
    ? []
    : [`README.md:${line} printed ${printed[wrong]}, and promises ${promised[wrong]}`];
}

/** @param {string} text */
function blocksOf(text) {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    code: String(match[1]),
  }));
}

/** @param {string} code */
function importedFrom(code) {
  return [...code.matchAll(/(?:from|import\() ?"(@nthrec\/[a-z]+)/g)].map((match) =>
    String(match[1]),
  );
}

/**
 * @param {string} folder
 * @returns {{ name: string, version: string }}
 */
function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function start(command, args, cwd) {
  const shell = process.platform === "win32";
  const child = spawn(command, args, { cwd, shell, stdio: ["ignore", "pipe", "pipe"] });
  let [printed, told] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    told += text;
  });
  const [status] = await once(child, "close");
  return { status, output: printed + (status === 0 ? "" : told) };
}

/**
 * @param {{ status: number | null, output: string }} result
 * @param {string} what
 */
function must({ status, output }, what) {
  if (status !== 0) throw new Error(`${what} failed: ${output}`);
}
