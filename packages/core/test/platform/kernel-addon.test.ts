import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { kernelAddon, loadAddon } from "../../src/platform/node/kernel-addon.ts";
import { kernelLocks } from "./support/kernel-locks.ts";
import { scratchFolder } from "./support/scratch.ts";

/** A program whose `node_modules` holds a package with this text. */
function programWith(text: string): string {
  const folder = scratchFolder();
  const home = join(folder, "node_modules", "an-addon");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "index.js"), text);
  return join(folder, "program.mjs");
}

describe("the addon of the kernel lock", () => {
  test.runIf(kernelLocks)("is found by a package that has it, and loaded once", () => {
    expect(kernelAddon()).toBe(kernelAddon());
    expect(kernelAddon().tryLock).toBeTypeOf("function");
  });

  test("is looked for at each place until one has it", () => {
    const has = programWith("module.exports = { tryLock: 1 }");
    const hasNot = join(scratchFolder(), "program.mjs");
    expect(loadAddon("an-addon", [undefined, "[worker eval]", hasNot, has])).toEqual({
      tryLock: 1,
    });
    expect(loadAddon("an-addon", [pathToFileURL(has).href])).toEqual({ tryLock: 1 });
  });

  test("that is nowhere is named, with what to do", () => {
    expect(() => loadAddon("an-addon", [join(scratchFolder(), "program.mjs")])).toThrow(
      expect.objectContaining({
        code: "NTH_NOT_SUPPORTED",
        message:
          "the kernel lock needs the package an-addon: install it (npm install an-addon), " +
          'or let all writers use lock: "generation"',
      }),
    );
  });

  test("that has nothing for this system says so, and why", () => {
    const broken = programWith("throw new Error('no binary')");
    const good = programWith("module.exports = {}");
    expect(() => loadAddon("an-addon", [broken, good])).toThrow(
      expect.objectContaining({
        code: "NTH_NOT_SUPPORTED",
        message: expect.stringContaining(`does not load on ${process.platform}-${process.arch}`),
        cause: expect.objectContaining({ message: "no binary" }),
      }),
    );
  });
});
