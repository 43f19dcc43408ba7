import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { MemoryStore } from "@nthrec/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlePage } from "../../../../browser/bundle.ts";
import { Site } from "../../../../browser/site.ts";
import { type OpenTab, openTab, startBrowser } from "../../../../browser/tab.ts";
import { ArrayRecordWriter } from "../../src/index.ts";
import type { Page } from "./page/main.ts";

const RECORDS = 3000;
const OPTIONS = [
  "group_size:1,uncompressed",
  "group_size:1,zstd",
  "group_size:1,snappy",
  "group_size:1,brotli:1",
  "group_size:100,zstd,transpose",
  "group_size:100,brotli:3,window_log:26",
] as const;
/** What the README asks of a content policy: WebAssembly, and zstddec's own bytes from a data URL. */
const POLICY = "default-src 'none'; connect-src 'self' data:; script-src 'self' 'wasm-unsafe-eval'";

const site = await Site.start();
const browser = await startBrowser();
let page: OpenTab;
const urls = new Map<string, string>();

const shown = (i: number): string => `record ${i} `.repeat(1 + (i % 40));

beforeAll(async () => {
  for (const [i, optionString] of OPTIONS.entries()) {
    const store = new MemoryStore();
    const name = `rows-${i}`;
    const writer = await ArrayRecordWriter.open({ store, name }, { optionString });
    await writer.extend(Array.from({ length: RECORDS }, (_, k) => Buffer.from(shown(k))));
    await writer.close();
    const source = store.openSync(name);
    urls.set(optionString, site.server.put(`/${name}`, source.readSync(0, source.size)));
  }
  const bundle = await bundlePage(join(import.meta.dirname, "page", "main.ts"));
  const url = site.put("page", bundle);
  const html = `<!doctype html><meta charset="utf-8"><script type="module" src="${[...bundle.files.keys()][0]}"></script>`;
  const headers = { "content-type": "text/html", "content-security-policy": POLICY };
  site.server.put("/page/", Buffer.from(html), headers);
  // The bundled code looks for it beside itself, as the README says.
  const wasm = createRequire(import.meta.url).resolve("brotli-dec-wasm/web/bg.wasm");
  const type = { "content-type": "application/wasm" };
  site.server.put("/page/brotli_dec_wasm_bg.wasm", readFileSync(wasm), type);
  page = await openTab(browser, url);
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
  const answer = await page.tab.evaluate(`page.${name}(...${JSON.stringify(args)})`);
  expect(page.errors).toEqual([]);
  return answer as Awaited<ReturnType<Page[K]>>;
}

/** Requests for a file while something is done. */
async function requestsOf(url: string, job: () => Promise<void>): Promise<number> {
  const before = site.server.requests.length;
  await job();
  const { pathname } = new URL(url);
  return site.server.requests.slice(before).filter(({ path }) => path === pathname).length;
}

describe.each(OPTIONS)("a page reads a file of %s", (options) => {
  const url = (): string => urls.get(options) as string;

  test("by ranges: opened in at most two requests, a record in one", async () => {
    const opening = await requestsOf(url(), async () => {
      const opened = await ask("open", "http", url());
      expect(opened.length).toBe(RECORDS);
      expect(opened.options).toContain(options.split(",")[0]);
    });
    expect(opening).toBeLessThanOrEqual(2);
    const reading = await requestsOf(url(), async () => {
      expect(await ask("get", "http", url(), 1234)).toBe(shown(1234));
    });
    expect(reading).toBeLessThanOrEqual(1);
    const wanted = [RECORDS - 1, 0, 77, 77];
    expect(await ask("getMany", "http", url(), wanted)).toEqual(wanted.map(shown));
    expect(await ask("all", "http", url())).toEqual([RECORDS, shown(RECORDS - 1)]);
  });

  test("as a Blob, which nothing is asked for again", async () => {
    const requests = await requestsOf(url(), async () => {
      expect((await ask("open", "blob", url())).length).toBe(RECORDS);
      expect(await ask("get", "blob", url(), 2999)).toBe(shown(2999));
      expect(await ask("all", "blob", url())).toEqual([RECORDS, shown(RECORDS - 1)]);
    });
    expect(requests).toBe(1);
  });

  test("as plain Riegeli", async () => {
    expect(await ask("riegeli", url(), 41)).toBe(shown(41));
  });
});
