import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { BlobSource, type ByteRange, MemorySource, MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { fileOf, filled, prints, walk } from "./support/frames.ts";
import { tempFile, tempFolder } from "./support/temp.ts";
import { bytesNamed } from "./support/vectors.ts";

/** The file with the byte at `at` changed. */
function flipped(file: Uint8Array, at: number): Uint8Array {
  const copy = file.slice();
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

const coded = (code: string, offset?: number, message = /./): object =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message),
    ...(offset === undefined ? {} : { offset }),
  });

const three = fileOf([filled(10, 0x61), filled(10, 0x62), filled(10, 0x63)]);

describe("what is returned", () => {
  test("is the payload as a plain Uint8Array, which later reads leave alone", () => {
    using reader = TFRecordReader.openSync(tempFile(three));
    const first = reader.getSync(0);
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
    reader.getSync(1);
    expect([...reader].length).toBe(3);
    expect(first).toStrictEqual(filled(10));
  });

  test("getBytes gives the frame, lengths and checksums included", () => {
    using reader = TFRecordReader.openSync(three);
    expect(new Uint8Array(reader.getBytesSync(1))).toStrictEqual(three.slice(26, 52));
  });
});

describe("checksums", () => {
  const payload = flipped(three, 26 + 12);
  const footer = flipped(three, 26 + 22);
  const head = flipped(three, 26 + 8);

  test.each([payload, footer])(
    "a damaged payload fails its record only, and says what reads it",
    (file) => {
      using reader = TFRecordReader.openSync(file);
      expect([reader.getSync(0)[0], reader.getSync(2)[0]]).toStrictEqual([0x61, 0x63]);
      expect(() => reader.getSync(1)).toThrow(coded("NTH_CORRUPTION", 26, /checksums: "frame"/));
      expect(reader.verifySync({ level: "full" }).problems).toMatchObject([
        { index: 1, offset: 26 },
      ]);
    },
  );

  test('"frame" and "none" do not look at payloads', () => {
    for (const checksums of ["frame", "none"] as const) {
      using reader = TFRecordReader.openSync(payload, { checksums });
      expect(reader.getSync(1)[0]).toBe(0x62 ^ 0x10);
    }
  });

  test('"payload" looks at them while the index is built', () => {
    expect(() => TFRecordReader.openSync(payload, { checksums: "payload" })).toThrow(
      coded("NTH_CORRUPTION", 26, /record 1 .*its payload does not fit its checksum.*repair/),
    );
  });

  test('"none" does not look at the checksum of a length either', () => {
    using reader = TFRecordReader.openSync(head, { checksums: "none" });
    expect(reader.getSync(1)).toStrictEqual(filled(10, 0x62));
    for (const checksums of ["frame", "payload", undefined] as const) {
      expect(() => TFRecordReader.openSync(head, { checksums, tail: "ignore" })).toThrow(
        coded("NTH_CORRUPTION", 26, /record 1 .*its length does not fit its checksum.*repair/),
      );
    }
  });

  test("a level that does not exist is refused", async () => {
    const options = { checksums: "full" as "frame" };
    expect(() => TFRecordReader.openSync(three, options)).toThrow(TypeError);
    await expect(TFRecordReader.open(three, options)).rejects.toThrow(TypeError);
  });

  test("a head damaged under a sound index fails its record, and verify names it", () => {
    const path = tempFile(three);
    TFRecordReader.openSync(path).closeSync();
    using reader = TFRecordReader.openSync(path);
    writeFileSync(path, head);
    expect(() => reader.getSync(1)).toThrow(coded("NTH_CORRUPTION"));
    const { ok, problems } = reader.verifySync({ level: "full" });
    expect(ok).toBe(false);
    expect(problems).toContainEqual(
      expect.objectContaining({ code: "NTH_CORRUPTION", offset: 26 }),
    );
  });
});

describe("files that are no TFRecord files", () => {
  test.each([
    ["GZIP", gzipSync(three), "NTH_NOT_SUPPORTED", /GZIP.*inflate/],
    ["ZLIB", deflateSync(three), "NTH_NOT_SUPPORTED", /ZLIB.*inflate/],
    ["a pointer", "version https://git-lfs.github.com/spec/v1\n", "NTH_CORRUPTION", /Git LFS/],
    ["HTML", " <!DOCTYPE html><html></html>", "NTH_CORRUPTION", /HTML/],
    ["text", "just some text, longer than a head", "NTH_CORRUPTION", /is this a TFRecord file/],
  ])("%s is told apart", (_, data, code, message) => {
    expect(() => TFRecordReader.openSync(Buffer.from(data))).toThrow(coded(code, 0, message));
  });
});

/** A head whose checksum fits, for any length. */
function headFor(length: bigint): Uint8Array {
  const name = [31, 53, 63].map((n) => [2n ** BigInt(n), `length_2p${n}_valid_crc`] as const);
  const more = [
    [2n ** 64n - 16n, "length_2p64m16_valid_crc"],
    [2n ** 64n - 1n, "length_2p64m1_valid_crc"],
  ] as const;
  const found = [...name, ...more].find(([each]) => each === length)?.[1];
  return bytesNamed(`damaged/${found}.tfrecord`).slice(78, 90);
}

