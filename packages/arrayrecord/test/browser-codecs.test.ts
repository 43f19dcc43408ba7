import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PreparedCodec } from "../src/codecs/prepared.ts";
import { platform as browser } from "../src/platform/browser/index.ts";
import { platform as node } from "../src/platform/node/index.ts";

// The browser's twin, run in Node: its WebAssembly files are fetched from this disk.

const text = new TextEncoder().encode("over and over and over and ".repeat(200));

beforeAll(() => {
  const fetched = globalThis.fetch;
  vi.stubGlobal("fetch", async (url: URL | string) => {
    const { href } = new URL(url);
    if (!href.startsWith("file:")) return await fetched(href);
    return new Response(readFileSync(new URL(href)), {
      headers: { "Content-Type": "application/wasm" },
    });
  });
});
afterAll(() => vi.unstubAllGlobals());

describe("the browser's codecs", () => {
  test("are loaded, never there", () => {
    expect(browser.codecNow("brotli")).toBeUndefined();
  });

  test.each(["zstd", "snappy"] as const)("%s reads and writes", async (name) => {
    const codec = await browser.loadCodec(name);
    const stream = codec.compress(text, {});
    expect(stream.length).toBeLessThan(text.length / 10);
    expect(codec.decompress(stream, text.length)).toEqual(text);
  });

  test("brotli reads, streams of large windows too, and does not write", async () => {
    const codec = await browser.loadCodec("brotli");
    const writer = await node.loadCodec("brotli");
    for (const windowLog of [22, 26]) {
      const stream = writer.compress(text, { windowLog });
      expect(codec.decompress(stream, text.length)).toEqual(text);
      expect(() => codec.decompress(stream, text.length - 1)).toThrow("does not hold");
      expect(() => codec.decompress(stream, text.length + 1)).toThrow("does not hold");
      expect(() => codec.decompress(Uint8Array.of(...stream, 1), text.length)).toThrow("behind");
      expect(() => codec.decompress(stream.subarray(0, 9), text.length)).toThrow();
    }
    expect(() => codec.compress(text, {})).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
  });
});

test("a codec that cannot be loaded fails when it is needed, and is tried again", async () => {
  let tries = 0;
  const broken = new PreparedCodec("zstd", async () => {
    if (++tries === 1) throw new Error("offline");
    return await node.loadCodec("zstd");
  });
  expect(() => broken.compress(text, {})).toThrow("prepare()");
  await broken.prepare();
  expect(() => broken.compress(text, {})).toThrow(
    expect.objectContaining({ code: "NTH_NOT_SUPPORTED", cause: new Error("offline") }),
  );
  await broken.prepare();
  await broken.prepare();
  expect(broken.decompress(broken.compress(text, {}), text.length)).toEqual(text);
  expect(tries).toBe(2);
});
