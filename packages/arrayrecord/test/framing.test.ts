import { ByteWriter } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { putBlockHeader } from "../src/framing/block-header.ts";
import { ChunkFramer } from "../src/framing/chunk-framer.ts";
import { ChunkType } from "../src/framing/chunk-header.ts";
import { DamagedChunk, find, have } from "../src/framing/damaged-chunk.ts";
import { type Chunk, parseChunk, parseHeader, usedBytes } from "../src/framing/parse-chunk.ts";
import { chunkEnd, isChunkBoundary, withHeaders } from "../src/framing/positions.ts";
import { fileVectors } from "./support/file-vectors.ts";
import { property } from "./support/seed.ts";

/** Every chunk of a file. */
function chunksOf(file: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < file.length; at = chunks.at(-1)?.end ?? 0) {
    chunks.push(parseChunk(file.subarray(at), at, file.length));
  }
  return chunks;
}

describe("positions", () => {
  test.each([
    [64, 34, 65_472, 65_536],
    [64, 34, 65_473, 65_561],
    [64, 34, 65_496, 65_561],
    [65_536, 44, 3, 65_644],
  ])("a chunk at %i of %i bytes and %i records ends at %i", (begin, size, records, end) => {
    expect(chunkEnd(begin, size, records)).toBe(end);
  });

  test("no chunk begins inside a block header", () => {
    const possible = Array.from({ length: 30 }, (_, i) => isChunkBoundary(65_536 + i));
    expect(possible.indexOf(true, 1)).toBe(25);
    expect(possible[0]).toBe(true);
    expect(withHeaders(0, 40)).toBe(64);
  });
});

describe("the original's files", () => {
  test.each(fileVectors)(
    "$name: every chunk is found and every hash right",
    ({ bytes, chunks }) => {
      const found = chunksOf(bytes);
      expect(
        found
          .slice(0, chunks.length)
          .map(({ begin, end, type, numRecords, decodedDataSize, dataSize }) => ({
            pos: begin,
            end,
            type: String.fromCharCode(type),
            num_records: numRecords,
            decoded_data_size: decodedDataSize,
            data_size: dataSize,
          })),
      ).toEqual(chunks.map(({ header_hash: _, data_hash: __, ...row }) => row));
    },
  );

  test.each(fileVectors)("$name: the same chunks framed anew are the same bytes", ({ bytes }) => {
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, 0);
    for (const chunk of chunksOf(bytes)) framer.chunk(chunk.type, chunk, chunk.data);
    expect(Buffer.compare(out.view(), bytes)).toBe(0);
  });
});

