import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { tempFolder } from "./temp.ts";

/** How a child process ended. */
export interface ChildEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of its own on the sources under test; `body` may import them as `nthrec`. */
export function runChild(body: string, ...args: string[]): ChildEnd {
  const file = join(tempFolder(), "child.mjs");
  buildSync({
    stdin: { contents: body, resolveDir: import.meta.dirname, loader: "ts" },
    alias: { nthrec: join(import.meta.dirname, "..", "..", "src", "index.ts") },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@nthrec/source", "node"],
    outfile: file,
    logLevel: "error",
  });
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, signal, stdout, stderr };
}
