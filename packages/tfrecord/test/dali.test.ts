import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isNthrecError, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createTFRecordIndex,
  formatTFRecordIndex,
  getTFRecordIndexEntries,
  type IndexProblem,
  indexTFRecordBytes,
  indexTFRecordStream,
  readTFRecordIndex,
  type TFRecordIndexEntry,
  TFRecordReader,
} from "../src/index.ts";
import { fileOf, filled, prints, walk } from "./support/frames.ts";
import { property } from "./support/seed.ts";
import { tempFile } from "./support/temp.ts";
import { bytesOf, plainFiles } from "./support/vectors.ts";

const list = [filled(3, 1), filled(0), filled(70_000, 2), filled(40, 3)];
const file = fileOf(list);
const offsets = walk(file);
const entries = offsets.map((at, i) => [at, (offsets[i + 1] ?? file.length) - at] as const);
const text = entries.map(([offset, size]) => `${offset} ${size}\n`).join("");
const utf8 = new TextEncoder();

async function streamed(
  pieces: Iterable<Uint8Array>,
  options?: object,
): Promise<TFRecordIndexEntry[]> {
  const found: TFRecordIndexEntry[] = [];
  for await (const entry of indexTFRecordStream(pieces, options)) found.push(entry);
  return found;
}

function cut(bytes: Uint8Array, step: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / step);
  return Array.from({ length: count }, (_, i) => bytes.slice(i * step, i * step + step));
}

const sound = plainFiles.filter(({ file: name }) => !name.startsWith("damaged/"));
const damaged = plainFiles.filter(({ file: name }) => name.startsWith("damaged/"));

test("an index never takes the place of its data", async () => {
  const path = tempFile(file);
  symlinkSync(path, `${path}.link`);
  for (const place of [path, `${path}.link`]) {
    await expect(createTFRecordIndex(path, place)).rejects.toMatchObject({
      code: "NTH_INVALID_VALUE",
    });
  }
  expect(readFileSync(path)).toEqual(Buffer.from(file));
});

