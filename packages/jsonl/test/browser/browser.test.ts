import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleLine, bundlePage } from "../../../../browser/bundle.ts";
import { Site } from "../../../../browser/site.ts";
import { type OpenTab, openTab, startBrowser } from "../../../../browser/tab.ts";
import { JsonlWriter } from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";
import type { Page } from "./page/main.ts";
import { numbered } from "./page/record.ts";

const BLOB_BYTES = 200_000_000;
const HTTP_RECORDS = 100_000;

const site = await Site.start();
const browser = await startBrowser();
let page: OpenTab;

beforeAll(async () => {
  page = await openTab(
    browser,
    site.put("page", await bundlePage(join(import.meta.dirname, "page", "main.ts"))),
  );
});
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

/** Calls a function of the page and answers what it answers. */
async function ask<K extends keyof Page>(
  name: K,
  ...args: Parameters<Page[K]>
): Promise<Awaited<ReturnType<Page[K]>>> {
  const call = `page.${name}(...${JSON.stringify(args)})`;
  const answer = await page.tab.evaluate(call);
  expect(page.errors).toEqual([]);
  return answer as Awaited<ReturnType<Page[K]>>;
}

describe("a bundle for browsers", () => {
  test.each(["JsonlReader", "TextReader", "JsonlWriter", "TextWriter"])(
    "%s brings nothing of Node, and can be imported alone",
    async (name) => {
      const code = `import { ${name} } from "@nthrec/jsonl"; globalThis.found = typeof ${name}.open;`;
      const bundle = await bundleLine(code, import.meta.dirname);
      expect(bundle.missing).toEqual([]);
      expect(bundle.inputs.filter((path) => /platform[/\\]node/.test(path))).toEqual([]);
      const { tab, errors } = await openTab(browser, site.put(name, bundle));
      expect(await tab.evaluate("globalThis.found")).toBe("function");
      expect(errors).toEqual([]);
      await tab.close();
    },
  );
});

describe("a Blob of 200 MB", () => {
  test("gives its first, its last and a thousand random records", async () => {
    const { size, made, length, wrong } = await ask("blob", BLOB_BYTES);
    expect(size).toBeGreaterThanOrEqual(BLOB_BYTES);
    expect(length).toBe(made);
    expect(wrong).toEqual([]);
  });

  test("is iterated in slices, forward and backward", async () => {
    expect((await ask("slices", BLOB_BYTES)).wrong).toEqual([]);
  });

  test("stops when it is told to", async () => {
    const aborted = "NTH_ABORTED as AbortError";
    expect(await ask("aborts", BLOB_BYTES)).toEqual([aborted, aborted, "half-way", aborted]);
  });
});

describe("a file on a server", () => {
  test("gives its first, its last and a thousand random records by ranges", async () => {
    const local = join(tempFolder(), "served.jsonl");
    const writer = await JsonlWriter.open(local);
    for (let i = 0; i < HTTP_RECORDS; i++) await writer.append(numbered(i));
    await writer.close();
    const data = readFileSync(local);
    const url = site.server.put("/served.jsonl", data);
    site.server.put("/served.jsonl.idx", readFileSync(`${local}.idx`));

    const before = site.server.requests.length;
    expect(await ask("http", url)).toEqual({ length: HTTP_RECORDS, wrong: [] });
    const seen = site.server.requests
      .slice(before)
      .filter(({ path }) => path.startsWith("/served"));
    expect(new Set(seen.map((request) => request.path))).toEqual(
      new Set(["/served.jsonl", "/served.jsonl.idx"]),
    );
    expect(seen.filter(({ range }) => range === undefined)).toEqual([]);
  });

  test("is refused where it has no index and is large, and where it is not there", async () => {
    const large = site.server.put("/large.jsonl", Buffer.alloc(9 * 1024 * 1024, "0123456\n"));
    expect(await ask("refusals", `${site.server.origin}/missing.jsonl`, large)).toEqual([
      "NTH_NOT_SUPPORTED",
      "NTH_NOT_FOUND",
      "NTH_INDEX_MISSING",
      "NTH_NOT_SUPPORTED",
      "NTH_OUT_OF_RANGE",
    ]);
  });
});

describe("in the page", () => {
  test("a writer and a reader share a file in memory", async () => {
    expect(await ask("writes")).toEqual([true, true, true, true]);
  });

  // What a cut or flipped byte does is decided by code that knows nothing of Blobs.
  test.each([
    ["memory", "^law "],
    ["Blob", "^law [12379]:"],
  ] as const)("the laws hold over %s (%s)", async (place, names) => {
    const { ran, broken } = await ask("laws", place, names);
    expect(broken).toEqual([]);
    expect(ran).toBeGreaterThan(20);
  });
});
