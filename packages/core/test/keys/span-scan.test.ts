import fc from "fast-check";
import { expect, test } from "vitest";
import { tempFile } from "../../../../testing/temp.ts";
import { readU32, writeU32 } from "../../src/bytes/le.ts";
import {
  BaseIndexedReader,
  NthrecError,
  type OffsetTable,
  type PlainFrames,
  type ReadPlan,
} from "../../src/index.ts";
import { type Key, type KeySpanFinder, keyed, keyedSync, keySpan } from "../../src/keys/index.ts";
import { property } from "../support/property.ts";

const LENGTH_BYTES = 4;
/** What a record's first byte says of the rest. */
const Kind = { key: 0, odd: 1, none: 2, damaged: 3 } as const;

/** Records behind their lengths. */
class PlainReader extends BaseIndexedReader<Uint8Array> {
  protected override get plain(): PlainFrames {
    return {
      before: LENGTH_BYTES,
      behind: 0,
      check: (window, bounds, count) => {
        for (let i = 0; i < count; i++) {
          const [at, end] = [bounds[i] as number, bounds[i + 1] as number];
          if (readU32(window, at) !== end - at - LENGTH_BYTES) return i;
          if (window[at + LENGTH_BYTES] === Kind.damaged) return i;
        }
        return count;
      },
    };
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let at = start;
    while (at < this.end) {
      const head = yield { start: at, end: at + LENGTH_BYTES };
      offsets.push(at);
      at += LENGTH_BYTES + readU32(head, 0);
    }
    return at;
  }

  protected override _frames(bytes: Uint8Array): boolean {
    return readU32(bytes, 0) === bytes.length - LENGTH_BYTES;
  }

  protected override _get(bytes: Uint8Array): Uint8Array {
    if (bytes[LENGTH_BYTES] === Kind.damaged) throw new NthrecError("NTH_DECODE_ERROR", "damaged");
    return bytes.subarray(LENGTH_BYTES);
  }
}

/** The key of a record, asked one by one. */
function alone(record: Uint8Array): Key | undefined {
  if (record[0] === Kind.none) return undefined;
  const key = record.subarray(1);
  return record[0] === Kind.odd ? key.length : key;
}

const find: KeySpanFinder = (bytes, start, end, span) => {
  if (bytes[start] !== Kind.key) return false;
  span.start = start + 1;
  span.end = end;
  return true;
};
const inPlace = Object.assign((record: Uint8Array) => alone(record), { [keySpan]: find });

function fileOf(records: readonly (readonly [kind: number, key: Uint8Array])[]): Uint8Array {
  const size = records.reduce((sum, [, key]) => sum + LENGTH_BYTES + 1 + key.length, 0);
  const file = new Uint8Array(size);
  let at = 0;
  for (const [kind, key] of records) {
    writeU32(file, at, key.length + 1);
    file[at + LENGTH_BYTES] = kind;
    file.set(key, at + LENGTH_BYTES + 1);
    at += LENGTH_BYTES + 1 + key.length;
  }
  return file;
}

const kinds = fc.constantFrom(...[0, 0, 0, 0, 0, 0, 1, 2, 3]);
const record = fc.tuple(kinds, fc.uint8Array({ maxLength: 60 }));
const policies = { duplicates: "all", missing: "skip", damaged: "skip" } as const;

test("keys found in place are those found one by one, wherever the data lie", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 150 }),
      fc.constantFrom(undefined, 300),
      async (records, buildMemory) => {
        const file = fileOf(records);
        const options = { ...policies, buildMemory, indexFile: "memory", name: "k" } as const;
        await using reader = await PlainReader.open(file);
        const expected = keyedSync(reader, { ...options, key: alone });
        for (const data of [tempFile(file, "data"), file, new Blob([file as BlobPart])]) {
          await using other = await PlainReader.open(data);
          const found = await keyed(other, { ...options, key: inPlace });
          expect(found.stats).toEqual(expected.stats);
          if (other.sync) {
            const now = keyedSync(other, { ...options, key: inPlace });
            expect(now.stats).toEqual(expected.stats);
          }
          for (const [, key] of records.slice(0, 20)) {
            expect(await found.findAll(key)).toEqual(expected.findAllSync(key));
            expect(await found.findAll(key.length)).toEqual(expected.findAllSync(key.length));
          }
        }
      },
    ),
    { ...property, numRuns: 30 },
  );
});

test("what is too long, for a window or for a key, is asked for by itself", () => {
  const long = new Uint8Array(300_000);
  const key = (i: number): Uint8Array => new TextEncoder().encode(`key ${i}`);
  const records = Array.from({ length: 60 }, (_, i) => [Kind.key, key(i)] as const);
  const odd = [...records.slice(0, 30), [Kind.odd, long] as const, ...records.slice(30)];
  const reader = PlainReader.openSync(fileOf(odd));
  const options = { key: inPlace, name: "k" } as const;
  const index = keyedSync(reader, options);
  expect([index.findSync("key 29"), index.findSync(300_000)]).toEqual([29, 30]);
  expect(index.findSync("key 30")).toBe(31);
  const refused = PlainReader.openSync(fileOf([...records, [Kind.key, new Uint8Array(70_000)]]));
  expect(() => keyedSync(refused, options)).toThrow(
    expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
  );
});

test("a file cut while its keys are looked for fails as reading it does", async () => {
  const records = Array.from({ length: 50 }, (_, i) => [Kind.key, Uint8Array.of(i)] as const);
  const path = tempFile(fileOf(records), "data");
  await using reader = await PlainReader.open(path);
  const { truncateSync } = await import("node:fs");
  truncateSync(path, 100);
  expect(() => keyedSync(reader, { key: inPlace, name: "k" })).toThrow(NthrecError);
});
