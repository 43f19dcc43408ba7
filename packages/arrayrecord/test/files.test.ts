import { createHash } from "node:crypto";
import { MemorySink } from "@nthrec/core";
import { beforeAll, describe, expect, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";
import { fileVectors } from "./support/file-vectors.ts";
import { expectRecords } from "./support/same-records.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("the original's files", () => {
  test.each(fileVectors)("$name is read", async ({ bytes, values, writer_options }) => {
    await using reader = await ArrayRecordReader.open(bytes);
    expect(reader.length).toBe(values.length);
    expect(reader.writerOptions).toBe(writer_options);
    expectRecords(await reader.getMany(values.keys()), values);
    const last = values.length - 1;
    if (last >= 0) expectRecords([reader.getSync(last)], values.slice(-1));
    expectRecords([...reader], values);
    expect((await reader.verify({ level: "full" })).ok).toBe(true);
  });

  const exact = fileVectors.filter(
    ({ options, thread_pool }) => /uncompressed/.test(options) && !thread_pool,
  );
  test.each(exact)("$name is written byte for byte", async ({ options, values, file_sha256 }) => {
    const sink = new MemorySink();
    await using writer = await ArrayRecordWriter.open(sink, { optionString: options });
    await writer.extend(values);
    await writer.close();
    expect(sha256(sink.toBytes())).toBe(file_sha256);
  });

  test.each(fileVectors)(
    "$name is written and read back",
    async ({ options, values, writer_options }) => {
      const sink = new MemorySink();
      if (/zstd.*window_log:(?!20)/.test(writer_options)) return;
      await using writer = await ArrayRecordWriter.open(sink, { optionString: options });
      await writer.extend(values);
      await writer.close();
      await using reader = await ArrayRecordReader.open(sink.toBytes());
      expect(reader.writerOptions?.replace(/\d+$/, "")).toBe(writer_options.replace(/\d+$/, ""));
      expectRecords(await reader.getMany(values.keys()), values);
    },
  );
});
