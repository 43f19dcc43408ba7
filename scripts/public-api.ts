import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { withoutComments } from "./rooms.mjs";

/** How a test opens each subpath of its package. */
export type Doors = Readonly<Record<string, () => Promise<object>>>;

/**
 * Tests that a package shows the world the names it showed before, and no others.
 * `vitest -u` accepts a change; the diff of `test/public-api` is what to review.
 *
 * @param folder the package's folder
 * @param doors an opener for each subpath of the manifest's `exports`
 */
export function testPublicApi(folder: URL, doors: Doors): void {
  const sources = sourcesOf(readFileSync(new URL("package.json", folder), "utf8"));

  test("the manifest opens the doors tested here and no others", () => {
    expect([...sources.keys()]).toEqual(Object.keys(doors));
  });

  for (const [subpath, open] of Object.entries(doors)) {
    describe(subpath, () => {
      const source = readFileSync(new URL(sources.get(subpath) ?? "", folder), "utf8");
      const { values, types } = publicNames(source);

      test("exports what it says", async () => {
        expect(Object.keys(await open()).sort()).toEqual(values);
      });

      test("exports what it did before", async () => {
        const surface = [...values, ...types.map((name) => `type ${name}`)];
        const file = `test/public-api/${subpath === "." ? "index" : subpath.slice(2)}.txt`;
        const path = fileURLToPath(new URL(file, folder));
        await expect(`${surface.join("\n")}\n`).toMatchFileSnapshot(path);
      });
    });
  }
}

/** The source behind each subpath of a manifest's `exports`. */
function sourcesOf(manifest: string): Map<string, string> {
  const exports: Record<string, string | Record<string, string>> = JSON.parse(manifest).exports;
  const sources = new Map<string, string>();
  for (const [subpath, target] of Object.entries(exports)) {
    const source = typeof target === "string" ? undefined : target["@nthrec/source"];
    if (source !== undefined) sources.set(subpath, source);
  }
  return sources;
}

/** The names that a file of re-exports shows; a file that holds more, `export *` included, is refused. */
function publicNames(text: string): { values: string[]; types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  const statement = /export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}\s*from\s*"[^"]+";?/g;
  const code = withoutComments(text);
  for (const { groups } of code.matchAll(statement)) {
    for (const entry of (groups?.["names"] ?? "").split(",")) {
      const [, marked, name] = /^\s*(type\s+)?(?:\w+\s+as\s+)?(\w+)\s*$/.exec(entry) ?? [];
      if (name === undefined) continue;
      ((groups?.["type"] ?? marked) ? types : values).push(name);
    }
  }
  expect(code.replace(statement, "").trim(), "a door holds nothing but re-exports by name").toBe(
    "",
  );
  return { values: values.sort(), types: types.sort() };
}
