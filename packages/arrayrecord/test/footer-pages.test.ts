import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ByteSource,
  MemorySink,
  MemorySource,
  PageMiss,
  type ReadPlan,
  type SyncByteSource,
} from "@nthrec/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import {
  ArrayRecordDataSource,
  ArrayRecordReader,
  type ArrayRecordReaderOptions,
  ArrayRecordWriter,
  ModuleReader,
} from "../src/index.ts";
import { ChunkTable } from "../src/records/chunk-table.ts";
import { readFooter } from "../src/records/file-layout.ts";
import { FooterPages } from "../src/records/footer-pages.ts";
import { property } from "./support/seed.ts";

beforeAll(() => ArrayRecordWriter.prepare());

/** Runs a plan over bytes, in a buffer that the next read overwrites. */
function run<R>(source: SyncByteSource, plan: ReadPlan<R>): R {
  const scratch = new Uint8Array(source.size);
  let next = plan.next();
  while (!next.done) {
    const { start, end } = next.value;
    const bytes = scratch.subarray(0, end - start);
    bytes.set(source.readSync(start, end));
    next = plan.next(bytes);
  }
  return next.value;
}

async function fileOf(records: Iterable<Uint8Array>, optionString: string): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await ArrayRecordWriter.open(sink, { optionString });
  await writer.extend(records);
  await writer.close();
  return sink.toBytes();
}

function* counted(count: number): Iterable<Uint8Array> {
  for (let i = 0; i < count; i++) yield Uint8Array.of(i, i >> 8, i >> 16).subarray(0, i % 4);
}

const codecs = ["uncompressed", "zstd", "brotli:1", "snappy"];

describe("a footer in pages", () => {
  const files = fc.record({
    count: fc.integer({ min: 0, max: 300 }),
    group: fc.integer({ min: 1, max: 9 }),
    codec: fc.constantFrom(...codecs),
    chunks: fc.integer({ min: 1, max: 20 }),
    kept: fc.integer({ min: 1, max: 5 }),
    order: fc.array(fc.nat(), { maxLength: 60 }),
  });

  test("names the same places as one in memory, of which few are kept", async () => {
    await fc.assert(
      fc.asyncProperty(files, async ({ count, group, codec, order, ...shape }) => {
        const bytes = await fileOf(counted(count), `group_size:${group},${codec}`);
        const source = new MemorySource(bytes);
        const table = ChunkTable.of(run(source, readFooter(source, defaultCodecs)));
        const pages = run(source, FooterPages.open(source, defaultCodecs, shape));
        expect(pages.facts.numChunks).toBe(table.count);
        if (table.count === 0) return;
        for (const at of [...order, 0, table.count - 1]) {
          const chunk = at % table.count;
          expect(loaded(source, pages, () => pages.rangeOf(chunk))).toEqual(table.rangeOf(chunk));
          expect(pages.beginOf(chunk)).toBe(table.rangeOf(chunk).start);
          expect(pages.resident).toBeLessThanOrEqual(shape.kept);
        }
      }),
      { ...property, numRuns: 60 },
    );
  });

  test.each(["uncompressed", "zstd"])(
    "%s: that is longer than a block, and then not what it was",
    async (codec) => {
      const bytes = await fileOf(counted(20_000), codec);
      const source = new MemorySource(bytes);
      const table = ChunkTable.of(run(source, readFooter(source, defaultCodecs)));
      const pages = run(source, FooterPages.open(source, defaultCodecs, { chunks: 512, kept: 2 }));
      for (let chunk = 0; chunk < table.count; chunk += 97) {
        expect(loaded(source, pages, () => pages.rangeOf(chunk))).toEqual(table.rangeOf(chunk));
      }
      const { begin } = pages.facts;
      const damaged = bytes.slice();
      for (let at = begin; at < begin + 200_000 && at < bytes.length - 65536; at += 50)
        damaged[at]! ^= 1;
      const other = new MemorySource(damaged);
      expect(() => loaded(other, pages, () => pages.rangeOf(0))).toThrow(
        expect.objectContaining({ code: "NTH_CORRUPTION" }),
      );
    },
  );

  test("of another file of the same layout is not believed", async () => {
    const one = new MemorySource(await fileOf(counted(100), "uncompressed"));
    const pages = run(one, FooterPages.open(one, defaultCodecs, { chunks: 8, kept: 1 }));
    const two = await fileOf(
      Array.from({ length: 100 }, (_, i) => new Uint8Array(i % 3)),
      "uncompressed",
    );
    const mixed = new MemorySource(two.slice(0, one.size));
    expect(() => loaded(mixed, pages, () => pages.rangeOf(3))).toThrow(/not what it was/);
  });
});

