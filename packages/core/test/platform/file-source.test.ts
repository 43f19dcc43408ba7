import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { FileSource, type FileSourceOptions } from "../../src/platform/node/file-source.ts";
import { TurnWatch } from "../../src/source/turn-watch.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";
import { scratchFolder } from "./support/scratch.ts";

function fileOf(bytes: Uint8Array): string {
  const path = join(scratchFolder(), "data");
  writeFileSync(path, bytes);
  return path;
}

/** How many descriptors this process has open. */
function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

for (const io of ["adaptive", "inline", "pool"] as const) {
  describeSource(`a file, ${io}`, { open: (bytes) => FileSource.open(fileOf(bytes), { io }) });
}
describeSource("a file opened synchronously", {
  open: async (bytes) => FileSource.openSync(fileOf(bytes)),
});

/** Opens `path` in each of the two ways. */
const ways = {
  open: (path: string, options?: FileSourceOptions) => FileSource.open(path, options),
  openSync: async (path: string, options?: FileSourceOptions) => FileSource.openSync(path, options),
};

describe.each(Object.entries(ways))("%s", (_name, open) => {
  test("keeps the size, inode and time of the moment", async () => {
    const path = fileOf(sampleBytes(100));
    const stat = statSync(path);
    await using source = await open(path);
    appendFileSync(path, "more");
    expect(source).toMatchObject({
      name: path,
      size: 100,
      inode: stat.ino,
      modified: stat.mtimeMs,
    });
    await expect(source.read(99, 101)).rejects.toMatchObject({ code: "NTH_SHORT_READ" });
    expect(source.stat()).toMatchObject({ size: 104, inode: stat.ino });
    expect(source.stat().modified).toBeGreaterThanOrEqual(source.modified);
  });

  test("stays with its file when another takes the name", async () => {
    const path = fileOf(Buffer.from("old"));
    await using source = await open(path);
    writeFileSync(`${path}.new`, "new");
    renameSync(`${path}.new`, path);
    expect(Buffer.from(await source.read(0, 3)).toString()).toBe("old");
    expect(source.stat().inode).toBe(source.inode);
    expect(statSync(path).ino).not.toBe(source.inode);
  });

  test("a missing file, and a path through a file", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "file"), "");
    for (const path of [join(folder, "none"), join(folder, "file", "a")]) {
      await expect(open(path)).rejects.toMatchObject({
        code: "NTH_NOT_FOUND",
        source: path,
        cause: expect.anything(),
      });
    }
  });

  test("a folder is no file, and leaves nothing open", async () => {
    const folder = scratchFolder();
    const before = openFiles();
    await expect(open(folder)).rejects.toMatchObject({
      code: "NTH_INVALID_VALUE",
      message: `${folder} is a folder: name a file in it`,
    });
    expect(openFiles()).toBe(before);
  });

  test("a pipe, a device, a socket: none has an n-th byte, and none blocks", async () => {
    const folder = scratchFolder();
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const path of [join(folder, "pipe"), "/dev/null"]) {
      await expect(open(path)).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED", source: path });
    }
    const server = createServer().listen(join(folder, "socket"));
    await expect(open(join(folder, "socket"))).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    server.close();
  });
});

