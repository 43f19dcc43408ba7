import { ByteWriter, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeSimple } from "../src/chunk/encode-simple.ts";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import { ChunkFramer } from "../src/framing/chunk-framer.ts";
import { ChunkType } from "../src/framing/chunk-header.ts";
import { ArrayRecordWriter, RiegeliReader, type SkippedRegion } from "../src/index.ts";
import { bytesOf, fileNamed } from "./support/file-vectors.ts";
import { chunkOf } from "./support/records.ts";
import { expectRecords } from "./support/same-records.ts";
import { property } from "./support/seed.ts";

beforeAll(() => ArrayRecordWriter.prepare());

/** A file of chunks of these records, and where each record is. */
function riegeli(
  groups: readonly (readonly Uint8Array[])[],
  compression: "none" | "zstd" = "none",
): {
  bytes: Uint8Array;
  positions: number[];
} {
  const out = new ByteWriter();
  const framer = new ChunkFramer(out, 0);
  framer.signature();
  const positions: number[] = [];
  for (const group of groups) {
    const chunk = chunkOf(group);
    const data = encodeSimple(chunk, compression, defaultCodecs, {});
    const counts = { numRecords: group.length, decodedDataSize: chunk.bytes.length };
    const begin = framer.chunk(ChunkType.simple, counts, data);
    group.forEach((_, i) => {
      positions.push(begin + i);
    });
  }
  return { bytes: out.view().slice(), positions };
}

const sized = (size: number): Uint8Array => new Uint8Array(size).map((_, i) => i + size);

describe("plain Riegeli files", () => {
  test("an ArrayRecord is one, with its footer and postscripts as records", async () => {
    const { bytes, values } = fileNamed("v4_group100_zstd");
    await using reader = await RiegeliReader.open(bytes);
    expect(reader.length).toBe(1000 + 11 + 3);
    expectRecords(await reader.getMany(values.keys()), values);
    expect(reader.metadata).toBeUndefined();
  });

  test("any file of chunks, with its index beside it", async () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 70_000 }));
    const groups = fc.array(fc.array(size, { maxLength: 5 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(groups, async (sizes) => {
        const records = sizes.map((group) => group.map(sized));
        const { bytes, positions } = riegeli(records);
        const store = new MemoryStore({ entries: [["file", bytes]] });
        for (let times = 0; times < 2; times++) {
          await using reader = await RiegeliReader.open({ store, name: "file" } as never, {
            cacheBytes: 1000,
          });
          expectRecords([...reader], records.flat());
          expectRecords(
            await reader.getMany([...positions.keys()].reverse()),
            records.flat().reverse(),
          );
          expect(store.statSync("file.idv1")).toBeDefined();
          expect((await reader.verify({ level: "full" })).problems).toEqual([]);
        }
        const index = store.openSync("file.idv1");
        const words = new BigUint64Array(index.readSync(16, index.size).slice().buffer);
        expect([...words].map(Number)).toEqual(positions);
      }),
      { ...property, numRuns: 30 },
    );
  });

  test("a chunk that is as long as its positions, and one behind it", async () => {
    const empty = new Array(65_472).fill(new Uint8Array(0));
    const { bytes, positions } = riegeli([empty, [bytesOf("tail")]], "zstd");
    expect(positions.at(-1)).toBe((positions.at(-2) as number) + 1);
    await using reader = await RiegeliReader.open(bytes);
    expect(await reader.get(65_472)).toEqual(bytesOf("tail"));
    expect((await reader.get(65_471)).length).toBe(0);
    expect(await reader.get(65_472)).toEqual(bytesOf("tail"));
  });

  test("a file that grew is scanned from its last record", async () => {
    const records = [[sized(9), sized(0)], [sized(7)], [sized(70_000), sized(3)]];
    const { bytes } = riegeli(records);
    const short = riegeli(records.slice(0, 1)).bytes;
    const store = new MemoryStore({ entries: [["file", short]] });
    await (await RiegeliReader.open({ store, name: "file" } as never)).close();
    const file = store.editSync("file");
    file.writeSync(0, bytes);
    file.closeSync();
    await using reader = await RiegeliReader.open({ store, name: "file" } as never);
    expectRecords([...reader], records.flat());
  });
});

