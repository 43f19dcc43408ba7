import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";
import { parseWriterOptions } from "../src/options/writer-settings.ts";
import { answerTo } from "../src/threads/answer-to.ts";
import type { DecodedChunks, EncodedChunks } from "../src/threads/chunk-jobs.ts";
import { tempFolder } from "./support/temp.ts";

// What threads do, done in this one.

const records = Array.from({ length: 10 }, (_, i) => new Uint8Array(i * 100).fill(i + 1));
const OPTIONS = "group_size:4,zstd";

beforeAll(() => prepareCodecs());

/** A file of three chunks, and where they lie. */
async function threeChunks(): Promise<{ bytes: Uint8Array; begins: number[] }> {
  const path = join(tempFolder(), "file");
  const writer = await ArrayRecordWriter.open(path, { optionString: OPTIONS });
  await writer.extend(records);
  await writer.close();
  const reader = await ArrayRecordReader.open(path);
  const begins = [0, 4, 7].map((i) => reader.locateSync(i).start);
  await reader.close();
  return { bytes: new Uint8Array(readFileSync(path)), begins };
}

function decoded(bytes: Uint8Array, places: number[]): DecodedChunks {
  const { answer, transfer } = answerTo(
    { id: 7, decode: { bytes, places: Float64Array.from(places) } },
    defaultCodecs,
  );
  if (!("decoded" in answer)) throw new Error(JSON.stringify(answer));
  expect(answer.id).toBe(7);
  expect(transfer).toEqual([
    answer.decoded.bytes.buffer,
    answer.decoded.bounds.buffer,
    answer.decoded.ends.buffer,
  ]);
  return answer.decoded;
}

test("chunks are decoded behind each other, and left out where something is wrong", async () => {
  const { bytes, begins } = await threeChunks();
  const [first = 0, second = 0] = begins;
  const third = second + 40;
  const places = [first, first, second, 4, second, second, bytes.length, 4];
  const all = decoded(bytes, places);
  expect([...all.bounds]).toEqual([0, 600, 600, 2800]);
  expect([...all.ends]).toEqual([0, 100, 300, 600, 400, 900, 1500, 2200]);
  expect(all.bytes).toEqual(new Uint8Array(Buffer.concat(records.slice(0, 8))));

  const otherCount = decoded(bytes, [first, first, second, 3, second, second, bytes.length, 4]);
  expect([...otherCount.bounds]).toEqual([-1, -1, 0, 2200]);
  expect([...otherCount.ends]).toEqual([400, 900, 1500, 2200]);

  const noChunk = decoded(bytes, [first, first, second, 4, third, third, bytes.length, 4]);
  expect([...noChunk.bounds]).toEqual([0, 600, -1, -1]);

  bytes[second + 45] = (bytes[second + 45] as number) ^ 1;
  expect([...decoded(bytes, places).bounds]).toEqual([0, 600, -1, -1]);
});

test.each([OPTIONS, `${OPTIONS},transpose`])("groups are encoded behind each other: %s", (text) => {
  const settings = parseWriterOptions(text);
  const ends = Float64Array.from(records.keys(), (i) => 50 * i * (i + 1));
  const bytes = new Uint8Array(Buffer.concat(records));
  const { answer } = answerTo({ id: 2, encode: { settings, bytes, ends } }, defaultCodecs);
  const { encoded } = answer as { encoded: EncodedChunks };
  expect(encoded.ends).toHaveLength(3);
  expect(encoded.ends[2]).toBe(encoded.bytes.length);
  // Each begins with the name of its codec.
  expect([0, ...encoded.ends.subarray(0, 2)].map((at) => encoded.bytes[at])).toEqual([
    0x7a, 0x7a, 0x7a,
  ]);
  const alone = answerTo(
    {
      id: 3,
      encode: { settings, bytes: bytes.slice(0, 600), ends: ends.slice(0, 4) },
    },
    defaultCodecs,
  ).answer as { encoded: EncodedChunks };
  expect(encoded.bytes.subarray(0, encoded.ends[0])).toEqual(alone.encoded.bytes);
});
