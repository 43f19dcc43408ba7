import { randomBytes } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { storedBrotli } from "../src/codecs/brotli-stored.ts";
import type { Codec } from "../src/codecs/codec.ts";
import { codecsWith, defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { checkZstdFrame } from "../src/codecs/zstd-frame.ts";
import { loadZstdDecoder, loadZstdEncoder } from "../src/codecs/zstd-wasm.ts";
import { ArrayRecordWriter } from "../src/index.ts";
import { quickerDecoder, quickerEncoder } from "../src/platform/node/index.ts";
import { findBinding } from "../src/platform/node/napi-zstd.ts";
import { codecOf } from "../src/platform/node/zlib-zstd.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { property } from "./support/seed.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const kinds = ["brotli", "zstd", "snappy"] as const;

test("before they are prepared only brotli, which is Node's own, is ready", () => {
  expect(defaultCodecs.brotli.decompress(hex("3b"), 0).length).toBe(0);
  const missing = expect.objectContaining({
    code: "NTH_NOT_SUPPORTED",
    message: expect.stringContaining("prepare()"),
  });
  expect(() => defaultCodecs.zstd.decompress(new Uint8Array(9), 1)).toThrow(missing);
  expect(() => defaultCodecs.snappy.compress(new Uint8Array(9), {})).toThrow(missing);
});

describe("codecs", () => {
  beforeAll(prepareCodecs);

  test.each(kinds)("%s: any bytes come back", (kind) => {
    const codec = defaultCodecs[kind];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20_000 }),
      fc
        .tuple(fc.integer({ min: 0, max: 300_000 }), fc.nat(255))
        .map(([n, byte]) => new Uint8Array(n).fill(byte)),
    );
    fc.assert(
      fc.property(bytes, (wanted) => {
        const stream = codec.compress(wanted, {});
        expect(Buffer.compare(codec.decompress(stream, wanted.length), wanted)).toBe(0);
        expect(() => codec.decompress(stream, wanted.length + 1)).toThrow();
        if (wanted.length > 0) expect(() => codec.decompress(stream, wanted.length - 1)).toThrow();
      }),
      { ...property, numRuns: 60 },
    );
  });

  test.each(["brotli", "zstd"] as const)(
    "%s: bytes behind the stream are no part of it",
    (kind) => {
      const codec = defaultCodecs[kind];
      const stream = codec.compress(hex("010203"), {});
      expect(() => codec.decompress(Uint8Array.of(...stream, 0), 3)).toThrow(/behind|frame/);
      expect(() => codec.decompress(Uint8Array.of(...stream, ...stream), 3)).toThrow();
      expect(() => codec.decompress(stream.subarray(0, -1), 3)).toThrow();
    },
  );

  test.each(kinds)("%s: damage never gives another length", (kind) => {
    const codec = defaultCodecs[kind];
    const text = new TextEncoder().encode("the quick brown fox jumps over the lazy dog ".repeat(9));
    const stream = codec.compress(text, {});
    fc.assert(
      fc.property(fc.nat(stream.length * 8 - 1), (bit) => {
        const damaged = stream.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        try {
          expect(codec.decompress(damaged, text.length).length).toBe(text.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).name).not.toBe("AssertionError");
        }
        // Whatever happened, the codec still works.
        expect(codec.decompress(stream, text.length)).toEqual(text);
      }),
      property,
    );
  });

  test("brotli: windows of all sizes, levels", { timeout: 60_000 }, () => {
    const bytes = new Uint8Array(20_000).map((_, i) => (i * i) >> 8);
    for (const windowLog of [10, 24, 25, 28]) {
      const stream = defaultCodecs.brotli.compress(bytes, { windowLog, level: 1 });
      expect(defaultCodecs.brotli.decompress(stream, bytes.length)).toEqual(bytes);
    }
    const plain = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 22 },
    });
    expect(Buffer.compare(defaultCodecs.brotli.compress(bytes, {}), plain)).toBe(0);
  });

  test("zstd: levels; a window needs a library that takes one", () => {
    const bytes = new Uint8Array(5000).map((_, i) => (i * i) >> 8);
    for (const level of [-100, 1, 19]) {
      const stream = defaultCodecs.zstd.compress(bytes, { level });
      expect(defaultCodecs.zstd.decompress(stream, bytes.length)).toEqual(bytes);
    }
    const compress = (): Uint8Array => defaultCodecs.zstd.compress(bytes, { windowLog: 12 });
    const zlib = codecOf(process.getBuiltinModule("node:zlib") as never);
    if (zlib === undefined && findBinding() === undefined) {
      expect(compress).toThrow(expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }));
    } else {
      expect(defaultCodecs.zstd.decompress(compress(), bytes.length)).toEqual(bytes);
    }
  });

  test("what a codec does not have is refused when a writer is made", () => {
    const options = { codecs: defaultCodecs, compression: "zstd", windowLog: 12 } as const;
    const zlib = codecOf(process.getBuiltinModule("node:zlib") as never);
    if (zlib === undefined && findBinding() === undefined) {
      const refused = expect.objectContaining({
        code: "NTH_NOT_SUPPORTED",
        message: expect.stringContaining("window_log:12"),
      });
      expect(() => new ArrayRecordWriter(options)).toThrow(refused);
    } else {
      expect(new ArrayRecordWriter(options).closed).toBe(false);
    }
    expect(new ArrayRecordWriter({ ...options, windowLog: 20 }).closed).toBe(false);
    const zstd = {
      compress: () => hex("07"),
      decompress: () => hex("08"),
      check({ level }: { readonly level?: number | undefined }): void {
        if (level === 7) throw new Error("no level 7");
      },
    };
    const mine = { compression: "zstd", codecs: { zstd } } as const;
    expect(() => new ArrayRecordWriter({ ...mine, level: 7 })).toThrow("no level 7");
    expect(new ArrayRecordWriter({ ...mine, level: 8 }).closed).toBe(false);
  });

  test("one's own codec takes the place of the platform's", () => {
    expect(codecsWith(undefined)).toBe(defaultCodecs);
    const own = { compress: () => hex("07"), decompress: () => hex("08") };
    const codecs = codecsWith({ snappy: own });
    expect(codecs.snappy).toBe(own);
    expect(codecs.zstd).toBe(defaultCodecs.zstd);
  });
});