describe("a length that no file could hold", () => {
  const lengths = [2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 16n, 2n ** 64n - 1n];

  test.each(lengths)("%s is refused and nothing is allocated for it", (length) => {
    const file = new Uint8Array([...three, ...headFor(length), 1, 2, 3, 4]);
    const code = length < 2n ** 53n ? "NTH_TRUNCATED" : "NTH_CORRUPTION";
    const ranges: ByteRange[] = [];
    for (const checksums of ["none", "frame", "payload"] as const) {
      const source = watched(file, ranges);
      expect(() => TFRecordReader.openSync(source, { checksums })).toThrow(coded(code, 78));
    }
    expect(Math.max(...ranges.map(({ start, end }) => end - start))).toBeLessThanOrEqual(
      file.length,
    );
  });
});

/** A source that notes what is read from it. */
function watched(bytes: Uint8Array, ranges: ByteRange[]): MemorySource {
  class Watched extends MemorySource {
    override readSync(start: number, end: number): Uint8Array {
      ranges.push({ start, end });
      return super.readSync(start, end);
    }
    override readIntoSync(target: Uint8Array, start: number): void {
      ranges.push({ start, end: start + target.length });
      super.readIntoSync(target, start);
    }
  }
  return new Watched(bytes);
}

describe("how an index is built", () => {
  const MIB = 1024 * 1024;
  const sizes = [5, 2 * MIB, 3 * MIB, 0, 40_000, ...new Array<number>(200).fill(100), MIB - 16, 7];
  const file = fileOf(sizes.map((size, i) => filled(size, i)));

  test.each(["none", "frame", "payload"] as const)(
    "finds every record, checksums %s",
    (checksums) => {
      using reader = TFRecordReader.openSync(file, { checksums });
      const starts = Array.from({ length: reader.length }, (_, i) => reader.locateSync(i).start);
      expect(starts).toStrictEqual(walk(file));
      expect([...reader].map(({ length }) => length)).toStrictEqual(sizes);
    },
  );

  test("hops past payloads of a local file", () => {
    const long = fileOf(Array.from({ length: 12 }, (_, i) => filled(MIB, i)));
    const ranges: ByteRange[] = [];
    using reader = TFRecordReader.openSync(watched(long, ranges));
    expect(reader.length).toBe(12);
    const read = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(read).toBeLessThan(2 * MIB);
  });

  test("asks a slow source for large windows", async () => {
    const long = fileOf(Array.from({ length: 100 }, (_, i) => filled(50_000, i)));
    let reads = 0;
    class Slow extends BlobSource {
      override read(start: number, end: number): Promise<Uint8Array> {
        reads++;
        return super.read(start, end);
      }
    }
    await using reader = await TFRecordReader.open(new Slow(new Blob([new Uint8Array(long)])));
    expect(reader.length).toBe(100);
    expect(reads).toBeLessThan(10);
  });

  test("finds the damage in a payload that no window holds", () => {
    const damaged = flipped(file, (walk(file)[2] as number) + 2 * MIB);
    expect(() => TFRecordReader.openSync(damaged, { checksums: "payload" })).toThrow(
      coded("NTH_CORRUPTION", walk(file)[2], /record 2/),
    );
  });

  test("an index that lies about a long record is made anew", () => {
    const path = join(tempFolder(), "data.tfrecord");
    const store = new MemoryStore();
    const records = [filled(70_000, 1), filled(90_000, 2), filled(80_000, 3)];
    writeFileSync(path, fileOf(records));
    TFRecordReader.openSync(path).closeSync();
    // The same size, other borders.
    const others = [filled(80_000, 4), filled(70_000, 5), filled(90_000, 6)];
    writeFileSync(path, fileOf(others));
    using reader = TFRecordReader.openSync(path);
    expect(prints(reader)).toStrictEqual(prints(others));
    expect(store.listSync()).toStrictEqual([]);
  });
});

describe("appending", () => {
  test("continues a file that TensorFlow wrote", async () => {
    const path = tempFile(bytesNamed("base3.tfrecord"));
    await using writer = await TFRecordWriter.open(path, { mode: "append" });
    expect(await writer.append(filled(4))).toBe(3);
    using reader = TFRecordReader.openSync(path);
    expect(reader.getSync(3)).toStrictEqual(filled(4));
  });

  test("moves stray bytes and torn records out of the way, and refuses damage", () => {
    for (const cut of [1, 11, 12, 25]) {
      const store = new MemoryStore({ entries: [["a", three.slice(0, 52 + cut)]] });
      using writer = TFRecordWriter.openSync({ store, name: "a" }, { mode: "append" });
      expect(writer.appendSync(filled(4))).toBe(2);
      expect(store.listSync()).toContain("a.torn");
    }
    const damaged = new MemoryStore({ entries: [["a", flipped(three, 26)]] });
    expect(() =>
      TFRecordWriter.openSync({ store: damaged, name: "a" }, { mode: "append" }),
    ).toThrow(coded("NTH_CORRUPTION", 26, /repair/));
    expect(damaged.listSync()).not.toContain("a.torn");
  });
});
