// Packs the package in the current folder as a release would, and looks at the result as its users will.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pnpm, root } from "./run.mjs";

const folder = process.cwd();
const packed = mkdtempSync(join(tmpdir(), "nthrec-pack-"));
try {
  checkLeftovers();
  const tarball = pack();
  checkContents(tarball);
  step("node", [bin("publint/src/cli.js"), "--strict", tarball]);
  step("node", [bin("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "esm-only"]);
} finally {
  rmSync(packed, { recursive: true, force: true });
}

/** A renamed source leaves its old output behind, and a release would ship it. */
function checkLeftovers() {
  const old = readdirSync("dist", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".js"))
    .filter((path) => !existsSync(join("src", path.replace(/\.js$/, ".ts"))));
  if (old.length > 0) fail(`dist holds what src no longer has (remove dist and build): ${old}`);
}

function pack() {
  step("npx", pnpm(["pack", "--pack-destination", packed]));
  const [tarball, ...more] = readdirSync(packed);
  if (tarball === undefined || more.length > 0) fail("pnpm pack made no tarball, or several");
  return join(packed, String(tarball));
}

/** @param {string} tarball */
function checkContents(tarball) {
  const extracted = join(packed, "package");
  step("tar", ["-xzf", tarball, "-C", packed]);
  const files = readdirSync(extracted, { recursive: true, encoding: "utf8" });
  const strangers = files.filter((path) =>
    /tsbuildinfo$|tsconfig|(^|[\\/])(test|node_modules)([\\/]|$)/.test(path),
  );
  if (strangers.length > 0) fail(`the package ships ${strangers}`);
  const manifest = readFileSync(join(extracted, "package.json"), "utf8");
  if (manifest.includes("workspace:")) fail("a workspace: range is left in the packed manifest");
  for (const needed of ["README.md", "LICENSE"]) {
    if (!files.includes(needed)) fail(`the package lacks ${needed}`);
  }
}

/** @param {string} path below the project's node_modules */
function bin(path) {
  return join(root, "node_modules", path);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function step(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) fail(`${command} ${args[0]} ended with ${status}`);
}

/** @param {string} sentence */
function fail(sentence) {
  throw new Error(`${folder}: ${sentence}`);
}
