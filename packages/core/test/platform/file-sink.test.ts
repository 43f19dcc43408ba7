import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileSink } from "../../src/platform/node/file-sink.ts";
import { sampleBytes } from "../support/source-law.ts";
import { scratchFolder } from "./support/scratch.ts";

const ways = {
  create: (path: string) => FileSink.create(path),
  createSync: async (path: string) => FileSink.createSync(path),
};

describe.each(Object.entries(ways))("FileSink.%s", (_name, create) => {
  test("makes a file, or empties one", async () => {
    const path = join(scratchFolder(), "out");
    for (let round = 0; round < 2; round++) {
      const sink = await create(path);
      expect(sink.name).toBe(path);
      expect(readFileSync(path)).toHaveLength(0);
      sink.writeSync(0, Buffer.from("content"));
      await sink.close();
    }
    expect(readFileSync(path, "latin1")).toBe("content");
  });

  test("writes in any order, by both twins", async () => {
    const path = join(scratchFolder(), "out");
    const content = sampleBytes(10_000);
    const sink = await create(path);
    await sink.write(5000, content.subarray(5000, 7000));
    sink.writeSync(0, content.subarray(0, 3000));
    await Promise.all([
      sink.write(3000, content.subarray(3000, 5000)),
      sink.write(7000, content.subarray(7000)),
    ]);
    await sink.flush();
    sink.flushSync();
    sink.closeSync();
    expect(new Uint8Array(readFileSync(path))).toEqual(content);
  });

  test("truncates", async () => {
    const path = join(scratchFolder(), "out");
    await using sink = await create(path);
    sink.writeSync(0, Buffer.from("abcdef"));
    await sink.truncate(4);
    expect(readFileSync(path, "latin1")).toBe("abcd");
    sink.truncateSync(2);
    expect(readFileSync(path, "latin1")).toBe("ab");
  });

  test("errors are coded", async () => {
    const folder = scratchFolder();
    await expect(create(folder)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    await expect(create(join(folder, "none", "a"))).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
    });
    writeFileSync(join(folder, "file"), "");
    await expect(create(join(folder, "file", "a"))).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
    });
  });

  test.runIf(process.platform === "linux")("a place where nobody may write", async () => {
    await expect(create("/sys/nthrec")).rejects.toMatchObject({ code: "NTH_READONLY" });
  });

  test.runIf(process.platform === "linux")("a full disk", async () => {
    const sink = await create("/dev/full");
    const error = {
      code: "NTH_IO_ERROR",
      offset: 3,
      cause: expect.objectContaining({ code: "ENOSPC" }),
    };
    expect(() => sink.writeSync(3, new Uint8Array(1))).toThrow(expect.objectContaining(error));
    await expect(sink.write(3, new Uint8Array(1))).rejects.toMatchObject(error);
    await expect(sink.truncate(3)).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    await sink.close();
  });
});

describe("FileSink", () => {
  test("an aborted signal writes nothing", async () => {
    const path = join(scratchFolder(), "out");
    await using sink = await FileSink.create(path);
    const signal = AbortSignal.abort();
    await expect(sink.write(0, new Uint8Array(1), { signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    expect(readFileSync(path)).toHaveLength(0);
    await sink.write(0, new Uint8Array(1), { signal: new AbortController().signal });
    expect(readFileSync(path)).toHaveLength(1);
  });

  test("a position that is none is a mistake of the caller", async () => {
    using sink = FileSink.createSync(join(scratchFolder(), "out"));
    expect(() => sink.writeSync(-1, new Uint8Array(1))).toThrow(TypeError);
    expect(() => sink.truncateSync(Number.NaN)).toThrow(TypeError);
    await expect(sink.write(0.5, new Uint8Array(1))).rejects.toThrow(TypeError);
    await expect(sink.truncate(-1)).rejects.toThrow(TypeError);
  });

  test("a close waits for the writes in flight; then nothing is written", async () => {
    const path = join(scratchFolder(), "out");
    const sink = await FileSink.create(path);
    const writing = sink.write(0, sampleBytes(1 << 20));
    await sink.close();
    await writing;
    expect(readFileSync(path)).toHaveLength(1 << 20);
    await expect(sink.write(0, new Uint8Array(1))).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
    expect(() => sink.writeSync(0, new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: "NTH_NOT_OPEN" }),
    );
  });
});