describe("opening", () => {
  test("an aborted signal opens nothing", async () => {
    const signal = AbortSignal.abort();
    await expect(FileSource.open(join("no", "such"), { signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
  });

  test("an abort on the way rejects, and the descriptor that still arrives is closed", async () => {
    const path = fileOf(sampleBytes(10));
    const before = openFiles();
    const controller = new AbortController();
    const opening = FileSource.open(path, { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect.poll(openFiles).toBe(before);
  });

  test("an abort on the way to a missing file is an abort", async () => {
    const controller = new AbortController();
    const opening = FileSource.open(join("no", "such"), { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await turn();
  });
});

describe("a file that was truncated while it was open", () => {
  test.each(["adaptive", "inline", "pool"] as const)("%s: never looks like data", async (io) => {
    const path = fileOf(sampleBytes(1000));
    await using source = await FileSource.open(path, { io });
    truncateSync(path, 500);
    expect(await source.read(400, 500)).toEqual(sampleBytes(1000).slice(400, 500));
    const error = { code: "NTH_SHORT_READ", source: path, offset: 450 };
    await expect(source.read(450, 600)).rejects.toMatchObject(error);
    await expect(source.readInto(new Uint8Array(150), 450)).rejects.toMatchObject(error);
    expect(() => source.readSync(450, 600)).toThrow(expect.objectContaining(error));
    expect(() => source.readIntoSync(new Uint8Array(150), 450)).toThrow(/ends at byte 500/);
  });
});

describe("mayInline", () => {
  test("adaptive: small reads, until the file proves slow", () => {
    let now = 0;
    const turns = new TurnWatch(
      () => now++ * 1.5,
      () => undefined,
    );
    using source = FileSource.openSync(fileOf(sampleBytes(100)), { turns });
    expect(source.mayInline(1 << 20)).toBe(false);
    expect(source.mayInline(10)).toBe(true);
    source.readIntoSync(new Uint8Array(10), 0);
    expect(source.mayInline(10)).toBe(false);
  });

  test("pool: never; inline: whatever the size, but for the turns of the event loop", () => {
    const path = fileOf(sampleBytes(100));
    using pool = FileSource.openSync(path, { io: "pool" });
    expect(pool.mayInline(1)).toBe(false);
    let now = 0;
    const turned: (() => void)[] = [];
    const turns = new TurnWatch(
      () => now,
      (callback) => turned.push(callback),
    );
    using inline = FileSource.openSync(path, { io: "inline", turns });
    expect(inline.mayInline(1 << 30)).toBe(true);
    now = 20;
    expect(inline.mayInline(1)).toBe(false);
    for (const callback of turned) callback();
    expect(inline.mayInline(1)).toBe(true);
  });

  test("inline: a read that finds a turn due waits for it, and checks again after it", async () => {
    let now = 0;
    const turns = new TurnWatch(() => now);
    const source = FileSource.openSync(fileOf(sampleBytes(100)), { io: "inline", turns });
    const due = (): void => {
      while (source.mayInline(1)) now += 6;
    };
    due();
    expect(await source.read(5, 10)).toEqual(sampleBytes(100).slice(5, 10));
    due();
    const target = new Uint8Array(5);
    await source.readInto(target, 5);
    expect(target).toEqual(sampleBytes(100).slice(5, 10));
    due();
    const late = source.read(0, 1);
    source.closeSync();
    await expect(late).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });

  test("a long run of inline reads lets timers fire", async () => {
    await using source = await FileSource.open(fileOf(sampleBytes(100)), { io: "inline" });
    let fired = false;
    const timer = setTimeout(() => {
      fired = true;
    }, 1);
    for (let i = 0; i < 1_000_000 && !fired; i++) await source.read(0, 10);
    clearTimeout(timer);
    expect(fired).toBe(true);
  });
});

describe("an abort while the thread pool reads", () => {
  test("rejects at once, and the caller's memory is left alone", async () => {
    const path = fileOf(sampleBytes(1 << 20));
    await using source = await FileSource.open(path, { io: "pool" });
    const controller = new AbortController();
    const target = new Uint8Array(1 << 20);
    const reading = source.readInto(target, 0, { signal: controller.signal });
    const other = source.read(0, 1 << 20, { signal: controller.signal });
    controller.abort(new Error("enough"));
    const error = { code: "NTH_ABORTED", cause: controller.signal.reason };
    await expect(reading).rejects.toMatchObject(error);
    await expect(other).rejects.toMatchObject(error);
    await source.close();
    expect(target.every((byte) => byte === 0)).toBe(true);
  });

  test("with a signal that never fires the bytes arrive, again and again", async () => {
    await using source = await FileSource.open(fileOf(sampleBytes(1000)), { io: "pool" });
    const { signal } = new AbortController();
    for (const size of [1000, 10, 500]) {
      const target = new Uint8Array(size);
      await source.readInto(target, 0, { signal });
      expect(target).toEqual(sampleBytes(1000).slice(0, size));
    }
  });
});

describe("closing while the thread pool reads", () => {
  test("close lets the reads end and then frees the descriptor", async () => {
    const path = fileOf(sampleBytes(1 << 20));
    const before = openFiles();
    const source = await FileSource.open(path, { io: "pool" });
    const reads = Array.from({ length: 20 }, (_, i) => source.read(i, 1 << 20));
    await source.close();
    expect(openFiles()).toBe(before);
    for (const [i, read] of reads.entries()) expect(await read).toHaveLength((1 << 20) - i);
  });

  test("closeSync frees it when the last read has ended", async () => {
    const path = fileOf(sampleBytes(1 << 20));
    const before = openFiles();
    const source = await FileSource.open(path, { io: "pool" });
    const reads = Array.from({ length: 8 }, () => source.read(0, 1 << 20));
    source.closeSync();
    await expect(source.read(0, 1)).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
    const content = sampleBytes(1 << 20);
    for (const read of reads) expect(Buffer.compare(await read, content)).toBe(0);
    await source.close();
    expect(openFiles()).toBe(before);
  });

  test("after closeSync close has nothing to do", async () => {
    const source = FileSource.openSync(fileOf(sampleBytes(10)));
    source.closeSync();
    await source.close();
    expect(() => source.stat()).toThrow(expect.objectContaining({ code: "NTH_NOT_OPEN" }));
  });
});

test("a file larger than 4 GiB is read by its true positions", async () => {
  const path = fileOf(new Uint8Array(0));
  const size = 5 * 2 ** 30;
  truncateSync(path, size);
  appendFileSync(path, "end");
  await using source = await FileSource.open(path);
  expect(source.size).toBe(size + 3);
  expect(Buffer.from(await source.read(size - 1, size + 3)).toString()).toBe("\0end");
  expect(Buffer.from(source.readSync(size, size + 3)).toString()).toBe("end");
  await expect(source.read(0, size)).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED" });
  expect(() => source.readSync(0, size)).toThrow(
    expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
  );
});

test("an entry that is a folder in the way of a file is named", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "sub"));
  await expect(FileSource.open(join(folder, "sub"))).rejects.toThrow(/sub is a folder/);
});