describe("zstd frames", () => {
  const frame = "28b52ffd2001090000" + "41";
  test.each([
    [frame, 1, undefined],
    ["28b52ffd2000010000", 0, undefined],
    ["28b52ffd0058090000" + "41", 1, undefined],
    ["28b52ffd2401090000" + "41" + "00000000", 1, undefined],
    ["28b52ffd20ff0b000041", 1, undefined],
    ["28b52ffd2401090000" + "41" + "000000", 1, "cut"],
    ["28b52ffd2901090000" + "41", 1, "reserved bit"],
    ["28b52ffd2101090000" + "41", 1, "dictionary"],
    ["28b52ffd20010f0000" + "41", 1, "reserved kind"],
    ["28b52ffd2001ffff7f" + "41", 1, "too long"],
    ["28b52ffd20010800", 1, "cut"],
    [`502a4d1800000000${frame}`, 1, "no zstd frame"],
    [frame + frame, 1, "behind"],
    ["28b52ffd2000050000", 0, "more than 0|cut"],
    ["28b52f", 0, "no zstd frame"],
  ])("%s of %i bytes: %s", (text, size, message) => {
    const check = (): unknown => checkZstdFrame(hex(text), size);
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(new RegExp(message));
  });
});

test("short streams go to WebAssembly, long ones and windows to zlib, if it can", () => {
  const named = (name: string): Codec => ({
    compress: () => bytesOf(name),
    decompress: () => bytesOf(name),
  });
  const both = {
    ...quickerEncoder(named("wasm"), named("zlib")),
    ...quickerDecoder(named("wasm"), named("zlib")),
  };
  const [short, long] = [new Uint8Array(9), new Uint8Array(9000)];
  const text = new TextDecoder();
  expect(
    [
      both.compress(short, {}),
      both.compress(short, { windowLog: 20 }),
      both.compress(short, { windowLog: 12 }),
      both.compress(long, {}),
      both.decompress(short, 9),
      both.decompress(short, 9000),
      quickerEncoder(named("only"), undefined).compress(long, {}),
      quickerDecoder(named("only"), undefined).decompress(long, 9000),
    ].map((bytes) => text.decode(bytes)),
  ).toEqual(["wasm", "wasm", "zlib", "zlib", "wasm", "zlib", "only", "only"]);
});

