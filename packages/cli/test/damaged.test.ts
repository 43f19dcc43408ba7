import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vectors } from "./support/files.ts";
import { nthrec } from "./support/nthrec.ts";

/** What the command line says of every file in a folder: the exit code and the messages of `verify` and of `cat`. */
async function verdicts(folder: string, args: readonly string[]): Promise<string> {
  const blocks: string[] = [];
  const names = readdirSync(folder, { withFileTypes: true })
    // A blob is a folder; a folder of blobs is more than one of them.
    .filter((each) => each.isFile() || existsSync(join(folder, each.name, ".stat")))
    .map((each) => each.name)
    .sort();
  for (const name of names) {
    if (/\.(?:idx|json)$/.test(name)) continue;
    const path = join(folder, name);
    const verified = await nthrec(["verify", ...args, path]);
    const read = await nthrec(["cat", ...args, "--index", "memory", path]);
    blocks.push(
      `== ${name}\n`,
      ...[`verify: ${verified.code}\n`, verified.out, verified.err],
      ...[`cat: ${read.code}, ${read.out.split("\n").length - 1} lines\n`, read.err],
    );
  }
  return blocks.join("").replaceAll(folder, "…");
}

test.each([
  ["tfrecord", "tfrecord/damaged", ["--type", "tfrecord"]],
  ["jsonl", "megstore", []],
  ["msgpack", "megstore", []],
  ["tensorblob", "tensorblob", []],
] as const)(
  "every damaged file of %s has its exit code and its message",
  { timeout: 60_000 },
  async (packageName, folder, args) => {
    const found = await verdicts(join(vectors(packageName), folder), args);
    await expect(found).toMatchFileSnapshot(`damaged/${packageName}.txt`);
  },
);