describe("an index", () => {
  test.each(sound)("of $file has TensorFlow's places, however it is made", async (vector) => {
    const bytes = bytesOf(vector);
    const found = getTFRecordIndexEntries(bytes);
    expect(found.length).toBe(vector.tf_records);
    for (const [i, span] of vector.index_spans_in_decompressed_stream.entries()) {
      if (typeof span !== "string") expect(found[i]).toStrictEqual([...span]);
    }
    for (const step of [11, 4096]) {
      expect(await streamed(cut(bytes, step), { checksums: "payload" })).toStrictEqual(found);
    }
    const path = tempFile(bytes);
    expect(await createTFRecordIndex(path)).toBe(vector.tf_records);
    expect(readFileSync(`${path}.idx`, "latin1")).toBe(indexTFRecordBytes(bytes));
    expect(existsSync(`${path}.idv1`)).toBe(false);
    expect(await readTFRecordIndex(`${path}.idx`)).toStrictEqual(found);
  });

  test.each(damaged)("of $file is refused, or made of what is sound", async (vector) => {
    const bytes = bytesOf(vector);
    const all = { checksums: "payload" } as const;
    const whole = { code: expect.stringMatching(/^NTH_(CORRUPTION|TRUNCATED)$/) };
    const torn = vector.tf_error !== null || vector.tf_records * 26 !== bytes.length;
    if (torn) {
      expect(() => getTFRecordIndexEntries(bytes, all)).toThrow(expect.objectContaining(whole));
      await expect(streamed([bytes], all)).rejects.toMatchObject(whole);
      const path = tempFile(bytes);
      await expect(createTFRecordIndex(path, undefined, all)).rejects.toMatchObject(whole);
      expect(existsSync(`${path}.idx`)).toBe(false);
    }
    const rest = getTFRecordIndexEntries(bytes, { ...all, damage: "skip" });
    expect(rest.length).toBeGreaterThanOrEqual(vector.tf_records);
    using reader = TFRecordReader.openSync(bytes, { entries: rest });
    expect([...reader].length).toBe(rest.length);
  });

  test("is the text that tfrecord2idx writes", () => {
    expect(indexTFRecordBytes(file)).toBe(text);
    expect(formatTFRecordIndex(entries)).toBe(text);
    expect(indexTFRecordBytes(new Uint8Array(0))).toBe("");
  });

  test("goes where it is wanted, and beside the data only where nothing else lies", async () => {
    const path = tempFile(file);
    const index = `${path}.idx`;
    for (const [before, replaced] of [
      ["", true],
      ["0 1\n", true],
      [text, true],
      ["IDV1Q   and offsets", false],
      [Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 9]), false],
      ["PAR1", false],
    ] as const) {
      writeFileSync(index, before);
      const made = createTFRecordIndex(path);
      if (replaced) expect(await made).toBe(list.length);
      else await expect(made).rejects.toMatchObject({ code: "NTH_INDEX_FOREIGN", source: index });
      expect(readFileSync(index, "latin1")).toBe(
        replaced ? text : Buffer.from(before).toString("latin1"),
      );
      await createTFRecordIndex(path, index);
      expect(readFileSync(index, "latin1")).toBe(text);
    }
    const store = new MemoryStore({ entries: [["a", file]] });
    await createTFRecordIndex({ store, name: "a" });
    await createTFRecordIndex(new Blob([file.slice()]), { store, name: "b.tfindex" });
    expect(store.listSync()).toStrictEqual(["a", "a.idx", "b.tfindex"]);
    await expect(createTFRecordIndex(file)).rejects.toThrow(TypeError);
  });

  test("of a compressed file is refused: DALI cannot read one", async () => {
    const gzip = gzipSync(file);
    const code = { code: "NTH_NOT_SUPPORTED" };
    await expect(createTFRecordIndex(tempFile(gzip))).rejects.toMatchObject(code);
    await expect(streamed([gzip])).rejects.toMatchObject(code);
  });
});

describe("a stream", () => {
  test("is indexed whatever its pieces are", async () => {
    for (const step of [1, 2, 3, 7, 100, 65_536]) {
      expect(await streamed(cut(file, step))).toStrictEqual(entries);
      expect(await streamed(cut(file, step), { checksums: "payload" })).toStrictEqual(entries);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }),
        fc.integer({ min: 1, max: 60 }),
        async (records, step) => {
          const bytes = fileOf(records);
          const found = await streamed(cut(bytes, step), { checksums: "payload" });
          expect(found).toStrictEqual(getTFRecordIndexEntries(bytes));
        },
      ),
      property,
    );
  });

  test("is looked at as far as one wants", async () => {
    const payload = file.slice();
    payload[13] = 99;
    expect(await streamed([payload])).toStrictEqual(entries);
    const all = { checksums: "payload", name: "the shard" };
    await expect(streamed([payload], all)).rejects.toMatchObject({
      code: "NTH_CORRUPTION",
      source: "the shard",
      index: 0,
    });
    const head = file.slice();
    head[8] = 99;
    await expect(streamed([head])).rejects.toMatchObject({ code: "NTH_CORRUPTION" });
    expect(await streamed([head], { checksums: "none" })).toStrictEqual(entries);
    const torn = file.slice(0, -1);
    await expect(streamed([torn])).rejects.toMatchObject({ code: "NTH_TRUNCATED", index: 3 });
    expect(await streamed([torn], { tail: "ignore" })).toStrictEqual(entries.slice(0, 3));
  });
});

