import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { type ByteSink, MemorySink, MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { readTFRecords, TFRecordStreamWriter } from "../src/index.ts";
import { fileOf, filled, prints } from "./support/frames.ts";
import { outcomeOf } from "./support/outcome.ts";
import { tempFolder } from "./support/temp.ts";

const list = Array.from({ length: 3000 }, (_, i) => filled(i % 700, i & 255));

describe.each(["GZIP", "ZLIB"] as const)("%s", (compression) => {
  const inflate = compression === "GZIP" ? gunzipSync : inflateSync;

  test("is the plain file, compressed, and has its name when it is complete", async () => {
    const path = join(tempFolder(), "data.tfrecord.gz");
    const writer = await TFRecordStreamWriter.open(path, { compression });
    expect(await writer.append(list[0] as Uint8Array)).toBe(0);
    expect(await writer.extend(list.slice(1))).toBe(list.length - 1);
    expect([existsSync(path), writer.length]).toStrictEqual([false, list.length]);
    await writer.close();
    await writer.close();
    expect(inflate(readFileSync(path)).equals(fileOf(list))).toBe(true);
    expect(readdirSync(join(path, ".."))).toStrictEqual(["data.tfrecord.gz"]);
    const { records, code } = await outcomeOf(readTFRecords(path));
    expect([prints(records), code]).toStrictEqual([prints(list), undefined]);
  });

  test("may have no record", async () => {
    const store = new MemoryStore();
    {
      await using writer = await TFRecordStreamWriter.open({ store, name: "a" }, { compression });
      expect(writer.length).toBe(0);
    }
    expect(await outcomeOf(readTFRecords({ store, name: "a" }))).toStrictEqual({ records: [] });
  });

  test("goes to a sink of one's own, which stays open", async () => {
    const sink = new MemorySink();
    const writer = await TFRecordStreamWriter.open(sink, { compression, level: 1 });
    await writer.append(filled(5));
    await writer.close();
    await sink.write(0, new Uint8Array(0));
    expect(inflate(sink.toBytes()).length).toBe(21);
  });
});

const compression = "GZIP";

test("appends that nobody awaits keep the order of their calls", async () => {
  const store = new MemoryStore();
  const entry = { store, name: "a" };
  const writer = await TFRecordStreamWriter.open(entry, { compression });
  const large = Array.from({ length: 40 }, (_, i) => filled(30_000, i));
  expect(await Promise.all(large.map((each) => writer.append(each)))).toStrictEqual([
    ...large.keys(),
  ]);
  await writer.close();
  expect(prints((await outcomeOf(readTFRecords(entry))).records)).toStrictEqual(prints(large));
});

test("what is given up leaves nothing, and what is closed takes no more", async () => {
  const folder = tempFolder();
  const writer = await TFRecordStreamWriter.open(join(folder, "a"), { compression });
  await writer.extend(list);
  await writer.abort();
  expect(readdirSync(folder)).toStrictEqual([]);
  await expect(writer.append(filled(1))).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
});

test("what is no record leaves no trace", async () => {
  const store = new MemoryStore();
  const writer = await TFRecordStreamWriter.open({ store, name: "a" }, { compression });
  const text = "text" as unknown as Uint8Array;
  await expect(writer.append(text)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
  await writer.append(filled(2));
  await writer.close();
  expect((await outcomeOf(readTFRecords({ store, name: "a" }))).records.length).toBe(1);
});

test("a sink that fails is heard, and waits for nobody", async () => {
  const sink: ByteSink = new MemorySink();
  sink.write = () => Promise.reject(new Error("the disk is full"));
  const writer = await TFRecordStreamWriter.open(sink, { compression, level: 0 });
  const noise = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 7919) >> 5);
  await expect(
    (async () => {
      for (let i = 0; i < 20; i++) await writer.append(noise);
      await writer.close();
    })(),
  ).rejects.toThrow("the disk is full");
  await writer.abort().catch(() => undefined);
});

test("options that are none are refused", async () => {
  const open = (options: object) => TFRecordStreamWriter.open(new MemorySink(), options as never);
  await expect(open({ compression: "SNAPPY" })).rejects.toThrow(TypeError);
  await expect(open({ compression, level: 10 })).rejects.toThrow(TypeError);
  await expect(open({ compression, level: 1.5 })).rejects.toThrow(TypeError);
});
