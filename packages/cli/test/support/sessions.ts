import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One command of a session in a text, and what the text says that it prints. */
export interface Step {
  readonly command: string;
  readonly printed: string;
  readonly line: number;
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The commands in the blocks marked `console` of a text, in order. */
export function stepsOf(path: string): Step[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap((block) => {
    const first = text.slice(0, block.index).split("\n").length + 1;
    return stepsIn(block[1] as string, first);
  });
}

function stepsIn(block: string, first: number): Step[] {
  const steps: { command: string; printed: string; line: number }[] = [];
  for (const [i, line] of block.split("\n").slice(0, -1).entries()) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), printed: "", line: first + i });
    else if (steps.length > 0) (steps.at(-1) as { printed: string }).printed += `${line}\n`;
  }
  return steps;
}

/** A shell in a folder, in which `nthrec` is this package as it is built. */
export class Session {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = join(folder, "here");
    const bin = join(folder, "bin");
    mkdirSync(this.#folder);
    mkdirSync(bin);
    const main = join(root, "packages/cli/dist/main.js");
    writeFileSync(join(bin, "nthrec"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(join(bin, "nthrec"), 0o755);
    this.#path = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  }

  /** Runs one command; answers what it prints, standard error included. */
  run(command: string): string {
    const { stdout, error } = spawnSync("sh", ["-c", `exec 2>&1\n${command}`], {
      cwd: this.#folder,
      env: { ...process.env, PATH: this.#path },
      encoding: "utf8",
    });
    if (error !== undefined) throw error;
    return stdout;
  }
}
