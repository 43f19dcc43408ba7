import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MemoryStore } from "../../src/index.ts";
import { SealState } from "../../src/journal/seal.ts";
import { SealFile } from "../../src/journal/seal-file.ts";
import { TailCrc } from "../../src/journal/tail-crc.ts";
import { platform } from "../../src/platform/node/index.ts";
import type { LiveFile, LiveStore, StoreLock } from "../../src/store/byte-store.ts";
import { MemoryStore as Memory } from "../../src/store/memory-store.ts";
import { blobs } from "../support/blobs.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";
import { property } from "../support/property.ts";

const none = { size: 0, records: 0, end: 0 };
const slot = {
  state: SealState.idle,
  sequence: 1,
  committed: none,
  next: none,
  batchCrc: 0,
  tailCrc: 0,
  indexCrc: 0,
  unflushed: { from: 0, crc: 0 },
  undoBase: -1,
  inode: 1,
  modified: 1,
  format: "plain",
};

/** A store that notes which calls are made. */
function watched(inner: MemoryStore): { store: LiveStore; calls: string[] } {
  const calls: string[] = [];
  const file = (target: LiveFile): LiveFile =>
    new Proxy(target, {
      get(of, verb: keyof LiveFile) {
        const value = of[verb];
        if (typeof value !== "function") return value;
        return (...args: never[]) => {
          calls.push(verb as string);
          return (value as (...all: never[]) => unknown).apply(of, args);
        };
      },
    });
  const store = new Proxy(inner, {
    get(of, verb: keyof MemoryStore) {
      const value = of[verb];
      if (typeof value !== "function") return value;
      return (...args: never[]) => {
        if (verb !== "editSync") calls.push(`${verb} by name`);
        const answer = (value as (...all: never[]) => unknown).apply(of, args);
        return verb === "editSync" ? file(answer as LiveFile) : answer;
      };
    },
  });
  return { store, calls };
}

describe("a commit asks the system for no more than it needs", () => {
  test("data, index and seal are looked at once by name, the slots are read once, nothing is read back", () => {
    const { store, calls } = watched(new Memory());
    const writer = PlainWriter.openSync({ store, name: "data" }, { mode: "append" });
    const [one, two, three] = blobs(3, 3, 3) as [Uint8Array, Uint8Array, Uint8Array];
    writer.appendSync(one);
    writer.appendSync(two);
    calls.length = 0;
    writer.appendSync(three);
    expect(calls).toEqual([
      ...["statSync by name", "statSync by name", "statSync by name", "readSync"],
      ...["writeSync", "appendSync", "statSync", "writeSync", "writeSync", "writeSync"],
    ]);
    writer.closeSync();
  });

  test("a file that shows its appends by another one is told once in each commit, and not before", () => {
    const shown: number[] = [];
    const inner = new Memory();
    const store: LiveStore = new Proxy(inner, {
      get(of, verb: keyof MemoryStore) {
        if (verb !== "editSync") {
          const value = of[verb];
          return typeof value === "function" ? value.bind(of) : value;
        }
        return (name: string, options: object): LiveFile => {
          const file = of.editSync(name, options);
          if (name !== "data") return file;
          return Object.assign(file, { publishSync: () => shown.push(file.statSync().size) });
        };
      },
    });
    const options = { mode: "append", exclusive: true, highWaterMark: 2 } as const;
    const writer = PlainWriter.openSync({ store, name: "data" }, options);
    for (const blob of blobs(3, 4, 5)) writer.extendSync([blob]);
    expect(inner.statSync("data")?.size).toBeGreaterThan(0);
    expect(shown).toEqual([]);
    writer.commitSync();
    expect(shown).toEqual([inner.statSync("data")?.size]);
    writer.closeSync();
    expect(shown).toHaveLength(1);
  });

  test.each([true, false])(
    "the slots are read if others may have had the lock (not: %s)",
    (alone) => {
      const { store, calls } = watched(new Memory());
      let rests = 0;
      const lock = store.lock.bind(store);
      const resting: LiveStore = new Proxy(store, {
        get(of, verb: keyof LiveStore) {
          if (verb !== "lock") return of[verb];
          return (name: string): StoreLock => {
            const real = lock(name);
            return {
              name,
              tryAcquire: () => real.tryAcquire(),
              heldByThisThread: false,
              release: () => real.release(),
              rest: () => {
                rests++;
                real.release();
              },
              undisturbed: alone,
            };
          };
        },
      });
      const writer = PlainWriter.openSync({ store: resting, name: "data" }, { mode: "append" });
      const [one, two] = blobs(3, 3) as [Uint8Array, Uint8Array];
      writer.appendSync(one);
      calls.length = 0;
      writer.appendSync(two);
      expect(calls.filter((verb) => verb === "readSync")).toHaveLength(alone ? 0 : 1);
      expect(rests).toBe(3);
      writer.closeSync();
      expect(writer.closed).toBe(true);
    },
  );
});

