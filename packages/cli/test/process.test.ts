import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** What is published: made by the package's build, and not by the compiler alone. */
const bundle = fileURLToPath(new URL("../dist/bundle/main.cjs", import.meta.url));

describe("the program itself", { timeout: 60_000 }, () => {
  test("prints, reads standard input, and ends with its exit code", () => {
    const path = tempFile(rows(3));
    const run = (args: string[], input = "") => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
        input,
        encoding: "utf8",
      });
      return { status, stdout, stderr };
    };
    expect(run(["get", path, "-1"])).toEqual({ status: 0, stdout: '{"id":2}\n', stderr: "" });
    expect(run(["count", "-"], rows(4))).toEqual({ status: 0, stdout: "4\n", stderr: "" });
    expect(run(["verify", tempFile("{\n", "a.jsonl")]).status).toBe(3);
    expect(run(["index", "--check", tempFile(rows(1))]).status).toBe(4);
    expect(run(["no-such"]).status).toBe(2);
  });

  test.skipIf(!existsSync(bundle))("the bundle that is published does the same", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "a.jsonl"), rows(3));
    const tfrecord = new URL(
      "../../tfrecord/test/vectors/tfrecord/example_kinds.tfrecord",
      import.meta.url,
    );
    const formats = [join(folder, "a.jsonl"), fileURLToPath(tfrecord)];
    for (const args of [
      ["--version"],
      ["--help"],
      ["ls", folder],
      ...formats.map((path) => ["cat", "--index", "memory", path]),
    ]) {
      const [whole, parts] = [bundle, main].map((program) =>
        spawnSync(process.execPath, [program, ...args]),
      );
      expect(whole?.status, args.join(" ")).toBe(0);
      expect(whole?.stdout.equals(parts?.stdout as Buffer), args.join(" ")).toBe(true);
    }
  });

  test.skipIf(!existsSync(bundle))(
    "the bundle takes plugins that bring a core of their own",
    async () => {
      const folder = tempFolder();
      const outfile = join(folder, "plugin.mjs");
      const plugin = fileURLToPath(new URL("support/plugin.ts", import.meta.url));
      const bundled = { bundle: true, platform: "node", format: "esm" } as const;
      const conditions = ["@nthrec/source"];
      await build({ entryPoints: [plugin], outfile, ...bundled, conditions, logLevel: "error" });
      const path = join(folder, "data.blobs");
      writeFileSync(path, new Uint8Array([1, 65, 2, 66, 67]));
      for (const [args, out] of [
        [["count"], "2\n"],
        [["get"], '{"$bytes":"QkM="}\n'],
        [["index", "--anew", "--json"], undefined],
      ] as const) {
        const all = [
          bundle,
          ...args,
          "--plugin",
          outfile,
          path,
          ...(args[0] === "get" ? ["1"] : []),
        ];
        const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
        expect({ status, stderr }, args.join(" ")).toEqual({ status: 0, stderr: "" });
        if (out !== undefined) expect(stdout).toBe(out);
      }
      writeFileSync(path, new Uint8Array([1, 65, 2]));
      const { status } = spawnSync(process.execPath, [bundle, "cat", "--plugin", outfile, path]);
      expect(status).toBe(3);
    },
  );

  test.skipIf(!existsSync(bundle))(
    "a look at lines that have an index loads one file, and little of Node",
    () => {
      const folder = tempFolder();
      const path = join(folder, "a.jsonl");
      writeFileSync(path, rows(3));
      const preload = join(folder, "told.cjs");
      writeFileSync(
        preload,
        `process.on("exit", () => {
        const files = Object.keys(require.cache).map((each) => require("node:path").basename(each));
        process.stderr.write(JSON.stringify({ files, parts: process.moduleLoadList }));
      });`,
      );
      const told = (...args: string[]): { files: string[]; parts: string[] } =>
        JSON.parse(
          spawnSync(process.execPath, ["--require", preload, ...args], { encoding: "utf8" }).stderr,
        );
      const bare = told("-e", "0").parts;
      told(bundle, "index", path);
      for (const args of [
        ["count", path],
        ["get", path, "1"],
        ["info", path],
      ]) {
        const { files, parts } = told(bundle, ...args);
        const known = /^(?:told|main|start-.*|rolldown-runtime-.*)\.cjs$/;
        expect(
          files.filter((each) => !known.test(each)),
          args.join(" "),
        ).toEqual([]);
        const dear = ["child_process", "fs/promises", "http", "worker_threads", "zlib"];
        const added = parts.filter((each) => !bare.includes(each));
        const loaded = dear.filter((each) => added.includes(`NativeModule ${each}`));
        expect(loaded, args.join(" ")).toEqual([]);
      }
    },
  );

  test("a pipe that is closed ends it silently", async () => {
    const path = tempFile(rows(300_000));
    const child = spawn(process.execPath, [main, "cat", path], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (data: Buffer) => {
      err += data.toString();
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  test.skipIf(process.platform === "win32")(
    "Ctrl-C leaves nothing half-written, and is seen by who called",
    async () => {
      const folder = tempFolder();
      const path = join(folder, "data.jsonl");
      writeFileSync(path, "");
      for (let i = 0; i < 40; i++) writeFileSync(path, rows(100_000), { flag: "a" });
      const args = [main, "repair", "--progress", "json", path, join(folder, "mended.jsonl")];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr.once("data", () => child.kill("SIGINT"));
      let told = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told += text;
      });
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
        child.once("close", (...ended) => resolve(ended));
      });
      expect({ code, signal }).toEqual({ code: null, signal: "SIGINT" });
      expect(told.trimEnd().split("\n").at(-1)).toBe("nthrec: stopped by SIGINT");
      expect(
        readdirSync(folder).filter((name) => name.includes("mended") && !name.endsWith(".lock")),
      ).toEqual([]);
    },
  );
});
