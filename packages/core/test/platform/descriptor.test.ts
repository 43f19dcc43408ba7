import type * as fs from "node:fs";
import { constants, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Descriptor } from "../../src/platform/node/descriptor.ts";
import { sampleBytes } from "../support/source-law.ts";
import { scratchFolder } from "./support/scratch.ts";

/** The system may move fewer bytes than asked for, or fail, whenever it likes. */
const system = vi.hoisted(() => ({ most: Number.POSITIVE_INFINITY, failing: "" }));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  const refusal = (): Error =>
    Object.assign(new Error("EIO: i/o error, made up"), { code: "EIO", errno: -5 });
  type Call = (...args: unknown[]) => unknown;
  /** A transfer call that moves at most `most` bytes. */
  const short =
    (call: Call): Call =>
    (fd, bytes, offset, length, ...rest) =>
      call(fd, bytes, offset, Math.min(length as number, system.most), ...rest);
  /** A call that fails while its name is in `failing`. */
  const failing = (name: string, call: Call): Call => {
    return (...args) => {
      if (system.failing !== name) return call(...args);
      const done = args.at(-1);
      if (typeof done !== "function") throw refusal();
      return void setImmediate(() => done(refusal()));
    };
  };
  const names = ["close", "closeSync", "fdatasync", "fdatasyncSync", "fsync", "fsyncSync"] as const;
  const mocked = Object.fromEntries(names.map((name) => [name, failing(name, real[name] as Call)]));
  for (const name of ["read", "readSync", "write", "writeSync"] as const) {
    mocked[name] = failing(name, short(real[name] as Call));
  }
  return { ...real, ...mocked };
});

beforeEach(() => {
  system.most = Number.POSITIVE_INFINITY;
  system.failing = "";
});

const CREATE = constants.O_RDWR | constants.O_CREAT;

function fresh(content: Uint8Array = new Uint8Array(0)): Descriptor {
  const path = join(scratchFolder(), "data");
  writeFileSync(path, content);
  return Descriptor.openSync(path, CREATE, true);
}

describe("a system that moves a few bytes a call", () => {
  test.each([1, 7, 999])("%d: reads are complete", async (most) => {
    const content = sampleBytes(1000);
    const file = fresh(content);
    system.most = most;
    const [now, soon] = [new Uint8Array(998), new Uint8Array(998)];
    file.readSync(now, 1);
    await file.read(soon, 1);
    expect(now).toEqual(content.slice(1, 999));
    expect(soon).toEqual(now);
    await file.close();
  });

  test.each([1, 7, 999])("%d: writes are complete", async (most) => {
    const content = sampleBytes(1000);
    const file = fresh();
    const appender = Descriptor.openSync(file.name, constants.O_WRONLY | constants.O_APPEND, true);
    system.most = most;
    file.writeSync(content.subarray(0, 400), 0);
    await file.write(content.subarray(400, 600), 400, () => undefined);
    appender.writeSync(content.subarray(600), null);
    system.most = Number.POSITIVE_INFINITY;
    expect(new Uint8Array(readFileSync(file.name))).toEqual(content);
    file.closeSync();
    appender.closeSync();
  });

  test("an abort takes effect between two calls", async () => {
    const file = fresh();
    system.most = 10;
    const stop = new Error("enough");
    let calls = 0;
    const writing = file.write(sampleBytes(100), 0, () => {
      if (++calls === 3) throw stop;
    });
    await expect(writing).rejects.toBe(stop);
    expect(file.statSync().size).toBe(20);
    file.closeSync();
  });

  test("a file that ends in the middle is NTH_SHORT_READ", async () => {
    const file = fresh(sampleBytes(100));
    system.most = 30;
    const error = { code: "NTH_SHORT_READ", offset: 50, source: file.name };
    expect(() => file.readSync(new Uint8Array(60), 50)).toThrow(expect.objectContaining(error));
    await expect(file.read(new Uint8Array(60), 50)).rejects.toMatchObject(error);
    file.closeSync();
  });
});

