import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { MemoryStore, NthrecError, type StoreLock } from "../../src/index.ts";
import { hold } from "../../src/journal/hold.ts";
import { runPlan, runPlanSync } from "../../src/plan/run-plan.ts";
import { kernelLocks } from "../platform/support/kernel-locks.ts";
import { blobs } from "../support/blobs.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

/** Whether the addon of the kernel lock counts as installed. */
const system = vi.hoisted(() => ({ installed: true }));

vi.mock("../../src/platform/node/kernel-addon.ts", async (original) => {
  const real = await original<typeof import("../../src/platform/node/kernel-addon.ts")>();
  return {
    ...real,
    kernelAddon: () =>
      system.installed ? real.kernelAddon() : real.loadAddon("no-such-addon", []),
  };
});

beforeEach(() => {
  system.installed = true;
});

const [one, two, three] = blobs(1, 2, 3) as [Uint8Array, Uint8Array, Uint8Array];
/** Longer than any test: whoever waits for it fails. */
const FOREVER = 3_600_000;

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data");
}

function kindOf(path: string): string {
  return readFileSync(join(`${path}.lock`, "kind"), "latin1").trim();
}

/** A file that a writer with a kernel lock wrote. */
function kernelFile(): string {
  const path = newPath();
  const writer = PlainWriter.openSync(path, { lock: "kernel" });
  writer.extendSync([one, two]);
  writer.closeSync();
  return path;
}

function records(path: string): Uint8Array[] {
  using reader = PlainReader.openSync(path);
  return [...reader];
}

describe("the option lock", () => {
  test("takes two words", async () => {
    const options = { lock: "Kernel" as "kernel" };
    await expect(PlainWriter.open(newPath(), options)).rejects.toThrow(
      new TypeError('lock is one of "generation", "kernel", not "Kernel"'),
    );
  });

  test("is a lock of files unless said otherwise", () => {
    const path = newPath();
    PlainWriter.openSync(path, { mode: "append" }).closeSync();
    expect(kindOf(path)).toBe("generation 1");
    PlainWriter.openSync(path, { mode: "append", lock: "generation" }).closeSync();
  });

  test("means nothing in memory, where all locks are one", async () => {
    const store = new MemoryStore();
    const place = { store, name: "data" };
    await using first = await PlainWriter.open(place, { mode: "append", lock: "kernel" });
    await using second = await PlainWriter.open(place, { mode: "append" });
    expect([await first.append(one), await second.append(two)]).toEqual([0, 1]);
  });

  test("without the addon: nothing is opened or made, and the message says what to install", async () => {
    system.installed = false;
    for (const mode of ["append", "write"] as const) {
      const path = newPath();
      await expect(PlainWriter.open(path, { mode, lock: "kernel" })).rejects.toMatchObject({
        code: "NTH_NOT_SUPPORTED",
        message: expect.stringContaining("npm install no-such-addon"),
      });
      expect(readdirSync(join(path, ".."))).toEqual([]);
    }
  });
});

describe.skipIf(!kernelLocks)("writers with a kernel lock", () => {
  test("share a file", async () => {
    const path = newPath();
    await using first = await PlainWriter.open(path, { mode: "append", lock: "kernel" });
    await using second = await PlainWriter.open(path, { mode: "append", lock: "kernel" });
    expect(kindOf(path)).toBe("kernel 1");
    expect(await first.append(one)).toBe(0);
    expect(await second.append(two)).toBe(1);
    expect(first.appendSync(three)).toBe(2);
    expect(records(path)).toEqual([one, two, three]);
  });

  test("keep each other out in exclusive mode, and know their own thread", async () => {
    const path = newPath();
    const options = { mode: "append", lock: "kernel" } as const;
    const first = PlainWriter.openSync(path, { ...options, exclusive: true });
    const lockTimeoutMs = 5;
    await expect(PlainWriter.open(path, { ...options, lockTimeoutMs })).rejects.toMatchObject({
      code: "NTH_LOCKED",
    });
    expect(() => PlainWriter.openSync(path, { ...options, lockTimeoutMs: FOREVER })).toThrow(
      /is held by this thread/,
    );
    first.closeSync();
    PlainWriter.openSync(path, options).closeSync();
  });

  test("and those without are told to use the same, at once", async () => {
    const path = kernelFile();
    const options = { mode: "append", lockTimeoutMs: FOREVER } as const;
    await expect(PlainWriter.open(path, options)).rejects.toMatchObject({
      code: "NTH_LOCKED",
      message: expect.stringContaining('the option lock: "kernel"'),
    });
    const other = newPath();
    PlainWriter.openSync(other).closeSync();
    await expect(PlainWriter.open(other, { ...options, lock: "kernel" })).rejects.toMatchObject({
      code: "NTH_LOCKED",
      message: expect.stringContaining('the option lock: "generation"'),
    });
  });

  test("a repair names the lock, too", async () => {
    const path = kernelFile();
    const repair = { inPlace: true } as const;
    await expect(PlainWriter.repair(path, repair)).rejects.toMatchObject({ code: "NTH_LOCKED" });
    const { kept } = await PlainWriter.repair(path, { ...repair, lock: "kernel" });
    expect(kept).toBe(2);
    expect(records(path)).toEqual([one, two]);
  });
});