describe("damage", () => {
  const records = Array.from({ length: 40 }, (_, i) => [sized(5000 + i)]);
  const { bytes, positions } = riegeli(records);

  test("is an error, or passed over as the original does", async () => {
    const broken = bytes.slice();
    const at = positions[5] as number;
    broken[at + 10] = (broken[at + 10] as number) ^ 1;
    await expect(RiegeliReader.open(broken)).rejects.toThrow(
      expect.objectContaining({ code: "NTH_CORRUPTION" }),
    );
    const skipped: SkippedRegion[] = [];
    const onSkipped = (region: SkippedRegion): unknown => skipped.push(region);
    await using reader = await RiegeliReader.open(broken, { damage: "skip", onSkipped });
    // The next block header leads to the chunk behind the one that it interrupts.
    const next = positions.findIndex((position) => position > 65_536);
    expect(skipped).toEqual([{ start: at, end: positions[next], reason: expect.any(String) }]);
    expectRecords([...reader], [...records.slice(0, 5), ...records.slice(next)].flat());
  });

  test("of data costs one chunk", async () => {
    const broken = bytes.slice();
    const at = positions[5] as number;
    broken[at + 100] = (broken[at + 100] as number) ^ 1;
    await using strict = await RiegeliReader.open(broken);
    await expect(strict.get(5)).rejects.toThrow(
      expect.objectContaining({ code: "NTH_CORRUPTION" }),
    );
    expect((await strict.get(6)).length).toBe(5006);
    await using reader = await RiegeliReader.open(broken, { damage: "skip" });
    expectRecords([...reader], records.filter((_, i) => i !== 5).flat());
  });

  test("of any kind leaves records, in order, or errors", async () => {
    const change = fc.tuple(
      fc.nat(bytes.length - 1),
      fc.constantFrom("flip", "zero", "cut", "insert"),
      fc.integer({ min: 1, max: 3000 }),
    );
    const sizes = new Set(records.flat().map(({ length }) => length));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let file: Uint8Array = bytes.slice();
        for (const [at, kind, length] of changes) {
          if (kind === "flip") file[at % file.length] = (file[at % file.length] as number) ^ 4;
          else if (kind === "zero") file.fill(0, at, at + length);
          else {
            const rest = file.subarray(kind === "cut" ? at + length : at);
            const more = new Uint8Array(kind === "cut" ? 0 : length);
            file = new Uint8Array(Buffer.concat([file.subarray(0, at), more, rest]));
          }
        }
        let last = 0;
        const onSkipped = ({ start, end }: SkippedRegion): void => {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        };
        await using reader = await RiegeliReader.open(file, { damage: "skip", onSkipped });
        for (const record of reader) expect(sizes.has(record.length)).toBe(true);
      }),
      { ...property, numRuns: 60 },
    );
  });
});

describe("records by their positions", () => {
  test("are found in any file, whole or by pages", async () => {
    const size = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));
    const groups = fc.array(fc.array(size, { maxLength: 120 }), { maxLength: 6 });
    const places = fc.array(fc.nat(12_000), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(groups, places, async (sizes, others) => {
        const { bytes, positions } = riegeli(sizes.map((group) => group.map(sized)));
        await using reader = await RiegeliReader.open(bytes);
        for (const [i, position] of positions.entries()) {
          expect(reader.positionOfSync(i)).toBe(position);
        }
        for (const place of [...others, ...positions, ...positions.map((p) => p + 1), 0]) {
          const found = positions.findIndex((position) => position >= place);
          expect(await reader.seek(place)).toBe(found === -1 ? positions.length : found);
        }
      }),
      { ...property, numRuns: 30 },
    );
  });

  test("of an index in pages", async () => {
    const { bytes, positions } = riegeli(
      Array.from({ length: 300 }, (_, i) => Array.from({ length: 90 }, () => sized(i % 3))),
    );
    const store = new MemoryStore({ entries: [["file", bytes]] });
    const entry = { store, name: "file" } as never;
    await (await RiegeliReader.open(entry)).close();
    await using reader = await RiegeliReader.open(entry, { offsets: "paged" });
    expect(reader.length).toBe(27_000);
    for (const i of [0, 89, 90, 8191, 8192, 20_000, 26_999]) {
      expect(await reader.positionOf(i)).toBe(positions[i]);
      expect(await reader.seek(positions[i] as number)).toBe(i);
    }
  });

  test("are refused where there can be none", async () => {
    await using reader = await RiegeliReader.open(riegeli([[sized(3)]]).bytes);
    const coded = expect.objectContaining({ code: "NTH_OUT_OF_RANGE" });
    expect(() => reader.seekSync(-1)).toThrow(coded);
    await expect(reader.seek(-1)).rejects.toThrow(coded);
    expect(await reader.seek(2 ** 60)).toBe(1);
    for (const index of [-1, 1]) {
      await expect(reader.positionOf(index)).rejects.toThrow(coded);
      expect(() => reader.positionOfSync(index)).toThrow(coded);
    }
    for (const none of [0.5, Number.NaN, "0" as never]) {
      await expect(reader.seek(none)).rejects.toThrow(TypeError);
      await expect(reader.positionOf(none)).rejects.toThrow(TypeError);
    }
  });
});
