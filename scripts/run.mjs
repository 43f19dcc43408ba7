// How the scripts of this folder start other programs. Nothing but Node and npm is taken for granted.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Programs started here report nothing to anyone. */
const quiet = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

/**
 * Runs `command` in the top folder with this terminal as its output, and tells its exit code.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment] added to this process's own
 * @returns {number}
 */
export function tryRun(command, args, environment = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...quiet, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
    // npx is a batch file on Windows.
    shell: process.platform === "win32",
  });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/**
 * As {@link tryRun}, and ends this process when the command fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment]
 */
export function run(command, args, environment = {}) {
  const code = tryRun(command, args, environment);
  if (code !== 0) process.exit(code);
}

/**
 * What npx needs to run the pnpm that `packageManager` names, followed by `args`.
 *
 * @param {readonly string[]} args
 * @returns {string[]}
 */
export function pnpm(args) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return ["-y", manifest.packageManager, ...args];
}

/** Brings `node_modules` to the state of the lockfile; half a second when it is there already. */
export function install() {
  // CI=true: a folder made by another package manager is replaced without a question.
  run("npx", pnpm(["install", "--frozen-lockfile"]), { CI: "true" });
}

/** Builds every package, example and benchmark that changed since the last build. */
export function build() {
  run("npx", pnpm(["exec", "turbo", "run", "build", "--output-logs=new-only"]));
}
