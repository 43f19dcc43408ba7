// Who may import whom. Inside core a room may look down, never up or sideways; a format package moves no bytes itself.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/**
 * @typedef {object} SourceFile
 * @property {string} path from the top of the project, with forward slashes
 * @property {string} text
 */

/**
 * @typedef {object} Import
 * @property {string | undefined} specifier undefined when it is computed
 * @property {boolean} typeOnly
 * @property {number} line from 1
 */

/** The rooms of core from the ground up; rooms of one floor do not know each other. */
export const floors = [
  ["errors.ts", "types.ts"],
  ["bytes"],
  ["source", "sink"],
  ["store"],
  ["platform"],
  ["plan"],
  ["resolve"],
  ["offsets"],
  ["journal"],
  ["reader"],
  ["writer"],
  ["keys", "shards", "order"],
  ["index.ts"],
];

/** A stranger to core: it sees what every user sees. */
const testkit = "testkit";

/**
 * Every breach of the rules in `files`, one sentence each.
 *
 * @param {readonly SourceFile[]} files
 * @param {(packageName: string) => readonly string[]} dependenciesOf what the package's manifest lists as needed at run time
 * @returns {string[]}
 */
export function violations(files, dependenciesOf) {
  const found = [];
  for (const file of files) {
    const [, packageName, inside] = /^packages\/([^/]+)\/src\/(.+)$/.exec(file.path) ?? [];
    if (packageName === undefined || inside === undefined) continue;
    const code = withoutComments(file.text);
    for (const each of importsOf(code)) {
      const reason =
        packageName === "core"
          ? coreReason(inside, each)
          : packageName === "cli"
            ? programReason(inside, each, dependenciesOf(packageName))
            : formatReason(inside, each, dependenciesOf(packageName));
      if (reason !== undefined) {
        found.push(`${file.path}:${each.line}: ${describe(each)}: ${reason}`);
      }
    }
    if (packageName !== "core") found.push(...fetches(file.path, code));
  }
  return found;
}

/**
 * @param {string} inside path below `packages/core/src`
 * @param {Import} each
 * @returns {string | undefined} why it is not allowed
 */
function coreReason(inside, each) {
  const { specifier } = each;
  const from = roomOf(inside);
  if (from !== testkit && floorOf(from) === -1) return `"${from}" is no room of core`;
  if (specifier === undefined) return "a computed import cannot be checked";
  if (specifier.startsWith("node:")) return nodeReason(inside);
  if (from === testkit) return testkitReason(inside, specifier);
  if (specifier === "#platform") return lookReason(from, "platform");
  if (!specifier.startsWith(".")) return "core has no dependencies";
  const to = posix.join(posix.dirname(inside), specifier);
  if (to.startsWith("..")) return "it leads out of the package's sources";
  return lookReason(from, roomOf(to)) ?? twinReason(inside, to);
}

/**
 * @param {string} from
 * @param {string} to
 */
function lookReason(from, to) {
  if (from === to) return undefined;
  const [low, high] = [floorOf(to), floorOf(from)];
  if (low === -1) return `"${to}" is no room of core, or not open to "${from}"`;
  // errors.ts and types.ts are single files of one room, the ground.
  if (low === 0 && high === 0) return undefined;
  if (low < high) return undefined;
  return low === high
    ? `"${from}" and "${to}" are on one floor`
    : `"${from}" is below "${to}" and must not look up`;
}

/**
 * Only `#platform` chooses between the twins.
 *
 * @param {string} inside
 * @param {string} to
 */
function twinReason(inside, to) {
  const twin = (/** @type {string} */ path) => /^platform\/(node|browser)\//.exec(path)?.[1];
  if (twin(to) === undefined || twin(to) === twin(inside)) return undefined;
  return "a twin is reached as #platform";
}

/**
 * @param {string} inside
 * @param {string} specifier
 */
function testkitReason(inside, specifier) {
  if (specifier === "@nthrec/core") return undefined;
  const stranger = `the test kit knows core's door ("@nthrec/core", index.ts) and nothing else`;
  if (!specifier.startsWith(".")) return stranger;
  const to = posix.join(posix.dirname(inside), specifier);
  return to === "index.ts" || roomOf(to) === testkit ? undefined : stranger;
}

/**
 * @param {string} inside
 * @param {Import} each
 * @param {readonly string[]} dependencies
 * @returns {string | undefined}
 */
