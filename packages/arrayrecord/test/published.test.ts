import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { prepareCodecs } from "../src/codecs/prepared.ts";
import { ArrayRecordReader, RiegeliReader, type SkippedRegion } from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { type Published, published } from "./support/published.ts";

beforeAll(prepareCodecs);

const sha256 = (...all: readonly Uint8Array[]): string =>
  createHash("sha256").update(Buffer.concat(all)).digest("hex");
const those = (pattern: RegExp): Published[] => published.filter(({ name }) => pattern.test(name));

test("21 files of three projects are as they were published", () => {
  expect(published.map(({ bytes }) => sha256(bytes))).toEqual(published.map((file) => file.sha256));
  expect(
    [those(/^digits/), those(/^kythe/), those(/^riegeli-rs/)].map((all) => all.length),
  ).toEqual([2, 6, 13]);
});

test.each(those(/^digits/))("$name", async ({ name, bytes }) => {
  await using reader = await ArrayRecordReader.open(bytes);
  const first = name.includes("-00000-of") ? 0 : 5;
  expect([...reader]).toEqual([0, 1, 2, 3, 4].map((i) => bytesOf(String(first + i))));
  expect(reader.groupSize).toBe(1);
});

test.each(those(/^kythe/))("$name", async ({ name, bytes }) => {
  for (const options of [{}, { damage: "skip" } as const]) {
    await using reader = await RiegeliReader.open(bytes, options);
    expect(reader.length).toBe(100);
    expect(sha256(...reader)).toBe(
      "e391a89bcde70eced642c3c619b7d8d885cfcec114f28415a45ee05433d5898d",
    );
    const { metadata } = reader;
    expect(metadata?.recordTypeName).toBe("kythe.proto.Entry");
    expect(metadata?.recordWriterOptions).toMatch(
      name.includes("uncompressed") ? /^(transpose,)?uncompressed/ : /brotli|zstd|snappy/,
    );
    const [file] = metadata?.fileDescriptors ?? [];
    expect(metadata?.fileDescriptors.length).toBe(1);
    expect(new TextDecoder().decode(file)).toContain("kythe/proto/storage.proto");
  }
});

describe("files of riegeli-rs", () => {
  test.each(those(/(simple|transpose)_/))("$name", async ({ bytes }) => {
    await using reader = await RiegeliReader.open(bytes);
    expect(reader.length).toBe(100);
    expect(sha256(...reader)).toBe(
      "f8c142b4f94d8783cc2716b1091dcfa1a0036df32952aed45b3eefc7e35e2f81",
    );
  });

  const rows: Record<string, [length: number, last: string]> = {
    A_q_boundary_plus_1: [65_473, ""],
    A_q_boundary_plus_1_with_tail: [65_474, "tail"],
    B_q_boundary_plus_24: [65_496, ""],
    B_q_boundary_plus_24_with_tail: [65_497, "tail"],
    C_q_boundary_exact: [65_472, ""],
    D_chunk_starts_at_boundary: [2, "boundary-coincident-file"],
  };
  test.each(those(/\/[A-D]_/))("$name", async ({ name, bytes }) => {
    const [length, last] = rows[name.replace(/^.*\/|\.riegeli$/g, "")] as [number, string];
    await using reader = await RiegeliReader.open(bytes);
    expect(reader.length).toBe(length);
    expect(await reader.at(-1)).toEqual(bytesOf(last));
  });

  test("recovery_regions_alias: all of it is damaged", async () => {
    const [{ bytes }] = those(/recovery_regions_alias/) as [Published];
    const skipped: SkippedRegion[] = [];
    await using reader = await RiegeliReader.open(bytes, {
      damage: "skip",
      onSkipped: (region) => skipped.push(region),
    });
    expect(reader.length).toBe(0);
    expect(skipped).toEqual([{ start: 0, end: 65_560, reason: expect.any(String) }]);
  });
});
