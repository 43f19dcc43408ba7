// What an import costs in a browser: bundled, minified and gzipped, with no node:* and no Node twin in it. Compares it with the
// table in docs/sizes.md and fails where that is no longer true; --write writes the table anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./run.mjs";

/** Imports by the package that a user installs for them: everything it exports first, then what most programs need. */
const shapes = {
  core: ["*", "isNthrecError", "BaseIndexedReader", "BaseIndexedWriter"],
  "core/keys": ["keyed"],
  "core/order": ["*"],
  "core/shards": ["openShards"],
  jsonl: ["*", "JsonlReader", "TextReader", "JsonlWriter", "JsonlReader, JsonlWriter"],
  msgpack: ["*", "MsgpackReader", "MsgpackWriter", "MsgpackReader, MsgpackWriter"],
  tfrecord: [
    "*",
    "TFRecordReader",
    "TFRecordWriter",
    "decodeExample",
    "TFRecordReader, decodeExample",
  ],
  arrayrecord: ["*", "ArrayRecordReader", "ArrayRecordWriter"],
  tensorblob: ["*", "TensorBlobReader", "TensorBlobWriter", "decodeNpy"],
};

/** What an import may weigh at most, in bytes after gzip: before anything runs, and all of it, whatever the table says. */
const limits = new Map([
  ["core: isNthrecError", { first: 1_000, all: 1_000 }],
  ["jsonl: JsonlReader", { first: 26_400, all: 29_600 }],
  ["jsonl: TextReader", { first: 25_400, all: 28_600 }],
  ["jsonl: JsonlReader, JsonlWriter", { first: 40_400, all: 43_300 }],
]);

/** By how much a size may differ from the table: a compiler's update moves a few bytes. */
const TOLERANCE = 0.05;

const page = join(root, "docs/sizes.md");
const [BEGIN, END] = ["<!-- sizes: begin -->", "<!-- sizes: end -->"];

/** @typedef {{ first: number, all: number, minified: number }} Weight */

/** @type {Map<string, Weight>} */
const weights = new Map();
for (const [name, imports] of Object.entries(shapes)) {
  for (const names of imports) weights.set(`${name}: ${names}`, await weigh(name, names));
}
const failures = overLimits();
if (process.argv.includes("--write")) write();
else failures.push(...differences());
for (const [shape, { first, all }] of weights) {
  console.log(`${String(first).padStart(7)} of ${String(all).padStart(7)} bytes gzipped: ${shape}`);
}
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);

/**
 * Bundles an import into one file, and as a page would that splits off what is loaded later.
 *
 * @param {string} name the package and its subpath
 * @param {string} names what is imported
 * @returns {Promise<Weight>}
 */
async function weigh(name, names) {
  const whole = await bundle(name, names, false);
  const split = await bundle(name, names, true);
  const [one] = whole.sizes.values();
  const { minified = 0, gzipped: all = 0 } = one ?? {};
  const first = [...loadedAtOnce(split.outputs)].reduce(
    (sum, file) => sum + (split.sizes.get(file)?.gzipped ?? 0),
    0,
  );
  // Splitting keeps more of what is shared than one file does: of little it is not worth it.
  return { minified, all, first: Math.min(first, all) };
}

/**
 * @param {string} name
 * @param {string} names
 * @param {boolean} splitting
 */
async function bundle(name, names, splitting) {
  const from = `"@nthrec/${name}"`;
  const code =
    names === "*"
      ? `import * as all from ${from}; globalThis.used = all;`
      : `import { ${names} } from ${from}; globalThis.used = [${names}];`;
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: join(root, "packages", name.replace(/\/.*/, "")) },
    bundle: true,
    splitting,
    outdir: "/out",
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  checkForBrowsers(`${name}: ${names}`, metafile);
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [
      plain(path),
      { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length },
    ]),
  );
  return { sizes, outputs: metafile.outputs };
}

/** @param {string} path */
function plain(path) {
  return path.replace(/.*[/\\]/, "");
}

/**
 * The files of a bundle without which nothing of it runs.
 *
 * @param {import("esbuild").Metafile["outputs"]} outputs
 */
function loadedAtOnce(outputs) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [plain(path), output]));
  const [entry = ""] = [...byName].find(([, output]) => output.entryPoint === "<stdin>") ?? [];
  const found = new Set([entry]);
  for (const name of found) {
    for (const { path, kind } of byName.get(name)?.imports ?? []) {
      if (kind === "import-statement") found.add(plain(path));
    }
  }
  return found;
}

/**
 * @param {string} shape
 * @param {import("esbuild").Metafile} metafile
 */
function checkForBrowsers(shape, metafile) {
  const twins = Object.keys(metafile.inputs).filter((path) =>
    /[/\\]platform[/\\]node[/\\]/.test(path),
  );
  const outside = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.filter(({ external }) => external === true).map(({ path }) => path),
  );
  const strangers = [...twins, ...outside];
  if (strangers.length > 0) throw new Error(`${shape}: the bundle needs ${strangers.join(", ")}`);
}

function overLimits() {
  return [...limits].flatMap(([shape, limit]) => {
    const weight = weights.get(shape);
    const { first, all } = weight ?? { first: Number.NaN, all: Number.NaN };
    if (first <= limit.first && all <= limit.all) return [];
    return [
      `${shape} weighs ${first} of ${all} bytes, and may weigh ${limit.first} of ${limit.all}`,
    ];
  });
}

/** Lines of the table that are no longer true. */
function differences() {
  const written = new Map(
    [...tableOf(readFileSync(page, "utf8")).matchAll(/^\| `(.+?)` \| (.+) \|$/gm)].map((row) => [
      row[1],
      String(row[2])
        .split(" | ")
        .map((size) => Number(size.replaceAll(",", ""))),
    ]),
  );
  const advice = "node scripts/check-sizes.mjs --write writes the table";
  const wrong = [...weights].flatMap(([shape, { minified, all, first }]) => {
    const known = written.get(shape);
    written.delete(shape);
    const same =
      known !== undefined && [minified, all, first].every((size, i) => isNear(size, known[i]));
    return same
      ? []
      : [
          `docs/sizes.md says ${known ?? "nothing"} of ${shape}, which weighs ${minified}, ${all}, ${first}: ${advice}`,
        ];
  });
  return [
    ...wrong,
    ...[...written.keys()].map(
      (shape) => `docs/sizes.md has ${shape}, which is not weighed: ${advice}`,
    ),
  ];
}

/**
 * @param {number} size
 * @param {number | undefined} known
 */
function isNear(size, known) {
  return known !== undefined && Math.abs(size - known) <= Math.max(known * TOLERANCE, 16);
}

function write() {
  const grouped = (/** @type {number} */ size) =>
    String(size).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const rows = [...weights].map(
    ([shape, { minified, all, first }]) =>
      `| \`${shape}\` | ${[minified, all, first].map(grouped).join(" | ")} |`,
  );
  const table = [
    "| import | minified | gzipped | of that at once |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(page, `${text.slice(0, before)}\n\n${table}\n\n${text.slice(after)}`);
}

/** @param {string} text */
function tableOf(text) {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`${page} has no place for the table`);
  return text.slice(from + BEGIN.length, to);
}
