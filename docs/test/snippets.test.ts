import { describe, expect, test } from "vitest";
import { promisedOutput, runSnippet, snippets } from "./snippets.ts";

describe("what the documentation shows runs, and prints what it says", () => {
  const all = snippets();

  test("there is something to run", () => {
    expect(all.length).toBeGreaterThan(1);
  });

  test.each(all)("$name", { timeout: 60_000 }, async (snippet) => {
    const printed = await runSnippet(snippet);
    const promised = promisedOutput(snippet);
    expect(printed.slice(0, promised.length)).toEqual(promised);
  });
});