describe("brotli streams of bytes as they are", () => {
  const params = (windowLog: number) => ({
    [constants.BROTLI_PARAM_LGWIN]: windowLog,
    [constants.BROTLI_PARAM_LARGE_WINDOW]: windowLog > 24 ? 1 : 0,
  });
  const zlib = (stream: Uint8Array): Uint8Array =>
    brotliDecompressSync(stream, { params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 } });

  test.each([10, 16, 17, 18, 22, 24])("are read without a codec, window of 2^%i", (windowLog) => {
    for (const size of [1, 2, 3, 17, 300, 4000]) {
      const bytes = randomBytes(size);
      const stream = brotliCompressSync(bytes, { params: params(windowLog) });
      const found = storedBrotli(stream, size);
      // Long ones may be cut into several meta-blocks.
      if (size < 300) expect(found, `${size} bytes`).toBeDefined();
      if (found !== undefined) expect(Buffer.compare(found, bytes)).toBe(0);
      expect(storedBrotli(stream, size + 1)).toBeUndefined();
      expect(storedBrotli(stream, size - 1)).toBeUndefined();
    }
  });

  test("are left to the codec in large windows", () => {
    const stream = brotliCompressSync(hex("010203"), { params: params(25) });
    expect(storedBrotli(stream, 3)).toBeUndefined();
    expect(defaultCodecs.brotli.decompress(stream, 3)).toEqual(hex("010203"));
  });

  test("never differ from what zlib finds, however they are damaged", () => {
    let stored = 0;
    for (const windowLog of [16, 18, 22]) {
      const stream = brotliCompressSync(hex("8503a9"), { params: params(windowLog) });
      for (let bit = 0; bit < stream.length * 8; bit++) {
        const damaged = Uint8Array.from(stream);
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        for (const size of [1, 2, 3, 4]) {
          const found = storedBrotli(damaged, size);
          if (found === undefined) continue;
          stored++;
          expect(Buffer.compare(found, zlib(damaged)), `bit ${bit}`).toBe(0);
        }
      }
    }
    expect(stored).toBeGreaterThan(0);
  });
});

describe("a decoder that lends its memory", () => {
  test.each(["brotli", "zstd"] as const)(
    "%s: finds the same, and the same errors",
    async (kind) => {
      await prepareCodecs();
      const codec = kind === "zstd" ? await loadZstdDecoder() : defaultCodecs.brotli;
      const lend = codec.lend ?? expect.fail("it lends nothing");
      for (const size of [0, 1, 2, 60, 5000, 700_000, 3_000_000, 9]) {
        const wanted = new Uint8Array(size).map((_, i) => (i * i) >> 5);
        const stream = defaultCodecs[kind].compress(wanted, {});
        expect(Buffer.compare(lend.call(codec, stream, size), wanted), `${size} bytes`).toBe(0);
        expect(() => lend.call(codec, stream, size + 1)).toThrow();
        expect(() => lend.call(codec, stream.subarray(0, -1), size)).toThrow();
        if (size > 0) expect(() => lend.call(codec, stream, size - 1)).toThrow();
        expect(Buffer.compare(codec.decompress(stream, size), wanted)).toBe(0);
      }
    },
  );
});

test("what does not fit into WebAssembly's memory is refused", async () => {
  const { compress } = await loadZstdEncoder();
  const { decompress } = await loadZstdDecoder();
  const refused = expect.objectContaining({ code: "NTH_NOT_SUPPORTED" });
  expect(() => decompress(hex("28b52ffd200109000041"), 2 ** 31)).toThrow(refused);
  expect(() => compress({ length: 2 ** 31 } as Uint8Array, {})).toThrow(refused);
});

describe("zlib's zstd", () => {
  const constantsOf = {
    ZSTD_c_compressionLevel: 100,
    ZSTD_c_windowLog: 101,
    ZSTD_d_windowLogMax: 100,
  };

  test("is absent where zlib has none", () => {
    expect(codecOf({ constants: constantsOf })).toBeUndefined();
  });

  test("gets level, window and sizes", () => {
    const seen: unknown[] = [];
    const codec = codecOf({
      constants: constantsOf,
      zstdCompressSync: (_, options) => Buffer.from(JSON.stringify(seen.push(options))),
      zstdDecompressSync: (_, options) => Buffer.from(JSON.stringify(seen.push(options))),
    });
    codec?.compress(hex("01"), {});
    codec?.compress(hex("01"), { level: 7, windowLog: 12 });
    expect(codec?.decompress(hex("28b52ffd200109000041"), 1)).toEqual(hex("41"));
    expect(codec?.decompress(hex("28b52ffd240109000041aabbccdd"), 1).length).toBe(1);
    expect(() => codec?.decompress(hex("28b52ffd200109000041"), 2)).toThrow("holds 1 bytes");
    expect(seen).toEqual([
      { params: { 100: 3 }, pledgedSrcSize: 1 },
      { params: { 100: 7, 101: 12 }, pledgedSrcSize: 1 },
      expect.objectContaining({ params: { 100: 31 }, maxOutputLength: 1 }),
      expect.objectContaining({ params: { 100: 31 }, maxOutputLength: 2 }),
    ]);
  });
});
