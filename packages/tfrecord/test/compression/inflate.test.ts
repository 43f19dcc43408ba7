import { constants, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { isNthrecError } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compression } from "../../src/compression/compression.ts";
import { inflate } from "../../src/compression/deflate/inflate.ts";
import { property } from "../support/seed.ts";

// Our own inflater, held against zlib.

/** What it gives for a file that comes in pieces of `step` bytes, and the code of what stops it. */
function run(
  kind: Compression,
  file: Uint8Array,
  step = file.length,
): [Buffer, string | undefined] {
  const out: Uint8Array[] = [];
  const plan = inflate(kind);
  let at = 0;
  try {
    for (let next = plan.next(); !next.done; ) {
      if (next.value !== undefined) {
        out.push(next.value);
        next = plan.next(undefined);
        continue;
      }
      const piece = file.subarray(at, at + Math.max(1, step));
      at += piece.length;
      next = plan.next(piece.length > 0 ? piece : undefined);
    }
    return [Buffer.concat(out), undefined];
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return [Buffer.concat(out), error.code];
  }
}

const level = fc.constantFrom(0, 1, 6, 9);
const strategy = fc.constantFrom(
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
);
/** Bytes with repetitions near and far. */
const content = fc
  .tuple(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(400)), { maxLength: 40 }),
  )
  .map(([start, copies]) => {
    const bytes = [...start];
    for (const [from, size] of copies) {
      const at = from % (bytes.length + 1);
      bytes.push(...bytes.slice(at, at + size), size & 255);
    }
    return Uint8Array.from(bytes);
  });

describe("a sound file", () => {
  test("comes out as it went in, however it was compressed and comes", () => {
    fc.assert(
      fc.property(
        content,
        level,
        strategy,
        fc.constantFrom(1, 7, 100, 1e9),
        (bytes, l, s, step) => {
          const options = { level: l, strategy: s };
          const gzip = gzipSync(bytes, options);
          expect(run("GZIP", gzip, step)).toStrictEqual([Buffer.from(bytes), undefined]);
          const zlib = deflateSync(bytes, options);
          expect(run("ZLIB", zlib, step)).toStrictEqual([Buffer.from(bytes), undefined]);
        },
      ),
      property,
    );
  });

  test("comes out when it is larger than any window", () => {
    const bytes = Buffer.alloc(1_000_003);
    for (let i = 0; i < bytes.length; i++) bytes[i] = i % 7 === 0 ? i >> 9 : ((i * 7919) >> 6) & 31;
    for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }]) {
      const [out, code] = run("GZIP", gzipSync(bytes, options), 65_536);
      expect([out.equals(bytes), code]).toStrictEqual([true, undefined]);
    }
  });

  test("may have any number of members, and empty blocks", () => {
    const parts = ["one", "", "three"].map((text) => gzipSync(text));
    expect(run("GZIP", Buffer.concat(parts), 5)[0].toString()).toBe("onethree");
    const flushed = gzipSync("text", { finishFlush: constants.Z_FINISH, level: 0 });
    expect(run("GZIP", flushed)[0].toString()).toBe("text");
  });

  test("may have every field in its header", () => {
    const plain = gzipSync("text");
    const fields = [4, 0, 1, 2, 3, 4, ...Buffer.from("name\0comment\0"), 9, 9];
    const header = Buffer.from(plain.subarray(0, 10));
    header[3] = 2 + 4 + 8 + 16;
    const file = Buffer.concat([header, Buffer.from(fields), plain.subarray(10)]);
    expect(run("GZIP", file, 3)).toStrictEqual([Buffer.from("text"), undefined]);
  });
});

describe("a file that is not sound", () => {
  test("is found out where zlib finds it out", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(content, level, change, fc.boolean(), (bytes, l, [place, flip], gzip) => {
        const file = gzip ? gzipSync(bytes, { level: l }) : deflateSync(bytes, { level: l });
        const at = place % file.length;
        file[at] = (file[at] as number) ^ flip;
        const [out, code] = run(gzip ? "GZIP" : "ZLIB", file, 50);
        let theirs: Buffer | undefined;
        try {
          theirs = gzip ? gunzipSync(file) : inflateSync(file);
        } catch {
          theirs = undefined;
        }
        if (code === undefined) expect(theirs).toStrictEqual(out);
        // zlib stops behind a stream of ZLIB without a word.
        else if (code !== "NTH_TRUNCATED") expect(theirs).toBeUndefined();
      }),
      { ...property, numRuns: property.numRuns * 3 },
    );
  });

  test("gives what is sound before the cut", () => {
    const bytes = Buffer.from("a record, and another record, and a third one".repeat(20));
    for (const kind of ["GZIP", "ZLIB"] as const) {
      const file = kind === "GZIP" ? gzipSync(bytes) : deflateSync(bytes);
      for (let end = 0; end < file.length; end++) {
        const [out, code] = run(kind, file.subarray(0, end), 10);
        expect(code).toBe("NTH_TRUNCATED");
        expect(bytes.subarray(0, out.length).equals(out)).toBe(true);
      }
    }
  });

  const gzip = gzipSync("text");
  const zlib = deflateSync("text");
  const changed = (file: Buffer, at: number, value: number): Buffer => {
    const copy = Buffer.from(file);
    copy[at < 0 ? copy.length + at : at] = value;
    return copy;
  };
  const block = (...bytes: number[]): Buffer =>
    Buffer.from([0x78, 0x9c, ...bytes, 0, 0, 0, 0, 0, 0]);
  test.each([
    ["no member", "GZIP", changed(gzip, 1, 0), "NTH_CORRUPTION"],
    ["another method", "GZIP", changed(gzip, 2, 7), "NTH_CORRUPTION"],
    ["unknown flags", "GZIP", changed(gzip, 3, 0x80), "NTH_CORRUPTION"],
    ["another checksum", "GZIP", changed(gzip, -8, gzip.at(-8) === 0 ? 1 : 0), "NTH_CORRUPTION"],
    ["another size", "GZIP", changed(gzip, -4, 5), "NTH_CORRUPTION"],
    ["bytes behind it", "GZIP", Buffer.concat([gzip, Buffer.from("junk")]), "NTH_TRUNCATED"],
    ["another stream behind it", "ZLIB", Buffer.concat([zlib, zlib]), "NTH_TRUNCATED"],
    ["another header", "ZLIB", changed(zlib, 1, 0), "NTH_CORRUPTION"],
    ["a dictionary", "ZLIB", Buffer.from([0x78, 0xbb, 0, 0, 0, 0, 0]), "NTH_CORRUPTION"],
    ["another sum", "ZLIB", changed(zlib, -1, zlib.at(-1) === 0 ? 1 : 0), "NTH_CORRUPTION"],
    ["a block of no kind", "ZLIB", block(0x07), "NTH_CORRUPTION"],
    ["a stored block of two lengths", "ZLIB", block(0x01, 1, 0, 1, 0), "NTH_CORRUPTION"],
    ["a match before the beginning", "ZLIB", block(0x03, 0x02), "NTH_CORRUPTION"],
    ["too many symbols", "ZLIB", block(0xfd, 0xff), "NTH_CORRUPTION"],
    ["a code that is none", "ZLIB", block(0x05, 0xc0, 0xff, 0xff, 0xff), "NTH_CORRUPTION"],
  ] as const)("%s", (_, kind, file, code) => {
    expect(run(kind, file)[1]).toBe(code);
  });
});
