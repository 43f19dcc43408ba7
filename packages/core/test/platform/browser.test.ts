import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { platform } from "../../src/platform/browser/index.ts";

describe("the browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("refuses a path, and says what to pass", () => {
    for (const path of ["/data/a.jsonl", new URL("file:///data/a.jsonl")]) {
      expect(() => platform.resolvePath(path)).toThrow(
        expect.objectContaining({
          code: "NTH_NOT_SUPPORTED",
          source: `${path}`,
          message: expect.stringMatching(/a\.jsonl.*Blob/),
        }),
      );
    }
    expect(() => platform.foldersIn("/data")).toThrow("a browser cannot open the path /data");
    expect(platform.kind).toBe("browser");
  });

  test("decodes UTF-8 as Node does, a BOM kept and malformed bytes replaced", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(5), fc.nat(5), (bytes, a, b) => {
        const [start, end] = [Math.min(a, bytes.length), Math.max(bytes.length - b, 0)];
        const expected = Buffer.from(bytes).subarray(start, end).toString("utf8");
        expect(platform.decodeUtf8(bytes, start, Math.max(start, end))).toBe(expected);
      }),
    );
    const bom = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
    expect(platform.decodeUtf8(bom, 0, 4)).toBe("\ufeffa");
    expect(platform.decodeUtf8(Uint8Array.of(0x61, 0xff), 0, 2)).toBe("a\ufffd");
  });

  test("knows well-formed UTF-8", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(fc.property(text, (value) => platform.isUtf8(Buffer.from(value))));
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      expect(platform.isUtf8(Uint8Array.from(bytes))).toBe(false);
    }
  });

  test("an error that is not about the bytes is not taken for one", () => {
    const broken = new Uint8Array(1);
    Object.defineProperty(broken, "buffer", {
      get: () => {
        throw new RangeError("no");
      },
    });
    expect(() => platform.isUtf8(broken)).toThrow(RangeError);
  });

  test("decodes shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(0x61);
    expect(platform.decodeUtf8(shared, 0, 2)).toBe("aa");
    expect(platform.isUtf8(shared)).toBe(true);
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(platform.isUtf8(Uint8Array.of(0x61))).toBe(true);
  });

  test("hands out memory and views of it", () => {
    const bytes = new Uint8Array(3);
    expect(platform.wrap(bytes)).toBe(bytes);
    expect(platform.allocate(5)).toHaveLength(5);
    expect(platform.crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("breathes in a new turn", async () => {
    let micro = 0;
    void (async () => {
      for (; micro < 100; micro++) await undefined;
    })();
    await platform.breathe();
    expect(micro).toBe(100);
  });

  test("sleeps where the thread may", () => {
    const wait = vi.spyOn(Atomics, "wait");
    platform.sleepSync(2);
    expect(wait).toHaveReturnedWith("timed-out");
    expect(wait.mock.lastCall?.[3]).toBe(2);
    wait.mockRestore();
  });

  test("says so where it may not", () => {
    const cause = new TypeError("Atomics.wait cannot be called in this context");
    const forbidden = () => {
      throw cause;
    };
    vi.stubGlobal("Atomics", { wait: forbidden });
    const refused = { code: "NTH_NOT_SUPPORTED", cause };
    expect(() => platform.sleepSync(5)).toThrow(expect.objectContaining(refused));
  });

  test("makes names that do not meet", () => {
    const names = new Set(Array.from({ length: 1000 }, () => platform.uniqueName()));
    expect(names.size).toBe(1000);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{24}$/);
  });
});
