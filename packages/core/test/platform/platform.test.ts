import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { platform } from "../../src/platform/node/index.ts";
import { bundle } from "./support/programs.ts";
import { scratchFolder } from "./support/scratch.ts";

const reference = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes that are often almost UTF-8: valid text with damage. */
const almostText = fc
  .tuple(fc.string({ unit: "binary" }), fc.array(fc.tuple(fc.nat(200), fc.nat(255))))
  .map(([text, damage]) => {
    const bytes = new TextEncoder().encode(text);
    for (const [at, value] of damage) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });

describe("decodeUtf8", () => {
  test("is TextDecoder, whatever the bytes and the range", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 64 }), almostText),
        fc.nat(8),
        fc.nat(8),
        (bytes, before, after) => {
          const whole = new Uint8Array(before + bytes.length + after).fill(0xc3);
          whole.set(bytes, before);
          const expected = reference.decode(bytes);
          const end = before + bytes.length;
          expect(platform.decodeUtf8(whole, before, end)).toBe(expected);
          expect(platform.decodeUtf8(platform.wrap(whole), before, end)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a byte order mark stays", [0xef, 0xbb, 0xbf, 0x61], "\uFEFFa"],
    ["a stray continuation", [0x61, 0x80, 0x62], "a\uFFFDb"],
    ["an overlong form, byte by byte", [0xc0, 0xaf], "\uFFFD\uFFFD"],
    ["a surrogate, byte by byte", [0xed, 0xa0, 0x80], "\uFFFD\uFFFD\uFFFD"],
    ["a cut character, as one", [0xf0, 0x9f, 0x98], "\uFFFD"],
    ["nothing", [], ""],
  ])("%s", (_what, bytes, text) => {
    expect(platform.decodeUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBe(text);
  });

  test("a text that no string can hold is a coded error", () => {
    const bytes = new Uint8Array(0x1fffffe9);
    expect(() => platform.decodeUtf8(bytes, 0, bytes.length)).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED", cause: expect.anything() }),
    );
  });

  test("a range outside the bytes is a mistake of the caller", () => {
    expect(() => platform.decodeUtf8(new Uint8Array(2), 3, 1 << 30)).toThrow(RangeError);
  });
});

test("indexOf finds the first byte, from any place", () => {
  fc.assert(
    fc.property(fc.uint8Array({ max: 3 }), fc.nat(3), fc.nat(20), (bytes, value, from) => {
      const expected = bytes.indexOf(value, from);
      expect(platform.indexOf(bytes, value, from)).toBe(expected);
      expect(platform.indexOf(platform.wrap(bytes), value, from)).toBe(expected);
    }),
  );
});

test("isUtf8 agrees with the strict decoder", () => {
  const strict = new TextDecoder("utf-8", { fatal: true });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 16 }), almostText), (bytes) => {
      let valid = true;
      try {
        strict.decode(bytes);
      } catch {
        valid = false;
      }
      expect(platform.isUtf8(bytes)).toBe(valid);
    }),
  );
});

test("wrap shares the memory", () => {
  const bytes = new Uint8Array(16).subarray(4, 12);
  const wrapped = platform.wrap(bytes);
  wrapped[0] = 7;
  expect(bytes[0]).toBe(7);
  expect(wrapped).toHaveLength(8);
  expect(Buffer.isBuffer(wrapped)).toBe(true);
  expect(platform.wrap(wrapped)).toBe(wrapped);
});

test("allocated memory takes views of wide numbers, however small it is", () => {
  for (const size of [0, 1, 8, 100, 4096, 65_536, 1 << 20]) {
    const bytes = platform.allocate(size);
    expect(bytes).toHaveLength(size);
    expect(bytes.byteOffset).toBe(0);
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, Math.floor(size / 8));
    expect(words.buffer).toBe(bytes.buffer);
  }
});

test("crc32 is the checksum of zip, and goes on from a seed", () => {
  const bytes = new TextEncoder().encode("123456789");
  expect(platform.crc32(bytes)).toBe(0xcbf43926);
  expect(platform.crc32(bytes.subarray(4), platform.crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
  expect(platform.crc32(new Uint8Array(0))).toBe(0);
  expect(platform.crc32(new Uint8Array(0), 0xcbf43926)).toBe(0xcbf43926);
});

test("breathe lets timers, immediates and messages have their turn", async () => {
  let ran = false;
  setImmediate(() => {
    ran = true;
  });
  await platform.breathe();
  expect(ran).toBe(true);
});

test("sleepSync blocks at least as long as asked", () => {
  const before = performance.now();
  platform.sleepSync(20);
  // Timers of the system may end a little early by another clock.
  expect(performance.now() - before).toBeGreaterThan(18);
});

describe("uniqueName", () => {
  test("never repeats in a thread, and fits into a file name", () => {
    const names = Array.from({ length: 1000 }, () => platform.uniqueName());
    expect(new Set(names).size).toBe(1000);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,60}$/);
  });

  test("differs between threads", async () => {
    const folder = scratchFolder();
    const file = join(folder, "worker.mjs");
    await bundle("unique-name-user.ts", file);
    const names = await Promise.all(
      [0, 1, 2].map(async () => {
        const worker = new Worker(file);
        return new Promise<string[]>((resolve, reject) => {
          worker.once("message", resolve).once("error", reject);
        });
      }),
    );
    expect(new Set(names.flat()).size).toBe(300);
  });
});

describe("resolvePath", () => {
  test("gives the folder and the name", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "a.jsonl"), "1\n");
    for (const input of [join(folder, "a.jsonl"), pathToFileURL(join(folder, "a.jsonl"))]) {
      const { store, name } = platform.resolvePath(input);
      expect(store.name).toBe(folder);
      expect(name).toBe("a.jsonl");
      await using source = await store.open(name);
      expect(source.size).toBe(2);
    }
  });

  test("sidecars lie beside the data, not beside a link to it", () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "a.jsonl"), "");
    symlinkSync(join(folder, "real", "a.jsonl"), join(folder, "latest"));
    const { store, name } = platform.resolvePath(join(folder, "latest"));
    expect([store.name, name]).toEqual([join(folder, "real"), "a.jsonl"]);
  });

  test("the root of the file system is no file", () => {
    expect(() => platform.resolvePath("/")).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
  });
});