describe("chunks", () => {
  const size = fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 300 }), weight: 3 },
    fc.integer({ min: 65_300, max: 65_700 }),
    fc.integer({ min: 0, max: 200_000 }),
  );

  test("any row of chunks and paddings comes back", () => {
    const row = fc.array(
      fc.record({ size, records: size, pad: fc.boolean(), extra: fc.integer({ max: 99, min: 0 }) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(row, (wanted) => {
        const out = new ByteWriter();
        const framer = new ChunkFramer(out, 0);
        framer.signature();
        const begins: number[] = [];
        for (const { size: length, records, pad, extra } of wanted) {
          const data = new Uint8Array(length).fill(length);
          const counts = { numRecords: records, decodedDataSize: 7 };
          begins.push(framer.chunk(ChunkType.simple, counts, data));
          if (pad) framer.padToBoundary();
          if (pad) expect(framer.position % 65_536).toBe(0);
          if (extra > 50) framer.padding(extra);
        }
        const file = out.view();
        expect(framer.position).toBe(file.length);
        const found = chunksOf(file).filter(({ type }) => type === ChunkType.simple);
        expect(found.map(({ begin }) => begin)).toEqual(begins);
        found.forEach(({ data, numRecords }, i) => {
          const { size: length, records } = wanted[i] as { size: number; records: number };
          expect(numRecords).toBe(records);
          expect(data.length).toBe(length);
          expect(data.every((byte) => byte === (length & 255))).toBe(true);
        });
      }),
      { ...property, numRuns: 60 },
    );
  });

  test("one flipped bit before the padding is noticed, and says where to go on", () => {
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, 0);
    framer.signature();
    const counts = { numRecords: 2, decodedDataSize: 7 };
    const begin = framer.chunk(ChunkType.simple, counts, new Uint8Array(70_000).fill(9));
    const file = out.view().slice();
    const bit = fc.integer({ min: begin * 8, max: file.length * 8 - 1 });
    fc.assert(
      fc.property(bit, (at) => {
        const damaged = file.slice();
        damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
        let error: unknown;
        try {
          parseChunk(damaged.subarray(begin), begin, damaged.length);
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toBeInstanceOf(DamagedChunk);
        expect((error as DamagedChunk).resume.position).toBeGreaterThan(begin);
      }),
      property,
    );
  });

  describe("block headers", () => {
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, 0);
    framer.signature();
    const counts = { numRecords: 1, decodedDataSize: 7 };
    framer.padding(65_536 - 64 - 40 - 10);
    const begin = framer.chunk(ChunkType.simple, counts, new Uint8Array(70_000));
    const file = out.view().slice();
    const end = file.length;
    const resumeOf = (bytes: Uint8Array): unknown => {
      try {
        return parseChunk(bytes.subarray(begin), begin, end);
      } catch (error) {
        return (error as DamagedChunk).resume;
      }
    };

    test("one inside a chunk header, one inside data", () => {
      expect(begin).toBe(65_526);
      expect(parseChunk(file.subarray(begin), begin, end).data.length).toBe(70_000);
    });

    test.each([
      ["inside a header, of no hash", 65_536, undefined, find(65_560)],
      ["inside a header, of another chunk nearby", 65_536, [9, 100], have(65_636)],
      ["inside a header, of another chunk far away", 65_536, [9, 65_537], find(65_560)],
      ["inside a header, of another end", 65_536, [10, 100], find(65_590)],
      ["inside data, of another end", 131_072, [65_546, 100], find(131_096)],
      ["inside data, of another chunk", 131_072, [65_545, 100], have(131_172)],
    ] as const)("%s", (_, at, header, resume) => {
      const bytes = file.slice();
      if (header === undefined) bytes[at] = (bytes[at] as number) ^ 1;
      else putBlockHeader(bytes, at, { previous: header[0], next: header[1] });
      expect(resumeOf(bytes)).toEqual(resume);
    });

    test("of damaged data the header is believed", () => {
      const bytes = file.slice();
      bytes[end - 1] = 1;
      expect(resumeOf(bytes)).toEqual(have(end));
    });
  });

  test("a padding may be longer than a block", () => {
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, 0);
    framer.signature();
    framer.padding(300_000);
    expect(chunksOf(out.view()).map(({ type }) => type)).toEqual([0x73, 0x70]);
    framer.padToBoundary();
    const { length } = out;
    framer.padToBoundary();
    expect(out.length).toBe(length);
  });

  test("a chunk that is cut says so", () => {
    const file = (fileVectors[3] as { bytes: Uint8Array }).bytes;
    const header = parseHeader(file.subarray(64), 64, file.length);
    const cut = expect.objectContaining({ code: "NTH_TRUNCATED" });
    expect(() => parseChunk(file.subarray(64, 64 + usedBytes(header) - 1), 64, 1e9)).toThrow(cut);
    expect(() => parseHeader(file.subarray(64), 64, header.end - 1)).toThrow(cut);
    expect(() => parseHeader(file.subarray(64, 100), 64, file.length)).toThrow(cut);
    expect(() => parseHeader(file.subarray(65_540), 65_540, file.length)).toThrow("can begin");
  });

  test("a file begins with a signature", () => {
    const out = new ByteWriter();
    new ChunkFramer(out, 0).chunk(0x72, { numRecords: 0, decodedDataSize: 0 }, new Uint8Array(3));
    expect(() => parseChunk(out.view(), 0, 67)).toThrow(/does not begin with a signature/);
  });
});