describe("checksums of what was appended", () => {
  test("are those of the file, whatever the pieces", () => {
    const piece = fc.uint8Array({ maxLength: 80 });
    const batches = fc.array(
      fc.record({ chunks: fc.array(piece, { maxLength: 3 }), forget: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), batches, (most, all) => {
        const tail = new TailCrc(most);
        let file = Buffer.alloc(0);
        for (const { chunks, forget } of all) {
          if (forget) tail.forget();
          const before = file.length;
          file = Buffer.concat([file, ...chunks]);
          const last = (): Uint8Array => file.subarray(Math.max(0, file.length - most));
          expect(tail.appended(before, chunks, last)).toBe(platform.crc32(last()));
        }
      }),
      property,
    );
  });
});

describe("what a writer knows of the seal", () => {
  test("a slot that somebody else wrote, or that only half arrived, is noticed", () => {
    const store = new Memory();
    const entry = { store, name: "seal" };
    const [ours, theirs] = [new SealFile(entry), new SealFile(entry)];
    expect(ours.unchanged).toBe(false);
    ours.write(slot);
    expect(ours.unchanged).toBe(true);
    expect(theirs.read()?.sequence).toBe(1);
    theirs.write({ ...slot, sequence: 2 });
    expect([ours.unchanged, theirs.unchanged]).toEqual([false, true]);
    expect(ours.read()?.sequence).toBe(2);
    expect(ours.unchanged).toBe(true);
    ours.file.writeSync(4096 + 30, Uint8Array.of(1));
    expect([ours.unchanged, theirs.unchanged]).toEqual([false, false]);
    expect(ours.read()?.sequence).toBe(2);
  });

  test("a write that failed leaves nothing known", () => {
    const store = new Memory();
    const seal = new SealFile({ store, name: "seal" });
    seal.write(slot);
    seal.file.closeSync();
    expect(() => seal.write({ ...slot, sequence: 2 })).toThrow(/seal/);
    expect(seal.unchanged).toBe(false);
  });
});

describe("another program's rename is noticed before a byte is written", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nthrec-few-calls-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each(["data", "data.idx", "data.seal"])("of %s", async (name) => {
    const path = join(folder, "data");
    const [one, two, three] = blobs(4, 5, 6) as [Uint8Array, Uint8Array, Uint8Array];
    await using writer = await PlainWriter.open(path, { mode: "append" });
    await writer.append(one);
    await writer.append(two);
    const before = readFileSync(join(folder, name));
    // Who still has the old file open must not see it change.
    renameSync(join(folder, name), join(folder, "old"));
    writeFileSync(join(folder, name), before);
    expect(await writer.append(three)).toBe(2);
    expect(readFileSync(join(folder, "old"))).toEqual(before);
    await using reader = await PlainReader.open(path);
    expect(await reader.getMany([0, 1, 2])).toEqual([one, two, three]);
    const index = readFileSync(`${path}.idx`);
    await reader.rebuildIndex();
    expect(readFileSync(`${path}.idx`)).toEqual(index);
  });
});
