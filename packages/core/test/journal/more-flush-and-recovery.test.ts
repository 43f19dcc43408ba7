import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { MemoryStore, RecoveryReport, WriterOptions } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { checkTidy, disk, NAME, openWriter, readAll } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const plain = { Reader: PlainReader, Writer: PlainWriter };
const INDEX = NAME + PlainReader.indexSuffix;
const old = blobs(5, 6, 300);

describe("a flush some time after a commit", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const options = { mode: "append", durability: { everyMs: 50 } } as const;
  const flushes = (store: FaultStore): number =>
    store.changes.filter(({ op, name }) => op === "flush" && name === NAME).length;

  test("serves all commits of the interval, and the next interval has its own", async () => {
    const store = new FaultStore(disk());
    const writer = openWriter(plain, store, options);
    for (const value of blobs(1, 2, 3)) await writer.append(value);
    expect(flushes(store)).toBe(0);
    await vi.advanceTimersByTimeAsync(49);
    expect(flushes(store)).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(flushes(store)).toBe(1);
    await writer.append(Uint8Array.of(1));
    await vi.advanceTimersByTimeAsync(50);
    expect(flushes(store)).toBe(2);
    await writer.close();
    expect(flushes(store)).toBe(2);
  });

  test.each([true, false])(
    "that is due when the writer closes comes then, sync %o",
    async (sync) => {
      const store = new FaultStore(disk());
      const writer = openWriter(plain, store, options);
      writer.appendSync(Uint8Array.of(1));
      if (sync) writer.closeSync();
      else await writer.close();
      expect(flushes(store)).toBe(1);
      await vi.advanceTimersByTimeAsync(100);
      expect(flushes(store)).toBe(1);
    },
  );

  test("that fails is told by the next commit, once", async () => {
    const store = new FaultStore(disk(), ({ op }) => (op === "flush" ? { fail: 0 } : undefined));
    const writer = openWriter(plain, store, options);
    await writer.append(Uint8Array.of(1));
    await vi.advanceTimersByTimeAsync(50);
    await expect(writer.append(Uint8Array.of(2))).rejects.toThrow(/flush of data failed/);
    expect(await writer.append(Uint8Array.of(3))).toBe(1);
    await vi.advanceTimersByTimeAsync(50);
    // With nothing to publish, closing tells.
    await expect(writer.close()).rejects.toThrow(/flush of data failed/);
    expect(store.locked).toBe(false);
    expect(readAll(plain, store)).toEqual([Uint8Array.of(1), Uint8Array.of(3)]);
  });
});

/** A file of three sealed records, as `change` leaves it, and what an appending writer finds. */
function recovered(
  change: (store: MemoryStore) => void,
  options: WriterOptions = {},
): { store: MemoryStore; reports: RecoveryReport[] } {
  const store = disk();
  const before = openWriter(plain, store, { mode: "append", ...options });
  before.extendSync(old);
  before.closeSync();
  change(store);
  const reports: RecoveryReport[] = [];
  const onRecovery = (report: RecoveryReport): void => {
    reports.push(report);
  };
  openWriter(plain, store, { mode: "append", ...options, onRecovery }).closeSync();
  return { store, reports };
}

function edit(
  store: MemoryStore,
  name: string,
  act: (file: ReturnType<MemoryStore["editSync"]>) => void,
): void {
  const file = store.editSync(name);
  act(file);
  file.closeSync();
}

