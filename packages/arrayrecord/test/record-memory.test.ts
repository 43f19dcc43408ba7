import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemorySink } from "@nthrec/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";
import { RecordMemory, SHARED_BYTES } from "../src/records/record-memory.ts";
import { expectRecords } from "./support/same-records.ts";
import { property } from "./support/seed.ts";
import { tempFolder } from "./support/temp.ts";

beforeAll(() => ArrayRecordWriter.prepare());

function chunkOf(sizes: readonly number[]): { bytes: Uint8Array; ends: Uint32Array } {
  let end = 0;
  const ends = Uint32Array.from(sizes, (size) => (end += size));
  const bytes = new Uint8Array(end);
  for (let i = 0; i < end; i++) bytes[i] = (i * 7) % 251;
  return { bytes, ends };
}

describe("memory for records of batches", () => {
  const size = fc.oneof(fc.nat(40), fc.nat(3000), fc.integer({ min: 16_000, max: 70_000 }));

  test("holds copies that nothing overwrites, in pieces of at most 64 KiB", () => {
    const kept = fc.property(
      fc.array(fc.array(size, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
      fc.nat(1000),
      fc.boolean(),
      fc.infiniteStream(fc.nat(3)),
      (chunks, first, falling, skips) => {
        const memory = new RecordMemory();
        const made: { record: Uint8Array; expected: Uint8Array }[] = [];
        for (const sizes of chunks) {
          const chunk = chunkOf(sizes);
          let indices = sizes.map((_, i) => first + i).filter(() => skips.next().value !== 0);
          if (falling) indices = indices.reverse();
          const records = memory.copies(chunk, indices, first);
          expect(records.length).toBe(indices.length);
          indices.forEach((index, i) => {
            const inner = index - first;
            const start = inner === 0 ? 0 : (chunk.ends[inner - 1] as number);
            const expected = chunk.bytes.slice(start, chunk.ends[inner]);
            const record = records[i] as Uint8Array;
            const most = Math.max(SHARED_BYTES, record.length);
            if (record.buffer.byteLength > most) expect(record.buffer.byteLength).toBe(most);
            made.push({ record, expected });
          });
          chunk.bytes.fill(255);
        }
        for (const { record, expected } of made) expect(Buffer.compare(record, expected)).toBe(0);
      },
    );
    fc.assert(kept, property);
  });

  test("records of multiples of 8 bytes begin at multiples of 8", () => {
    const memory = new RecordMemory();
    for (const sizes of [[3, 5], Array(300).fill(1024)]) {
      const indices = sizes.map((_, i) => i);
      const [first, ...rest] = memory.copies(chunkOf(sizes), indices, 0);
      expect((first as Uint8Array).byteOffset % 8).toBe(0);
      if (sizes[0] === 1024) for (const each of rest) expect(each.byteOffset % 8).toBe(0);
    }
  });
});

describe.each(["uncompressed", "snappy", "zstd", "brotli"])(
  "records of a file, %s",
  (compression) => {
    const sizes = [0, 1, 13, 900, 1300, 5000, 20_000, 70_000];
    const values = Array.from({ length: 310 }, (_, i) =>
      new Uint8Array(sizes[i % (i % 60 === 0 ? 8 : 6)] as number).fill(i),
    );

    test.each([1, 7, 300])("in groups of %i are the caller's for good", async (group) => {
      const sink = new MemorySink();
      const optionString = `group_size:${group},${compression}`;
      await using writer = await ArrayRecordWriter.open(sink, { optionString });
      await writer.extend(values);
      await writer.close();
      const path = join(tempFolder(), "records.array_record");
      writeFileSync(path, sink.toBytes());
      for (const data of [path, sink.toBytes()]) {
        await using reader = await ArrayRecordReader.open(data, { cacheBytes: 100_000 });
        const numbers = values.map((_, i) => i);
        const shuffled = numbers.map((i) => (i * 7) % values.length).reverse();
        const lists: { readonly records: Uint8Array[]; readonly order: readonly number[] }[] = [];
        const pairs = (order: readonly number[], records: Uint8Array[]) =>
          lists.push({ records, order });
        pairs(numbers, [...reader]);
        pairs(shuffled, reader.getManySync(shuffled));
        pairs(shuffled.slice(0, 20), await reader.getMany(shuffled.slice(0, 20)));
        pairs([...numbers].reverse(), [...reader.slice(undefined, undefined, -1)]);
        const awaited: Uint8Array[] = [];
        for await (const each of reader) awaited.push(each);
        pairs(numbers, awaited);
        pairs(
          numbers,
          numbers.map((i) => reader.getSync(i)),
        );
        for (const { records, order } of lists) {
          expect(records.length).toBe(order.length);
          records.forEach((record, i) => {
            const value = values[order[i] as number] as Uint8Array;
            expect(Buffer.compare(record, value), `record ${order[i]}`).toBe(0);
            const most = Math.max(SHARED_BYTES, record.length);
            expect(record.buffer.byteLength).toBeLessThanOrEqual(most);
          });
        }
        // Who writes to one record writes to no other one.
        for (const { records } of lists) for (const each of records) each.fill(0);
        expectRecords(reader.getManySync(numbers), values);
      }
    });
  },
);
