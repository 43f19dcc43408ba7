import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { texts } from "./snippets.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => {
  const page = statSync(join(root, path)).isDirectory() ? join(path, "README.md") : path;
  return readFileSync(join(root, page), "utf8");
};
const prose = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, "");

/** The fragments that a page's headings make, as GitHub makes them. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("every link within the project leads somewhere", () => {
  test.each(texts())("%s", (path) => {
    const links = [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const dead = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file = "", fragment] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return fragment !== undefined && !anchors(read(target)).includes(fragment);
    });
    expect(dead).toEqual([]);
  });
});

test("the index of the documentation names every page of it", () => {
  const index = read("docs/README.md");
  const pages = texts().filter((path) => /^docs\/(guides|formats)?\/?[^/]+\.md$/.test(path));
  expect(pages.length).toBeGreaterThan(15);
  const unnamed = pages
    .map((path) => path.slice("docs/".length))
    .filter((path) => path !== "README.md" && !index.includes(`](${path})`));
  expect(unnamed).toEqual([]);
});
