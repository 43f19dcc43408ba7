import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Decoder, Encoder } from "../src/codecs/codec.ts";
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
    const codec = { ...(await browser.loadEncoder(name)), ...(await browser.loadDecoder(name)) };
    const stream = codec.compress(text, {});
    expect(stream.length).toBeLessThan(text.length / 10);
    expect(codec.decompress(stream, text.length)).toEqual(text);
  });

  test("brotli reads, streams of large windows too, and does not write", async () => {
    const codec = await browser.loadDecoder("brotli");
    const writer = await node.loadEncoder("brotli");
    for (const windowLog of [22, 26]) {
      const stream = writer.compress(text, { windowLog });
      expect(codec.decompress(stream, text.length)).toEqual(text);
      expect(() => codec.decompress(stream, text.length - 1)).toThrow("does not hold");
      expect(() => codec.decompress(stream, text.length + 1)).toThrow("does not hold");
      expect(() => codec.decompress(Uint8Array.of(...stream, 1), text.length)).toThrow("behind");
      expect(() => codec.decompress(stream.subarray(0, 9), text.length)).toThrow();
    }
    const encoder = await browser.loadEncoder("brotli");
    expect(() => encoder.compress(text, {})).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
  });
});

test("a codec that cannot be loaded fails when it is needed, and is tried again", async () => {
  let tries = 0;
  const broken = new PreparedCodec("zstd", {
    decoder: () => node.loadDecoder("zstd"),
    encoder: async () => {
      if (++tries === 1) throw new Error("offline");
      return await node.loadEncoder("zstd");
    },
  });
  expect(() => broken.compress(text, {})).toThrow("ArrayRecordWriter.prepare()");
  await broken.prepare();
  expect(() => broken.compress(text, {})).toThrow(
    expect.objectContaining({ code: "NTH_NOT_SUPPORTED", cause: new Error("offline") }),
  );
  await broken.prepare();
  await broken.prepare();
  expect(broken.decompress(broken.compress(text, {}), text.length)).toEqual(text);
  expect(tries).toBe(2);
});

test("who only reads loads nothing that writes", async () => {
  const loaded: string[] = [];
  const decoder = async (): Promise<Decoder> => {
    loaded.push("decoder");
    return await node.loadDecoder("snappy");
  };
  const encoder = async (): Promise<Encoder> => {
    loaded.push("encoder");
    return await node.loadEncoder("snappy");
  };
  const codec = new PreparedCodec("snappy", { decoder, encoder });
  await codec.prepareDecoder();
  expect(codec.decompress(Uint8Array.of(1, 0, 7), 1)).toEqual(Uint8Array.of(7));
  expect(() => codec.compress(text, {})).toThrow("ArrayRecordWriter.prepare()");
  expect(loaded).toEqual(["decoder"]);
  await codec.prepare();
  expect(codec.decompress(codec.compress(text, {}), text.length)).toEqual(text);
  expect(loaded).toEqual(["decoder", "encoder"]);
});