describe("a system that fails", () => {
  test("the place where a transfer stopped is in the error", async () => {
    const file = fresh(sampleBytes(100));
    const error = { code: "NTH_IO_ERROR", source: file.name, offset: 10, cause: expect.anything() };
    system.failing = "readSync";
    expect(() => file.readSync(new Uint8Array(5), 10)).toThrow(expect.objectContaining(error));
    system.failing = "read";
    await expect(file.read(new Uint8Array(5), 10)).rejects.toMatchObject(error);
    system.failing = "writeSync";
    expect(() => file.writeSync(new Uint8Array(5), 10)).toThrow(expect.objectContaining(error));
    expect(() => file.writeSync(new Uint8Array(5), null)).toThrow(
      expect.objectContaining({ code: "NTH_IO_ERROR", offset: undefined }),
    );
    system.failing = "write";
    await expect(file.write(new Uint8Array(5), 10, () => undefined)).rejects.toMatchObject(error);
    file.closeSync();
  });

  test("flushes and closes are coded", async () => {
    const error = { code: "NTH_IO_ERROR", cause: expect.anything() };
    const file = fresh();
    system.failing = "fdatasyncSync";
    expect(() => file.flushSync()).toThrow(expect.objectContaining(error));
    system.failing = "fdatasync";
    await expect(file.flush()).rejects.toMatchObject(error);
    system.failing = "fsyncSync";
    expect(() => file.flushAllSync()).toThrow(expect.objectContaining(error));
    system.failing = "fsync";
    await expect(file.flushAll()).rejects.toMatchObject(error);
    system.failing = "closeSync";
    expect(() => file.closeSync()).toThrow(expect.objectContaining(error));
    system.failing = "close";
    await expect(fresh().close()).rejects.toMatchObject(error);
  });

  test("a close that nobody waits for any more warns", async () => {
    const file = fresh();
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => warned.mockRestore());
    system.failing = "close";
    const flushing = file.flush();
    file.closeSync();
    await flushing;
    await expect
      .poll(() => warned.mock.calls)
      .toEqual([[expect.objectContaining({ code: "NTH_IO_ERROR", source: file.name })]]);
  });
});

describe("after close", () => {
  test("every call is NTH_NOT_OPEN", async () => {
    const file = fresh();
    await file.close();
    await file.close();
    file.closeSync();
    const error = { code: "NTH_NOT_OPEN", source: file.name };
    const nothing = new Uint8Array(1);
    for (const call of [
      () => file.statSync(),
      () => file.readSync(nothing, 0),
      () => file.writeSync(nothing, 0),
      () => file.truncateSync(0),
      () => file.flushSync(),
      () => file.flushAllSync(),
    ]) {
      expect(call).toThrow(expect.objectContaining(error));
    }
    for (const call of [
      () => file.read(nothing, 0),
      () => file.write(nothing, 0, () => undefined),
      () => file.truncate(0),
      () => file.flush(),
      () => file.flushAll(),
    ]) {
      await expect(call()).rejects.toMatchObject(error);
    }
  });

  test("a flush in flight ends before the descriptor goes", async () => {
    const file = fresh();
    const flushes = [file.flush(), file.flush()];
    const closed = file.close();
    expect(file.isOpen).toBe(false);
    await Promise.all([...flushes, closed]);
  });
});

test("what cannot be opened is coded, in both ways", async () => {
  const error = { code: "NTH_NOT_FOUND" };
  expect(() => Descriptor.openSync("/no/such", constants.O_RDONLY)).toThrow(
    expect.objectContaining(error),
  );
  await expect(Descriptor.open("/no/such", constants.O_RDONLY)).rejects.toMatchObject(error);
});

test.runIf(process.platform === "linux")("an error of a real device", () => {
  const memory = Descriptor.openSync("/proc/self/mem", constants.O_RDONLY);
  expect(() => memory.readSync(new Uint8Array(8), 0)).toThrow(
    expect.objectContaining({ code: "NTH_IO_ERROR", offset: 0 }),
  );
  memory.closeSync();
});
