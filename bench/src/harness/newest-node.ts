import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../node_modules/.cache/bench/newest-node");
const binary = process.platform === "win32" ? "node.exe" : "node";
const program = join(folder, "node_modules", "node", "bin", binary);

/**
 * The newest Node that npm offers, or the one that `NTHREC_NEWEST_NODE` names: some libraries of ours are its own there.
 * `undefined`, and a line that says so, where it cannot be had.
 */
export function newestNode(): { readonly program: string; readonly version: string } | undefined {
  const named = process.env["NTHREC_NEWEST_NODE"];
  try {
    if (named === undefined && !existsSync(program)) install();
    const path = named ?? program;
    return { program: path, version: run(path, ["--version"]).trim() };
  } catch (error) {
    const [sentence] = String((error as Error).message).split("\n", 1);
    process.stderr.write(`left out: the newest Node, because npm did not give it: ${sentence}\n`);
    return undefined;
  }
}

function install(): void {
  mkdirSync(folder, { recursive: true });
  try {
    run("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "node@latest"]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function run(command: string, args: readonly string[]): string {
  const shell = process.platform === "win32" && command === "npm";
  return execFileSync(command, args, { encoding: "utf8", stdio: "pipe", shell });
}