function formatReason(inside, { specifier }, dependencies) {
  if (specifier === undefined) return "a computed import cannot be checked";
  if (specifier.startsWith("node:")) return nodeReason(inside);
  if (specifier.startsWith("#")) return undefined;
  if (specifier.startsWith(".")) {
    const to = posix.join(posix.dirname(inside), specifier);
    return to.startsWith("..") ? "it leads out of the package's sources" : twinReason(inside, to);
  }
  const [scope = "", name = ""] = specifier.split("/");
  const needed = scope.startsWith("@") ? `${scope}/${name}` : scope;
  if (!dependencies.includes(needed)) return `${needed} is not among the package's dependencies`;
  if (needed.startsWith("@nthrec/") && needed !== "@nthrec/core") {
    return "a format knows core and no other format";
  }
  return undefined;
}

/**
 * The command line is a program: it runs in Node, and knows every format.
 *
 * @param {string} inside
 * @param {Import} each
 * @param {readonly string[]} dependencies
 * @returns {string | undefined}
 */
function programReason(inside, { specifier }, dependencies) {
  // A plugin's module is what the user names.
  if (specifier === undefined || specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(".")) {
    const to = posix.join(posix.dirname(inside), specifier);
    return to.startsWith("..") ? "it leads out of the package's sources" : undefined;
  }
  const [scope = "", name = ""] = specifier.split("/");
  const needed = scope.startsWith("@") ? `${scope}/${name}` : scope;
  return dependencies.includes(needed)
    ? undefined
    : `${needed} is not among the package's dependencies`;
}

/** @param {string} inside */
function nodeReason(inside) {
  return inside.startsWith("platform/node/")
    ? undefined
    : "only src/platform/node may import node:*";
}

/**
 * @param {string} path
 * @param {string} code
 */
function fetches(path, code) {
  return [...code.matchAll(/(?<![\w#.]|function )(?:globalThis\s*\.\s*)?fetch\s*\(/g)].map(
    (match) => `${path}:${lineAt(code, match.index)}: fetch(): a format asks core for its bytes`,
  );
}

/** @param {string} inside */
function roomOf(inside) {
  return inside.split("/")[0] ?? inside;
}

/** @param {string} room */
function floorOf(room) {
  return floors.findIndex((floor) => floor.includes(room));
}

/** @param {Import} each */
function describe({ specifier, typeOnly }) {
  return `import ${typeOnly ? "type " : ""}${specifier === undefined ? "(…)" : `"${specifier}"`}`;
}

/**
 * The static and dynamic imports and re-exports in `code`, which has no comments.
 *
 * @param {string} code
 * @returns {Import[]}
 */
export function importsOf(code) {
  const statements =
    /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*{][^;"'`()=]*?\s*from\s*)?(?<quote>["'])(?<name>[^"'\n]+)\k<quote>/gm;
  const calls = /(?<![\w.#])import\s*\(\s*(?:(?<quote>["'`])(?<name>[^"'`$\n]+)\k<quote>)?/g;
  return [...code.matchAll(statements), ...code.matchAll(calls)]
    .map((match) => ({
      specifier: match.groups?.["name"],
      typeOnly: match.groups?.["type"] !== undefined,
      line: lineAt(code, match.index),
    }))
    .sort((a, b) => a.line - b.line);
}

/**
 * @param {string} text
 * @param {number} position
 */
function lineAt(text, position) {
  return text.slice(0, position).split("\n").length;
}

/**
 * `text` with its comments blanked, lines kept. Strings are left alone, so that a URL in one is no comment.
 *
 * @param {string} text
 */
export function withoutComments(text) {
  const tokens =
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(tokens, (token) =>
    token.startsWith("/") ? token.replace(/[^\n]/g, " ") : token,
  );
}

/**
 * The sources of every package under `root`.
 *
 * @param {string} root
 * @returns {SourceFile[]}
 */
export function readSources(root) {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const below = `packages/${name}/src`;
    if (!existsSync(join(root, below))) return [];
    return readdirSync(join(root, below), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `${below}/${path.replaceAll("\\", "/")}`)
      .sort()
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  });
}

/**
 * A reader of the run-time dependencies in the manifests under `root`.
 *
 * @param {string} root
 * @returns {(packageName: string) => string[]}
 */
export function readDependencies(root) {
  return (packageName) => {
    const path = join(root, "packages", packageName, "package.json");
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(path, "utf8"));
    return [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  };
}
