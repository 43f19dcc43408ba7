import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
const mounts: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nthrec-places-"));
});
afterEach(() => {
  // Fails while a file is still open: whoever refuses to open lets go of everything.
  for (const point of mounts.splice(0).reverse()) execFileSync("umount", [point]);
  rmSync(folder, { recursive: true, force: true });
});

/** Mounts, which takes rights that not every machine gives. */
function mount(point: string, ...options: string[]): boolean {
  mkdirSync(point, { recursive: true });
  try {
    execFileSync("mount", [...options, point], { stdio: "ignore" });
    mounts.push(point);
    return true;
  } catch {
    return false;
  }
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ i })}\n`).join("");

describe("a full disk", () => {
  test("keeps the index in memory and leaves no half of it behind", (context) => {
    const disk = join(folder, "disk");
    if (!mount(disk, "-t", "tmpfs", "-o", "size=256k", "tmpfs")) return context.skip();
    const path = join(disk, "a.jsonl");
    writeFileSync(path, lines(14_000));
    for (let round = 0; round < 2; round++) {
      const reader = JsonlReader.openSync(path);
      expect(reader.length).toBe(14_000);
      expect(reader.getSync(13_999)).toEqual({ i: 13_999 });
      reader.closeSync();
      expect(readdirSync(disk)).toEqual(["a.jsonl"]);
    }
  });

  test("rejects the append that finds no room, and nothing else", async (context) => {
    const disk = join(folder, "disk");
    if (!mount(disk, "-t", "tmpfs", "-o", "size=256k", "tmpfs")) return context.skip();
    const path = join(disk, "a.jsonl");
    const writer = await JsonlWriter.open(path, { mode: "append" });
    const acknowledged: unknown[] = [];
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      // Small ones between large ones: there is room again and again.
      const value = { i, text: "x".repeat(i % 3 === 0 ? 5000 : 50) };
      try {
        await writer.append(value);
        acknowledged.push(value);
      } catch (error) {
        expect(error).toMatchObject({ code: "NTH_IO_ERROR", cause: { code: "ENOSPC" } });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    await writer.close();
    const reader = await JsonlReader.open(path);
    expect([...reader]).toEqual(acknowledged);
    expect((await reader.verify({ level: "full" })).ok).toBe(true);
    await reader.close();
  });
});

describe("a folder that cannot be written", () => {
  test("is read, and appending to it is refused with a code", async (context) => {
    const plain = join(folder, "plain");
    mkdirSync(plain);
    writeFileSync(join(plain, "a.jsonl"), lines(100));
    const readOnly = join(folder, "readonly");
    if (!mount(readOnly, "--bind", plain)) return context.skip();
    execFileSync("mount", ["-o", "remount,ro,bind", readOnly]);
    const path = join(readOnly, "a.jsonl");
    const reader = await JsonlReader.open(path);
    expect(await reader.get(99)).toEqual({ i: 99 });
    expect(reader.getSync(0)).toEqual({ i: 0 });
    await expect(JsonlWriter.open(path, { mode: "append" })).rejects.toMatchObject({
      code: "NTH_READONLY",
    });
    await expect(JsonlWriter.open(path)).rejects.toMatchObject({ code: "NTH_READONLY" });
    expect(readdirSync(readOnly)).toEqual(["a.jsonl"]);
    await reader.close();
  });
});

describe("two processes that open a file without an index at once", () => {
  test("both read right, and one index is left", { timeout: 60_000 }, async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, lines(300_000));
    const program = join(folder, "open.mjs");
    const source = fileURLToPath(new URL("../src/index.ts", import.meta.url));
    const { outputFiles } = await build({
      stdin: {
        contents: `import { JsonlReader } from ${JSON.stringify(source)};
          const reader = await JsonlReader.open(process.argv[2]);
          console.log(reader.length, (await reader.get(299_999)).i, reader.getSync(123_456).i);`,
        resolveDir: folder,
      },
      nodePaths: [fileURLToPath(new URL("../node_modules", import.meta.url))],
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      conditions: ["@nthrec/source"],
    });
    writeFileSync(program, outputFiles[0]?.contents ?? "");
    const answers = await Promise.all(Array.from({ length: 4 }, () => output(program, path)));
    expect(answers).toEqual(Array(4).fill("300000 299999 123456\n"));
    expect(readdirSync(folder).sort()).toEqual(["a.jsonl", "a.jsonl.idx", "open.mjs"]);
    const written = readFileSync(`${path}.idx`);
    rmSync(`${path}.idx`);
    JsonlReader.openSync(path).closeSync();
    expect(existsSync(`${path}.idx`) && readFileSync(`${path}.idx`).equals(written)).toBe(true);
  });
});

function output(program: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
    });
    child.on("error", reject);
    child.on("exit", () => resolve(text));
  });
}