describe("reading an index", () => {
  /** Entries and problems that are heard; and without a listener the first problem is an error. */
  async function parsed(content: string): Promise<[TFRecordIndexEntry[], IndexProblem[]]> {
    const problems: IndexProblem[] = [];
    const bytes = utf8.encode(content);
    const found = await readTFRecordIndex(bytes, { onProblem: (each) => problems.push(each) });
    const strict = readTFRecordIndex(bytes);
    if (problems.length === 0) expect(await strict).toStrictEqual(found);
    else await expect(strict).rejects.toMatchObject({ code: "NTH_INDEX_INVALID" });
    return [found, problems];
  }

  const pairs = [
    [0, 27],
    [27, 29],
  ];
  test.each([
    ["as it is written", "0 27\n27 29\n"],
    ["without a last newline", "0 27\n27 29"],
    ["of Windows", "0 27\r\n27 29\r\n"],
    ["with tabs", "0\t27\n27\t29\n"],
    ["with blank lines", "\n0 27\n\n27 29\n\n"],
    ["on one line", "0 27 27 29"],
    ["with zeros in front", "000 027\n027 0029\n"],
    ["with plus signs", "+0 +27\n+27 +29\n"],
  ])("%s is read as DALI reads it", async (_, content) => {
    expect(await parsed(content)).toStrictEqual([pairs, []]);
  });

  test.each([
    ["an odd number of numbers", "0 27\n27 29\n56\n", pairs, /odd/],
    ["a word", "0 27\n27 29\nend 1\n", pairs, /no number/],
    ["a comment in front", "# index\n0 27\n", [], /no number/],
    ["a byte order mark", "\ufeff0 27\n", [], /no number/],
    ["hexadecimal digits", "0 27\n0x1b 29\n", [[0, 27]], /no number/],
    [
      "an exponent",
      "0 27\n27 1e3\n",
      [
        [0, 27],
        [27, 1],
      ],
      /no number/,
    ],
    [
      "a fraction",
      "0 27\n27 1.5\n",
      [
        [0, 27],
        [27, 1],
      ],
      /no number/,
    ],
    ["a number beyond 64 bits", "0 27\n9223372036854775808 1\n", [[0, 27]], /beyond 64 bits/],
    [
      "a third column",
      "0 27 5\n27 29 5\n",
      [
        [0, 27],
        [5, 27],
        [29, 5],
      ],
      /odd/,
    ],
    ["a negative offset", "-1 27\n", [[-1, 27]], /no record lies/],
    ["a size below 16", "0 15\n", [[0, 15]], /no record lies/],
    ["an offset beyond 2^53", "9007199254740993 27\n", [[9007199254740992, 27]], /no record lies/],
  ])("%s is told", async (_, content, expected, problem) => {
    const [found, problems] = await parsed(content);
    expect(found).toStrictEqual(expected);
    expect(problems.some(({ message }) => problem.test(message))).toBe(true);
    for (const { line } of problems) expect(line).toBeGreaterThan(0);
  });

  test("names the line", async () => {
    const [, problems] = await parsed("0 27\n27 29\n\n56 x\n");
    expect(problems.map(({ line }) => line)).toStrictEqual([4, 4]);
    await expect(readTFRecordIndex(utf8.encode("0 27\n1\n"))).rejects.toThrow(/line 2 of memory/);
  });

  test("of any text ends in entries and problems", async () => {
    const piece = fc.constantFrom(
      "0",
      "27",
      " ",
      "\n",
      "-",
      "+",
      "9".repeat(20),
      "x",
      "\r\n",
      "\t",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
        async (content) => {
          const [found] = await parsed(content);
          expect(found.length).toBeLessThanOrEqual(content.length);
        },
      ),
      property,
    );
  });

  test("s3dlio's pairs are read, and nothing that only resembles them", async () => {
    const binary = Buffer.alloc(entries.length * 16);
    for (const [i, [offset, size]] of entries.entries()) {
      binary.writeBigUInt64LE(BigInt(offset), i * 16);
      binary.writeBigUInt64LE(BigInt(size), i * 16 + 8);
    }
    expect(await readTFRecordIndex(binary)).toStrictEqual(entries);
    expect(await readTFRecordIndex(new Uint8Array(0))).toStrictEqual([]);
    const gap = Buffer.from(binary);
    gap.writeUInt8(9, 16);
    const foreign = { code: "NTH_INDEX_FOREIGN" };
    await expect(readTFRecordIndex(gap)).rejects.toMatchObject(foreign);
    await expect(readTFRecordIndex(binary.subarray(0, -8))).rejects.toMatchObject(foreign);
    const idv1 = Buffer.concat([Buffer.from("IDV1Q   "), Buffer.alloc(16)]);
    await expect(readTFRecordIndex(idv1)).rejects.toThrow(/index of nthrec/);
    const pickle = Buffer.from([0x80, 4, 0x95, 0, 0]);
    await expect(readTFRecordIndex(pickle)).rejects.toThrow(/pickle, which is never run/);
  });
});