/** Asks until no page is missing. */
function loaded<R>(source: SyncByteSource, pages: FooterPages, ask: () => R): R {
  for (;;) {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof PageMiss)) throw error;
      run(source, pages.load(error.page));
    }
  }
}

describe("a reader whose chunks' places are not in memory", () => {
  const COUNT = 150_000;
  const folder = mkdtempSync(join(tmpdir(), "nthrec-pages-"));
  const path = join(folder, "many.array_record");
  let bytes: Uint8Array;
  let url: string;
  const server = createServer(({ headers: { range } }, response) => {
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
    const start = from === "" ? bytes.length - Number(to) : Number(from ?? 0);
    const end = from === "" || to === undefined || to === "" ? bytes.length : Number(to) + 1;
    const part = bytes.subarray(start, Math.min(end, bytes.length));
    response.writeHead(206, {
      ETag: '"1"',
      "Content-Range": `bytes ${start}-${start + part.length - 1}/${bytes.length}`,
      "Content-Length": part.length,
    });
    response.end(part);
  });

  beforeAll(async () => {
    bytes = await fileOf(counted(COUNT), "uncompressed");
    writeFileSync(path, bytes);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/many.array_record`;
  }, 120_000);
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const expected = (i: number): number[] => [i & 255, (i >> 8) & 255, i >> 16].slice(0, i % 4);
  const places: [string, () => string | URL | Blob | ByteSource][] = [
    ["a file", () => path],
    ["a Blob", () => new Blob([bytes as Uint8Array<ArrayBuffer>])],
    ["HTTP", () => new URL(url)],
  ];

  test.each(places)("%s: every verb, all over the file", async (_, place) => {
    const options: ArrayRecordReaderOptions = { optionString: "index_storage_option:offloaded" };
    await using reader = await ArrayRecordReader.open(place(), options);
    expect(reader.length).toBe(COUNT);
    expect(reader.chunkCount).toBe(COUNT);
    // Pages of 1024 chunks, of which 128 stay: more of them are asked for, in turn.
    const scattered = Array.from({ length: 400 }, (_, i) => (i * 77_777) % COUNT);
    for (const i of scattered.slice(0, 25)) expect([...(await reader.get(i))]).toEqual(expected(i));
    const many = await reader.getMany(scattered);
    expect(many.map((record) => [...record])).toEqual(scattered.map(expected));
    let next = COUNT - 20_000;
    for await (const record of reader.slice(next)) {
      if (record.length !== next % 4 || (record.length > 0 && record[0] !== (next & 255))) {
        expect([...record]).toEqual(expected(next));
      }
      next++;
    }
    expect(next).toBe(COUNT);
  });

  test("before it returns, too", () => {
    using reader = ArrayRecordReader.openSync(path, { offsets: "paged" });
    for (const i of [0, 149_999, 75_000, 1, 149_998]) {
      expect([...reader.getSync(i)]).toEqual(expected(i));
    }
    let next = 0;
    for (const record of reader.slice(0, 20_000)) if (record.length === next % 4) next++;
    expect(next).toBe(20_000);
    expect(reader.verifySync({ level: "sample" })).toMatchObject({ ok: true, records: COUNT });
  });

  test("is what the original's option asks for, unless the typed one says otherwise", async () => {
    using reader = new ModuleReader(path, "index_storage_option:offloaded");
    expect([...(reader.readIndices([140_000])[0] as Uint8Array)]).toEqual(expected(140_000));
    const readerOptions = { index_storage_option: "offloaded" };
    await using source = await ArrayRecordDataSource.open(path, { readerOptions });
    expect([...(await source.get(140_000))]).toEqual(expected(140_000));
    const both = { optionString: "index_storage_option:offloaded", offsets: "resident" } as const;
    await using resident = await ArrayRecordReader.open(path, both);
    expect([...(await resident.get(9))]).toEqual(expected(9));
    await expect(
      ArrayRecordReader.open(path, { optionString: "index_storage_options:offloaded" }),
    ).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
  });
});
