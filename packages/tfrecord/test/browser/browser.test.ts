import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MemoryStore } from "@nthrec/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleLine, bundlePage } from "../../../../browser/bundle.ts";
import { Site } from "../../../../browser/site.ts";
import { type OpenTab, openTab, startBrowser } from "../../../../browser/tab.ts";
import { encodeExample, TFRecordWriter } from "../../src/index.ts";
import { bytesIn } from "../support/frames.ts";
import type { Page } from "./page/main.ts";
import { png } from "./png.ts";

const RECORDS = 2000;
/** Each picture is padded to this size, so that the file is far larger than what a page needs of it. */
const PADDING_BYTES = 10_000;

const site = await Site.start();
const browser = await startBrowser();
let page: OpenTab;
let data: Buffer;
let url: string;

const colourOf = (i: number): number[] => [i & 255, (i >> 3) & 255, 255 - (i & 255)];
const shown = (i: number): object => ({
  label: `picture ${i} ${i % 10}`,
  width: 4 + (i % 5),
  height: 3,
  colour: colourOf(i),
});

beforeAll(async () => {
  const store = new MemoryStore();
  {
    await using writer = await TFRecordWriter.open({ store, name: "images" });
    for (let i = 0; i < RECORDS; i++) {
      const picture = png(4 + (i % 5), 3, colourOf(i));
      await writer.append(
        encodeExample({
          image: [picture],
          label: { int64s: [i % 10] },
          name: `picture ${i}`,
          padding: new Uint8Array(PADDING_BYTES),
        }),
      );
    }
  }
  data = Buffer.from(bytesIn(store, "images"));
  url = site.server.put("/images.tfrecord", data);
  site.server.put("/images.tfrecord.idv1", Buffer.from(bytesIn(store, "images.idv1")));
  const bundle = await bundlePage(join(import.meta.dirname, "page", "main.ts"));
  page = await openTab(browser, site.put("page", bundle));
});
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

/** Calls a function of a page and answers what it answers. */
async function ask<K extends keyof Page>(
  name: K,
  args: Parameters<Page[K]>,
  { tab, errors }: OpenTab = page,
): Promise<Awaited<ReturnType<Page[K]>>> {
  const answer = await tab.evaluate(`page.${name}(...${JSON.stringify(args)})`);
  expect(errors).toEqual([]);
  return answer as Awaited<ReturnType<Page[K]>>;
}

test.each(["TFRecordReader", "TFRecordWriter", "TFRecordStreamWriter"])(
  "a bundle of %s brings nothing of Node, and can be imported alone",
  async (name) => {
    const code = `import { ${name} } from "@nthrec/tfrecord"; globalThis.found = typeof ${name}.open;`;
    const bundle = await bundleLine(code, import.meta.dirname);
    expect(bundle.missing).toEqual([]);
    expect(bundle.inputs.filter((path) => /platform[/\\]node/.test(path))).toEqual([]);
    const { tab, errors } = await openTab(browser, site.put(name, bundle));
    expect(await tab.evaluate("globalThis.found")).toBe("function");
    expect(errors).toEqual([]);
    await tab.close();
  },
);

describe("images and labels of any record", () => {
  test.each(["blob", "http"] as const)("are shown from a %s", async (kind) => {
    const before = site.server.requests.length;
    expect(await ask("open", [kind, url])).toBe(RECORDS);
    for (const i of [0, 1, 777, RECORDS - 1])
      expect(await ask("show", [kind, i])).toEqual(shown(i));
    const seen = site.server.requests
      .slice(before)
      .filter(({ path }) => path.startsWith("/images"));
    if (kind === "blob") return;
    // The whole file is 20 MB; a page needs the index and four records.
    expect(seen.filter(({ range }) => range === undefined)).toEqual([]);
    expect(seen.length).toBeLessThan(20);
  });

  test("are shown from compressed files, of one member and of several", async () => {
    const half = 1000 * Math.floor(data.length / 2000);
    const one = site.server.put("/one.gz", gzipSync(data));
    const parts = [data.subarray(0, half), data.subarray(half)].map((part) => gzipSync(part));
    const several = site.server.put("/several.gz", Buffer.concat(parts));
    for (const each of [one, several]) {
      expect(await ask("compressed", [each, 1234])).toEqual({
        shown: shown(1234),
        count: 2 * RECORDS,
      });
    }
  });
});

test("compressed files are written, and inflated into memory and into a folder", async () => {
  // Records, the last one, and the files in the folder: the copy, its note and its index.
  const expected = [
    [1000, 999, 0],
    [1000, 999, 3],
    [1000, 999, 3],
  ];
  expect(await ask("writes", [])).toEqual([...expected, ...expected]);
});

test("what a browser cannot do has its code", async () => {
  const gzip = site.server.put("/small.gz", gzipSync(data.subarray(0, 20_000)));
  expect(await ask("refusals", [gzip])).toEqual([
    "NTH_NOT_SUPPORTED",
    "NTH_NOT_SUPPORTED",
    "NTH_NOT_SUPPORTED",
    "NTH_READONLY",
    "NTH_NOT_SUPPORTED",
  ]);
});

test.each([false, true])("the laws hold in a page that may run WebAssembly: %j", async (wasm) => {
  const bundle = await bundlePage(join(import.meta.dirname, "page", "main.ts"));
  const opened = await openTab(browser, site.put(`wasm-${wasm}`, bundle, wasm));
  expect(await ask("wasm", [], opened)).toBe(wasm);
  const { ran, broken } = await ask("laws", ["^law [123]:"], opened);
  expect(broken).toEqual([]);
  expect(ran).toBeGreaterThan(5);
  await opened.tab.close();
});
