import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { realPath } from "../../src/platform/node/real-path.ts";
import { scratchFolder } from "./support/scratch.ts";

describe("realPath", () => {
  test("follows links where the file exists", () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "a"), "");
    symlinkSync("real", join(folder, "link"));
    expect(realPath(join(folder, "link", "a"))).toBe(join(folder, "real", "a"));
  });

  test("follows the folder where the file does not exist", () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "link"));
    expect(realPath(join(folder, "link", "new"))).toBe(join(folder, "real", "new"));
    expect(realPath(join(folder, "link", "x", "y", "new"))).toBe(
      join(folder, "real", "x", "y", "new"),
    );
  });

  test("follows a link to a file that does not exist yet", () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "real"));
    symlinkSync(join("real", "a"), join(folder, "one"));
    symlinkSync("one", join(folder, "two"));
    expect(realPath(join(folder, "two"))).toBe(join(folder, "real", "a"));
  });

  test("a path through a file keeps its words; opening it will tell", () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "file"), "");
    expect(realPath(join(folder, "file", "a"))).toBe(join(folder, "file", "a"));
  });

  test("a relative path starts at the working folder", () => {
    expect(realPath("no-such-file")).toBe(join(process.cwd(), "no-such-file"));
  });

  test("file: URLs, as objects and as text", () => {
    const folder = scratchFolder();
    const url = pathToFileURL(join(folder, "with space%"));
    expect(realPath(url)).toBe(join(folder, "with space%"));
    expect(realPath(url.href)).toBe(join(folder, "with space%"));
  });

  test.each(["", "a\0b", new URL("https://example.com/a"), "file:///a%2Fb", "file:///%00"])(
    "%j is refused",
    (input) => {
      expect(() => realPath(input)).toThrow(expect.objectContaining({ code: "NTH_INVALID_VALUE" }));
    },
  );

  test("links in a circle are a coded error", () => {
    const folder = scratchFolder();
    symlinkSync("b", join(folder, "a"));
    symlinkSync("a", join(folder, "b"));
    expect(() => realPath(join(folder, "a"))).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR", cause: expect.anything() }),
    );
  });

  test("a chain of links that is too long ends", () => {
    const folder = scratchFolder();
    for (let i = 0; i < 45; i++) symlinkSync(`${i + 1}`, join(folder, `${i}`));
    expect(() => realPath(join(folder, "0"))).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR" }),
    );
  });
});
