import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("photos are found by name, those that were appended later, too", () => {
  const program = join(import.meta.dirname, "..", "dist", "main.js");
  const output = execFileSync(process.execPath, [program], { encoding: "utf8" });
  const found = "photo 777 is 10 wide and has 10 pixels";
  expect(output.trimEnd().split("\n")).toEqual([
    "1000 photos",
    found,
    "photo 1005: null",
    "photo 12345: not there",
    "1010 photos",
    found,
    "photo 1005: 46",
    "photo 12345: not there",
  ]);
});
