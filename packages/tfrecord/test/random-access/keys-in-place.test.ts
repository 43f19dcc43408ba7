import { isNthrecError, MemoryStore } from "@nthrec/core";
import { type Key, keyed, keyedSync } from "@nthrec/core/keys";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeExample, exampleKey, TFRecordReader, TFRecordWriter } from "../../src/index.ts";
import { property } from "../support/seed.ts";

/** What a record is, and how large. */
const record = fc.record({
  kind: fc.constantFrom("text", "text", "text", "int64", "none", "noise", "damaged"),
  size: fc.nat(700),
});

async function fileOf(records: readonly { kind: string; size: number }[]): Promise<Uint8Array> {
  const store = new MemoryStore();
  const starts: number[] = [];
  const writer = await TFRecordWriter.open({ store, name: "data" });
  let end = 0;
  for (const [i, { kind, size }] of records.entries()) {
    const image = new Uint8Array(size).fill(i);
    const key = kind === "int64" ? { int64s: [i] } : `key-${i}`;
    const bytes =
      kind === "noise"
        ? new Uint8Array(size + 1).fill(0xff)
        : encodeExample(kind === "none" ? { image } : { key, image });
    starts.push(end);
    end += bytes.length + 16;
    await writer.append(bytes);
  }
  await writer.close();
  const source = await store.open("data");
  const bytes = await source.read(0, source.size);
  for (const [i, { kind }] of records.entries()) {
    const at = (starts[i] as number) + 12;
    if (kind === "damaged") bytes[at] = (bytes[at] as number) ^ 0x40;
  }
  return bytes;
}

test("keys found in place are those that the key function finds, whatever the records are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 120 }), async (records) => {
      const reader = await TFRecordReader.open(await fileOf(records));
      const inPlace = exampleKey("key");
      // Without the property that finds places.
      const plain = (bytes: Uint8Array): Key | undefined => inPlace(bytes);
      const options = { duplicates: "all", missing: "skip", damaged: "skip" } as const;
      const expected = keyedSync(reader, { ...options, key: plain, name: "plain" });
      const sync = keyedSync(reader, { ...options, key: inPlace, name: "sync" });
      const soon = await keyed(reader, {
        ...options,
        key: inPlace,
        name: "soon",
        buildMemory: 500,
      });
      for (const index of [sync, soon]) {
        expect(index.stats).toEqual({ ...expected.stats, bytes: index.stats.bytes });
        expect([...index.keysSync()].map(String)).toEqual([...expected.keysSync()].map(String));
        for (const [i, { kind }] of records.entries()) {
          const key = kind === "int64" ? i : `key-${i}`;
          const found = kind === "text" || kind === "int64" ? i : undefined;
          expect(index.findSync(key)).toBe(found);
        }
      }
    }),
    { ...property, numRuns: 60 },
  );
});

test("a damaged record ends the building, with its number, as reading it does", async () => {
  const records = Array.from({ length: 500 }, (_, i) => ({
    kind: i === 400 ? "damaged" : "text",
    size: 20,
  }));
  const reader = await TFRecordReader.open(await fileOf(records));
  const build = (): unknown => keyedSync(reader, { key: exampleKey("key"), name: "key" });
  let error: unknown;
  try {
    build();
  } catch (caught) {
    error = caught;
  }
  expect(isNthrecError(error, "NTH_CORRUPTION")).toBe(true);
  expect(error).toMatchObject({ index: 400 });
  // Where checksums are not asked for, none is looked at.
  const trusting = await TFRecordReader.open(await fileOf(records), { checksums: "frame" });
  const skipping = { key: exampleKey("key"), name: "key", missing: "skip" } as const;
  expect(keyedSync(trusting, skipping).size).toBe(499);
});

test("progress counts every record, found in place or not", async () => {
  const records = Array.from({ length: 1000 }, (_, i) => ({
    kind: i % 300 === 7 ? "int64" : "text",
    size: 20,
  }));
  const reader = await TFRecordReader.open(await fileOf(records));
  const heard: number[] = [];
  keyedSync(reader, {
    key: exampleKey("key"),
    name: "key",
    progressInterval: 100,
    onProgress: ({ records }) => heard.push(records),
  });
  expect(heard).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1000]);
});

test("a reader that turns records into others is read by its own rules", async () => {
  class Unwrapping extends TFRecordReader {
    protected override _get(bytes: Uint8Array): Uint8Array {
      return encodeExample({ key: `other ${exampleKey("key")(super._get(bytes))?.toString()}` });
    }
  }
  const bytes = await fileOf(Array.from({ length: 40 }, () => ({ kind: "text", size: 20 })));
  const reader = await Unwrapping.open(bytes);
  const index = keyedSync(reader, { key: exampleKey("key"), name: "key" });
  const text = (key: string): string => new TextEncoder().encode(key).toString();
  expect(index.findSync(`other ${text("key-7")}`)).toBe(7);
  expect(index.findSync("key-7")).toBeUndefined();
});

test("keys of data that do not answer at once are the same", async () => {
  const records = Array.from({ length: 300 }, () => ({ kind: "text", size: 20 }));
  const reader = await TFRecordReader.open(new Blob([(await fileOf(records)) as BlobPart]));
  const index = await keyed(reader, { key: exampleKey("key"), name: "key" });
  for (const i of [0, 150, 299]) expect(await index.find(`key-${i}`)).toBe(i);
});