describe.skipIf(!kernelLocks)("a reader of a file whose writers use a kernel lock", () => {
  test("publishes an index under that lock", () => {
    const path = kernelFile();
    const index = path + PlainReader.indexSuffix;
    const written = readFileSync(index);
    rmSync(index);
    using reader = PlainReader.openSync(path);
    expect([...reader]).toEqual([one, two]);
    expect(readFileSync(index)).toEqual(written);
  });

  test("keeps it in memory while a writer is at work", () => {
    const path = kernelFile();
    using _writer = PlainWriter.openSync(path, { mode: "append", exclusive: true, lock: "kernel" });
    const index = path + PlainReader.indexSuffix;
    rmSync(index);
    using reader = PlainReader.openSync(path);
    expect([...reader]).toEqual([one, two]);
    expect(existsSync(index)).toBe(false);
  });

  test("keeps it in memory where the lock cannot be taken for want of the addon", () => {
    const path = kernelFile();
    const index = path + PlainReader.indexSuffix;
    rmSync(index);
    system.installed = false;
    using reader = PlainReader.openSync(path);
    expect([...reader]).toEqual([one, two]);
    expect(existsSync(index)).toBe(false);
  });

  test("keeps it in memory where the lock is of a kind of tomorrow", () => {
    const path = kernelFile();
    const index = path + PlainReader.indexSuffix;
    rmSync(index);
    writeFileSync(join(`${path}.lock`, "kind"), "a kind of tomorrow\n");
    using reader = PlainReader.openSync(path);
    expect([...reader]).toEqual([one, two]);
    expect(existsSync(index)).toBe(false);
  });
});

describe("waiting for a lock", () => {
  /** A lock that others have for the first `tries` tries; `obstacle` is what it has to say of them. */
  function busy(tries: number, obstacle?: NthrecError): StoreLock & { tried: number } {
    return {
      name: "the lock",
      tried: 0,
      heldByThisThread: false,
      obstacle,
      release: () => undefined,
      tryAcquire() {
        return this.tried++ >= tries;
      },
    };
  }

  const stranger = new NthrecError("NTH_LOCKED", "cannot be judged from here");

  test("goes on while a stranger has it, who may live and release", async () => {
    const lock = busy(3, stranger);
    await runPlan(hold(lock, FOREVER, false));
    expect(lock.tried).toBe(4);
    runPlanSync(hold(busy(3, stranger), FOREVER, true));
  });

  test("ends with what the lock has to say of the holder", async () => {
    await expect(runPlan(hold(busy(Infinity, stranger), 2, false))).rejects.toBe(stranger);
    expect(() => runPlanSync(hold(busy(Infinity, stranger), 2, true))).toThrow(stranger);
    expect(() => runPlanSync(hold(busy(Infinity), 2, true))).toThrow(
      "the lock is held by another writer, and 2 ms of waiting did not change that (lockTimeoutMs)",
    );
  });

  test("ends at once with an error that waiting does not change", () => {
    const refused = new NthrecError("NTH_LOCKED", "another kind");
    const lock = busy(0);
    lock.tryAcquire = () => {
      throw refused;
    };
    expect(() => runPlanSync(hold(lock, FOREVER, true))).toThrow(refused);
  });
});