test("an index of any bytes is read or refused with a code", async () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .uint8Array({ maxLength: 80 })
      .map((bytes) => bytes.map((byte) => (byte % 3 === 0 ? 0 : byte & 31))),
  );
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      try {
        const found = await readTFRecordIndex(bytes);
        for (const [offset, size] of found) expect(offset >= 0 && size >= 16).toBe(true);
      } catch (error) {
        expect(isNthrecError(error, "NTH_INDEX_INVALID", "NTH_INDEX_FOREIGN")).toBe(true);
      }
    }),
    property,
  );
});

describe("entries", () => {
  const order = [3, 0, 0, 2, 3];
  const permuted = order.map((i) => entries[i] as TFRecordIndexEntry);
  const expected = prints(order.map((i) => list[i] as Uint8Array));

  test("are read in their order, a selection, and as often as they occur", async () => {
    const path = tempFile(file);
    using reader = TFRecordReader.openSync(path, { entries: permuted });
    expect(prints(reader)).toStrictEqual(expected);
    expect(prints(reader.getManySync([4, 3, 2, 1, 0]))).toStrictEqual([...expected].reverse());
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
    expect(existsSync(`${path}.idv1`)).toBe(false);
    await using blob = await TFRecordReader.open(new Blob([file.slice()]), { entries: permuted });
    const found: Uint8Array[] = [];
    for await (const record of blob) found.push(record);
    expect(prints(found)).toStrictEqual(expected);
    expect(prints([...reader.slice(1, 3)])).toStrictEqual(expected.slice(1, 3));
    using none = TFRecordReader.openSync(file, { entries: [] });
    expect(none.length).toBe(0);
  });

  test("work on what a compressed file is inflated to", async () => {
    await using reader = await TFRecordReader.open(gzipSync(file), {
      inflate: "memory",
      entries: permuted,
    });
    expect(prints(await reader.getMany([0, 1, 2, 3, 4]))).toStrictEqual(expected);
  });

  test.each([
    [[0, 15]],
    [[-1, 20]],
    [[0.5, 20]],
    [[0, 16.5]],
    [[0, file.length + 1]],
    [[file.length, 16]],
    [[Number.NaN, 16]],
  ])("%j lies in no file of this size", (entry) => {
    const open = () => TFRecordReader.openSync(file, { entries: [entry as [number, number]] });
    expect(open).toThrow(expect.objectContaining({ code: "NTH_INDEX_INVALID" }));
  });

  test("of another file are found out when they are read", () => {
    const path = join(tempFile(file), "");
    using reader = TFRecordReader.openSync(path, { entries: [[0, 20], ...entries] });
    expect(() => reader.getSync(0)).toThrow(expect.objectContaining({ code: "NTH_CORRUPTION" }));
    expect(prints([reader.getSync(1)])).toStrictEqual(prints([list[0] as Uint8Array]));
    expect(reader.verifySync({ level: "full" })).toMatchObject({ ok: false, problemCount: 1 });
  });
});
