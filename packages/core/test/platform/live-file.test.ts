import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NodeLiveFile } from "../../src/platform/node/live-file.ts";
import { mounted, scratchFolder } from "./support/scratch.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const bytes = (content: string): Uint8Array => Buffer.from(content, "latin1");

describe("NodeLiveFile", () => {
  test("reads, writes in place and appends, each where it should", () => {
    const path = join(scratchFolder(), "live");
    using file = NodeLiveFile.openSync(path, true);
    expect(file.name).toBe(path);
    file.writeSync(4, bytes("body"));
    file.appendSync(bytes("tail"));
    file.writeSync(0, bytes("head"));
    file.appendSync(bytes("!"));
    expect(readFileSync(path, "latin1")).toBe("headbodytail!");
    expect(text(file.readSync(4, 12))).toBe("bodytail");
    expect(file.readSync(3, 3)).toHaveLength(0);
  });

  test("appends where the end is at that moment, also after a foreign write and a truncation", () => {
    const path = join(scratchFolder(), "live");
    using file = NodeLiveFile.openSync(path, true);
    file.appendSync(bytes("ours."));
    appendFileSync(path, "theirs.");
    file.appendSync(bytes("ours."));
    file.truncateSync(12);
    file.appendSync(bytes("end"));
    expect(readFileSync(path, "latin1")).toBe("ours.theirs.end");
    expect(file.statSync()).toMatchObject({ size: 15, inode: statSync(path).ino });
  });

  test("grows by truncation, with zeros", () => {
    using file = NodeLiveFile.openSync(join(scratchFolder(), "live"), true);
    file.truncateSync(3);
    expect(text(file.readSync(0, 3))).toBe("\0\0\0");
  });

  test("a read past the end is short, whatever its length", () => {
    using file = NodeLiveFile.openSync(join(scratchFolder(), "live"), true);
    file.writeSync(0, bytes("abc"));
    for (const end of [4, 70_000, 2 ** 50]) {
      expect(() => file.readSync(2, end)).toThrow(
        expect.objectContaining({ code: "NTH_SHORT_READ", source: file.name, offset: 2 }),
      );
    }
  });

  test("positions that are none are a mistake of the caller", () => {
    using file = NodeLiveFile.openSync(join(scratchFolder(), "live"), true);
    expect(() => file.readSync(2, 1)).toThrow(TypeError);
    expect(() => file.writeSync(-1, bytes("a"))).toThrow(TypeError);
    expect(() => file.truncateSync(0.5)).toThrow(TypeError);
  });

  test("without create a missing file stays missing", () => {
    const path = join(scratchFolder(), "none");
    expect(() => NodeLiveFile.openSync(path, false)).toThrow(
      expect.objectContaining({ code: "NTH_NOT_FOUND", source: path }),
    );
    expect(() => statSync(path)).toThrow();
    writeFileSync(path, "x");
    NodeLiveFile.openSync(path, true).closeSync();
    expect(readFileSync(path, "latin1")).toBe("x");
  });

  test("a folder is no file", () => {
    expect(() => NodeLiveFile.openSync(scratchFolder(), true)).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
  });

  test("a file that was replaced is not appended to", () => {
    const path = join(scratchFolder(), "live");
    using file = NodeLiveFile.openSync(path, true);
    writeFileSync(`${path}.new`, "new");
    renameSync(`${path}.new`, path);
    expect(() => file.appendSync(bytes("x"))).toThrow(
      expect.objectContaining({ code: "NTH_SOURCE_CHANGED", source: path }),
    );
    expect(readFileSync(path, "latin1")).toBe("new");
  });

  test("flushes, closes twice, and answers nothing after it", async () => {
    const file = NodeLiveFile.openSync(join(scratchFolder(), "live"), true);
    file.appendSync(bytes("x"));
    file.flushSync();
    const flushing = file.flush();
    file.closeSync();
    file.closeSync();
    await flushing;
    for (const call of [
      () => file.statSync(),
      () => file.readSync(0, 1),
      () => file.writeSync(0, bytes("a")),
      () => file.appendSync(bytes("a")),
      () => file.truncateSync(0),
      () => file.flushSync(),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: "NTH_NOT_OPEN" }));
    }
    await expect(file.flush()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });
});

describe("a full disk", () => {
  test.runIf(process.platform === "linux")("is coded, with cause, name and place", () => {
    using file = NodeLiveFile.openSync("/dev/full", false);
    expect(() => file.writeSync(7, bytes("x"))).toThrow(
      expect.objectContaining({
        code: "NTH_IO_ERROR",
        source: "/dev/full",
        offset: 7,
        cause: expect.objectContaining({ code: "ENOSPC" }),
        message: expect.stringContaining("no space is left"),
      }),
    );
    expect(() => file.appendSync(bytes("x"))).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR", source: "/dev/full", offset: undefined }),
    );
    expect(() => file.truncateSync(1)).toThrow(expect.objectContaining({ code: "NTH_IO_ERROR" }));
  });

  test("in the middle of a write says how far it came", (context) => {
    const folder = scratchFolder();
    if (!mounted(folder, "-t", "tmpfs", "-o", "size=64k", "none")) return context.skip();
    using file = NodeLiveFile.openSync(join(folder, "live"), true);
    const error = { code: "NTH_IO_ERROR", cause: expect.objectContaining({ code: "ENOSPC" }) };
    expect(() => file.writeSync(10, new Uint8Array(100_000))).toThrow(
      expect.objectContaining({ ...error, offset: 65_536 }),
    );
    expect(file.statSync().size).toBe(65_536);
    expect(() => file.appendSync(new Uint8Array(100_000))).toThrow(expect.objectContaining(error));
    file.truncateSync(0);
    file.appendSync(bytes("room again"));
    expect(text(file.readSync(0, 10))).toBe("room again");
  });

  test("a read-only file system is NTH_READONLY", (context) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "live"), "x");
    if (!mounted(folder, "--bind", folder) || !mounted(folder, "-o", "remount,ro,bind")) {
      return context.skip();
    }
    for (const create of [false, true]) {
      expect(() => NodeLiveFile.openSync(join(folder, "live"), create)).toThrow(
        expect.objectContaining({ code: "NTH_READONLY" }),
      );
    }
  });
});