describe("what a writer finds behind a seal", () => {
  test("nothing new: no recovery", () => {
    expect(recovered(() => {}).reports).toEqual([]);
  });

  test("another index, in its size, its header or its offsets: it is made anew", () => {
    const damages: ((store: MemoryStore) => void)[] = [
      (store) => edit(store, INDEX, (file) => file.truncateSync(20)),
      (store) => edit(store, INDEX, (file) => file.writeSync(32, Uint8Array.of(9))),
      (store) => store.removeSync(INDEX),
    ];
    for (const damage of damages) {
      const { store, reports } = recovered(damage);
      expect(reports).toMatchObject([{ indexRebuilt: true, lost: 0, quarantined: 0 }]);
      expect(readAll(plain, store)).toEqual(old);
      checkTidy(plain, store, "after recovery");
    }
    const { store, reports } = recovered((each) =>
      edit(each, INDEX, (file) => file.writeSync(8, Uint8Array.of(1))),
    );
    expect(reports).toMatchObject([{ lost: 0, quarantined: 0 }]);
    expect(readAll(plain, store)).toEqual(old);
    checkTidy(plain, store, "after recovery");
  });

  test("data that were changed in place are read again", () => {
    const { store, reports } = recovered((each) =>
      edit(each, NAME, (file) => file.writeSync(13, Uint8Array.of(0))),
    );
    expect(reports).toHaveLength(1);
    expect(reports).toMatchObject([{ indexRebuilt: true }]);
    checkTidy(plain, store, "after recovery");
  });

  test.each([undefined, "none"])("data that were cut: what is lost is said, index %s", (index) => {
    const { store, reports } = recovered(
      (each) => edit(each, NAME, (file) => file.truncateSync(13)),
      { index },
    );
    expect(reports).toMatchObject([{ lost: 302, adopted: 0, indexRebuilt: index === undefined }]);
    expect(readAll(plain, store, { index: "memory" })).toEqual(old.slice(0, 2));
  });

  test.each([undefined, "none"])("records of another program are adopted, index %s", (index) => {
    const { store, reports } = recovered(
      (each) => edit(each, NAME, (file) => file.appendSync(Uint8Array.of(1, 7, 1, 8))),
      { index },
    );
    expect(reports).toMatchObject([{ adopted: 2, lost: 0, quarantined: 0, indexRebuilt: false }]);
    const all = [...old, Uint8Array.of(7), Uint8Array.of(8)];
    expect(readAll(plain, store, { index: "memory" })).toEqual(all);
  });

  test("records adopted beside an index that is damaged are all found", () => {
    const { store, reports } = recovered((each) => {
      edit(each, NAME, (file) => file.appendSync(Uint8Array.of(1, 7)));
      edit(each, INDEX, (file) => file.writeSync(24, Uint8Array.of(9)));
    });
    expect(reports).toMatchObject([{ adopted: 1, indexRebuilt: true }]);
    expect(readAll(plain, store)).toEqual([...old, Uint8Array.of(7)]);
    checkTidy(plain, store, "after recovery");
  });

  test('a torn end with tornTail "error" is left as it is', () => {
    const damage = (store: MemoryStore): void =>
      edit(store, NAME, (file) => file.appendSync(Uint8Array.of(9, 1)));
    const store = disk();
    const writer = openWriter(plain, store, { mode: "append" });
    writer.extendSync(old);
    writer.closeSync();
    damage(store);
    const { size } = store.statSync(NAME) as { size: number };
    const open = () => openWriter(plain, store, { mode: "append", tornTail: "error" });
    expect(open).toThrow(expect.objectContaining({ code: "NTH_TRUNCATED", offset: size - 2 }));
    expect(store.statSync(NAME)?.size).toBe(size);
    expect(store.listSync()).not.toContain(`${NAME}.torn`);
    openWriter(plain, store, { mode: "append" }).closeSync();
    expect(readAll(plain, store)).toEqual(old);
  });
});

describe.each(Object.entries(blobFormats))("an undo file of %s", (_name, format) => {
  test("that is torn belongs to a batch that had not begun", () => {
    for (const bytes of [0, 5, 20]) {
      const store = disk();
      const before = openWriter(format, store, { mode: "append" });
      before.extendSync(old);
      before.closeSync();
      // Dies in the middle of the undo file, or, where a batch overwrites nothing, at its first byte.
      const dying = new FaultStore(store, ({ op, name }) => {
        if (name.endsWith(".undo") && op === "write") return { kill: bytes };
        return op === "append" && name === NAME ? { kill: 0 } : undefined;
      });
      const writer = openWriter(format, dying, { mode: "append" });
      expect(() => writer.appendSync(Uint8Array.of(1))).toThrow();
      expect(dying.dead).toBe(true);
      openWriter(format, new FaultStore(store), { mode: "append" }).closeSync();
      expect(readAll(format, store)).toEqual(old);
      checkTidy(format, store, `undo of ${bytes} bytes`);
    }
  });
});
