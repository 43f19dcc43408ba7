import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  IndexHandler,
  type IndexHandlerOptions,
  isNthrecError,
  MemoryStore,
} from "../../src/index.ts";
import { encodeHeader } from "../../src/offsets/idv1.ts";
import { PAGE_LENGTH } from "../../src/offsets/offset-table.ts";
import { bytesOf } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";
import { TestHttpServer } from "../support/http-server.ts";
import { indexBytes, put } from "../support/index-files.ts";
import { property } from "../support/property.ts";

const NAME = "a.idx";
const OFFSETS = [0, 7, 20, 21, 2 ** 32 + 5, 2 ** 53 - 2];
const SIZE = 2 ** 53 - 1;

const newStore = (bytes?: Uint8Array): MemoryStore =>
  new MemoryStore({ entries: bytes === undefined ? [] : [[NAME, bytes]] });
const at = (store: MemoryStore | FaultStore) => ({ store, name: NAME });
const code = (verb: () => unknown): unknown => {
  try {
    return verb();
  } catch (error) {
    return isNthrecError(error) ? error.code : (error as Error).name;
  }
};
const codeOf = async (verb: () => Promise<unknown>): Promise<unknown> =>
  verb().catch((error: unknown) => (isNthrecError(error) ? error.code : (error as Error).name));

/** A little-endian array without a header. */
const bare = (...numbers: number[]): Uint8Array => indexBytes(numbers, 0).subarray(16);

describe("index handler", () => {
  test("init: mode, name, length, header", () => {
    const store = newStore(indexBytes(OFFSETS, SIZE));
    const index = IndexHandler.openSync(at(store));
    expect([index.mode, index.name, index.length]).toEqual(["r", `memory/${NAME}`, 6]);
    expect([index.dataSize, index.closed]).toEqual([SIZE, false]);
    index.closeSync();
    expect(index.closed).toBe(true);
    index.closeSync();
  });

  test("append and get", async () => {
    const store = newStore();
    const index = IndexHandler.openSync(at(store), { mode: "a" });
    expect(OFFSETS.map((each) => index.appendSync(each))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(OFFSETS.map((_, i) => index.getSync(i))).toEqual(OFFSETS);
    expect(await Promise.all(OFFSETS.map((_, i) => index.get(i)))).toEqual(OFFSETS);
    index.closeSync();
    expect(bytesOf(store, NAME)).toEqual(indexBytes(OFFSETS, 0));
  });

  test("put replaces in the file, between the neighbours", async () => {
    const store = newStore(indexBytes(OFFSETS, SIZE));
    const index = await IndexHandler.open(at(store), { mode: "r+" });
    await index.put(1, 8);
    index.putSync(5, 2 ** 53 - 1);
    const changed = [0, 8, 20, 21, 2 ** 32 + 5, 2 ** 53 - 1];
    expect([...index]).toEqual(changed);
    expect(bytesOf(store, NAME)).toEqual(indexBytes(changed, SIZE));
    for (const [i, offset] of [
      [1, 0],
      [1, 20],
      [2, 22],
      [0, -1],
      [3, 20.5],
      [0, 8],
    ] as const) {
      expect(
        code(() => index.putSync(i, offset)),
        `${offset} at ${i}`,
      ).toBe("NTH_INVALID_VALUE");
    }
    expect(await codeOf(() => index.put(6, 1))).toBe("NTH_OUT_OF_RANGE");
    expect(code(() => index.putSync(-1, 1))).toBe("NTH_OUT_OF_RANGE");
    expect([...index]).toEqual(changed);
    await index.close();
    expect(bytesOf(store, NAME)).toEqual(indexBytes(changed, SIZE));
  });

  test("put many", async () => {
    const store = newStore(indexBytes([10, 20, 30], 99));
    const index = await IndexHandler.open(at(store), { mode: "r+" });
    await index.putMany([
      [0, 1],
      [1, 2],
    ]);
    index.putManySync(new Map([[2, 3]]));
    expect(index.sliceSync()).toEqual([1, 2, 3]);
    await index.close();
    expect(bytesOf(store, NAME)).toEqual(indexBytes([1, 2, 3], 99));
  });

  test("an offset that was appended and not written yet can be replaced", () => {
    const store = newStore();
    const index = IndexHandler.openSync(at(store), { mode: "a" });
    index.extendSync([3, 5]);
    index.putSync(1, 9);
    expect(code(() => index.appendSync(9))).toBe("NTH_INVALID_VALUE");
    index.appendSync(10);
    index.writeHeaderSync(50);
    expect(bytesOf(store, NAME)).toEqual(indexBytes([3, 9, 10], 50));
    index.closeSync();
  });

  test("scan never shows the header", async () => {
    const store = newStore(indexBytes(OFFSETS, SIZE));
    const index = IndexHandler.openSync(at(store), { mode: "r+" });
    expect([...index.scan()]).toEqual(OFFSETS);
    expect([...index.scan(2)]).toEqual(OFFSETS.slice(2));
    expect([...index.scan(6)]).toEqual([]);
    const seen: number[] = [];
    for await (const each of index.scan(4)) seen.push(each);
    expect(seen).toEqual(OFFSETS.slice(4));
    // Two at once, and one that grows under way.
    const [a, b] = [index[Symbol.iterator](), index[Symbol.iterator]()];
    expect([a.next().value, b.next().value, a.next().value]).toEqual([0, 0, 7]);
    index.putSync(5, 2 ** 53 - 3);
    index.appendSync(2 ** 53 - 2);
    expect([...index].length).toBe(7);
    index.closeSync();
  });

  test("iterates, also asynchronously", async () => {
    const index = await IndexHandler.open(indexBytes([1, 2, 3], 9));
    expect([...index]).toEqual([1, 2, 3]);
    const seen: number[] = [];
    for await (const each of index) seen.push(each);
    expect(seen).toEqual([1, 2, 3]);
    await index.close();
  });

  test("slices are those of arrays, and with negative steps those of Python", async () => {
    const index = await IndexHandler.open(indexBytes(OFFSETS, SIZE));
    expect(await index.slice()).toEqual(OFFSETS);
    expect(await index.slice(1, 4)).toEqual(OFFSETS.slice(1, 4));
    expect(await index.slice(-2)).toEqual(OFFSETS.slice(-2));
    expect(index.sliceSync(0, undefined, 2)).toEqual([0, 20, 2 ** 32 + 5]);
    expect(index.sliceSync(undefined, undefined, -1)).toEqual([...OFFSETS].reverse());
    expect(index.sliceSync(4, 1, -2)).toEqual([2 ** 32 + 5, 20]);
    expect(code(() => index.sliceSync(0, 1, 0))).toBe("TypeError");
  });

  test("a header written by hand, and judged", async () => {
    const store = newStore();
    const index = await IndexHandler.open(at(store), { mode: "w" });
    await index.append(0);
    expect(await index.extend([4, 9])).toBe(2);
    expect(index.checkHeader(12)).toEqual({
      state: "stale",
      reason: "the index is unfinished: its header states no size",
    });
    await index.writeHeader(12);
    expect(index.checkHeader(12).state).toBe("valid");
    expect(index.checkHeader(13).state).toBe("stale");
    await index.close();
    expect(bytesOf(store, NAME)).toEqual(indexBytes([0, 4, 9], 12));
    expect(await IndexHandler.check(at(store), 12)).toEqual({ state: "valid", reason: "" });
  });

  test("a session that changes an index leaves a header that fits (W17)", () => {
    const store = newStore(indexBytes([0, 5], 11));
    const index = IndexHandler.openSync(at(store), { mode: "a" });
    index.appendSync(11);
    index.writeHeaderSync(12);
    index.closeSync();
    expect(IndexHandler.checkSync(at(store), 12).state).toBe("valid");
    expect(bytesOf(store, NAME)).toEqual(indexBytes([0, 5, 11], 12));
  });

  test("a header of another size is not written before the offsets", () => {
    const memory = newStore(indexBytes([0], 4));
    const store = new FaultStore(memory, ({ step }) => (step === 2 ? { kill: 8 } : undefined));
    const index = IndexHandler.openSync(at(store), { mode: "a" });
    index.appendSync(4);
    expect(() => index.writeHeaderSync(8)).toThrow("killed");
    expect(IndexHandler.checkSync(at(memory), 8).state).toBe("stale");
    expect(bytesOf(memory, NAME)).toEqual(indexBytes([0, 4], 4));
  });
});

describe("how an index is opened", () => {
  test("reading: nothing can be changed", async () => {
    const index = IndexHandler.openSync(at(newStore(indexBytes([1], 2))));
    for (const verb of [
      () => index.putSync(0, 0),
      () => index.appendSync(3),
      () => index.extendSync([3]),
      () => index.writeHeaderSync(2),
    ]) {
      expect(code(verb)).toBe("NTH_READONLY");
    }
    expect(await codeOf(() => index.put(0, 0))).toBe("NTH_READONLY");
    expect(await codeOf(() => index.writeHeader(3))).toBe("NTH_READONLY");
    index.commitSync();
    await index.close();
    expect(await codeOf(() => IndexHandler.open(at(newStore())))).toBe("NTH_NOT_FOUND");
    expect(code(() => IndexHandler.openSync(at(newStore()), { mode: "r+" }))).toBe("NTH_NOT_FOUND");
  });

  test("a new index takes the old one's place at the first commit, and readers keep the old one", () => {
    const store = newStore(indexBytes(OFFSETS, SIZE));
    const reader = IndexHandler.openSync(at(store), { offsets: "paged" });
    const writer = IndexHandler.openSync(at(store), { mode: "w" });
    writer.extendSync([1, 2]);
    expect(bytesOf(store, NAME)).toEqual(indexBytes(OFFSETS, SIZE));
    writer.writeHeaderSync(3);
    expect(bytesOf(store, NAME)).toEqual(indexBytes([1, 2], 3));
    expect(reader.sliceSync()).toEqual(OFFSETS);
    writer.putSync(0, 0);
    writer.appendSync(7);
    expect(writer.sliceSync()).toEqual([0, 2, 7]);
    writer.closeSync();
    expect(bytesOf(store, NAME)).toEqual(indexBytes([0, 2, 7], 3));
    expect(store.listSync()).toEqual([NAME]);
    reader.closeSync();
  });

  test("appending: a missing index is made, another one goes on", async () => {
    const store = newStore();
    for (const offset of [4, 8]) {
      await using index = await IndexHandler.open(at(store), { mode: "a" });
      await index.append(offset);
    }
    expect(bytesOf(store, NAME)).toEqual(indexBytes([4, 8], 0));
  });

  test("an unknown mode, a source that cannot be written, a bad magic, a bad page", async () => {
    const open = (options: object, index: unknown = at(newStore())) =>
      codeOf(() => IndexHandler.open(index as string, options as IndexHandlerOptions));
    expect(await open({ mode: "x" })).toBe("TypeError");
    expect(await open({ mode: "a" }, new Uint8Array(16))).toBe("TypeError");
    expect(await open({ mode: "w" }, "https://example.org/a.idx")).toBe("NTH_READONLY");
    expect(await open({ mode: "w", magic: "TOOLONG" })).toBe("TypeError");
    expect(await open({ mode: "w", pageSize: 100 })).toBe("TypeError");
    const frozen = { name: "frozen", open: () => Promise.reject(new Error()) };
    expect(await open({ mode: "a" }, { store: frozen, name: NAME })).toBe("NTH_NOT_SUPPORTED");
  });

  test("every verb of a closed one says so", async () => {
    const index = IndexHandler.openSync(at(newStore(indexBytes([1], 2))), { mode: "r+" });
    index[Symbol.dispose]();
    const verbs = [
      () => index.getSync(0),
      () => index.sliceSync(),
      () => index.putSync(0, 0),
      () => index.appendSync(9),
      () => index.length,
      () => index.checkHeader(2),
      () => index.writeHeaderSync(2),
      () => index.commitSync(),
      () => index.verifySync(),
      () => [...index],
    ];
    for (const verb of verbs) expect(code(verb), String(verb)).toBe("NTH_NOT_OPEN");
    expect(await codeOf(() => index.get(0))).toBe("NTH_NOT_OPEN");
    expect(await codeOf(() => index.append(9))).toBe("NTH_NOT_OPEN");
  });

  test("closes what it opened, and nothing else", async () => {
    const store = new FaultStore(newStore(indexBytes([1, 2], 3)));
    for (const mode of ["r", "r+", "a", "w"] as const) {
      for (const offsets of ["resident", "paged"] as const) {
        const index = await IndexHandler.open(at(store), { mode, offsets });
        await index.close();
        expect(store.opened, `${mode}, ${offsets}`).toEqual([]);
      }
    }
    const source = store.openSync(NAME);
    const index = await IndexHandler.open(source);
    await index.close();
    expect(store.opened).toEqual([NAME]);
    source.closeSync();
  });

  test("an opening that fails closes everything", async () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), encodeHeader(5, "ABCD"), bare(1, 2)]) {
      const store = new FaultStore(newStore(bytes));
      for (const mode of ["r", "r+", "a"] as const) {
        const outcome = await codeOf(() => IndexHandler.open(at(store), { mode }));
        expect(outcome).toMatch(/^NTH_INDEX_(FOREIGN|INVALID)$/);
        expect(store.opened).toEqual([]);
        expect(bytesOf(store, NAME)).toEqual(bytes);
      }
    }
  });
});

describe("an index without a header", () => {
  const open = { header: false } as const;

  test("read, write, append, write and read, append and read", async () => {
    const store = newStore();
    const writer = IndexHandler.openSync(at(store), { ...open, mode: "w" });
    writer.extendSync([5, 3, 3, 2 ** 40, 0]);
    expect(writer.getSync(2)).toBe(3);
    writer.closeSync();
    expect(bytesOf(store, NAME)).toEqual(bare(5, 3, 3, 2 ** 40, 0));
    for (const offsets of ["resident", "paged"] as const) {
      const reader = await IndexHandler.open(at(store), { ...open, offsets, pageSize: 16 });
      expect(await reader.slice()).toEqual([5, 3, 3, 2 ** 40, 0]);
      await reader.close();
    }
    const appender = IndexHandler.openSync(at(store), { ...open, mode: "a" });
    appender.appendSync(1);
    appender.putSync(0, 2 ** 53 - 1);
    appender.closeSync();
    expect(bytesOf(store, NAME)).toEqual(bare(2 ** 53 - 1, 3, 3, 2 ** 40, 0, 1));
  });

  test("has none to look at", () => {
    const index = IndexHandler.openSync(at(newStore(bare(9, 1))), { ...open, mode: "r+" });
    expect(code(() => index.checkHeader(1))).toBe("NTH_NOT_SUPPORTED");
    expect(code(() => index.writeHeaderSync(1))).toBe("NTH_NOT_SUPPORTED");
    expect(index.verifySync({ level: "quick" })).toMatchObject({ records: 2 });
    index.closeSync();
  });

  test("an index read as an array begins with its header (W14)", () => {
    const index = IndexHandler.openSync(indexBytes([7], 20), open);
    expect(index.length).toBe(3);
    expect(index.getSync(1)).toBe(20);
    expect(index.getSync(2)).toBe(7);
  });
});

describe("check", () => {
  const check = (bytes: Uint8Array | undefined, size: number, magic?: string) =>
    IndexHandler.checkSync(at(newStore(bytes)), size, { magic }).state;

  test("a file that does not exist", async () => {
    expect(check(undefined, 5)).toBe("missing");
    expect((await IndexHandler.check(at(newStore()), 5)).state).toBe("missing");
  });

  test("another magic", () => {
    expect(check(indexBytes([1], 5), 5, "KEYS")).toBe("foreign");
    const mine = newStore();
    const index = IndexHandler.openSync(at(mine), { mode: "w", magic: "KEYS" });
    index.appendSync(1);
    index.writeHeaderSync(5);
    index.closeSync();
    expect(IndexHandler.checkSync(at(mine), 5, { magic: "KEYS" }).state).toBe("valid");
    expect(IndexHandler.checkSync(at(mine), 5).state).toBe("foreign");
    expect(code(() => IndexHandler.openSync(at(mine)))).toBe("NTH_INDEX_FOREIGN");
    expect(IndexHandler.openSync(at(mine), { magic: "KEYS" }).getSync(0)).toBe(1);
  });

  test("another size, an unfinished one, a sound one", () => {
    expect(check(indexBytes([1], 5), 6)).toBe("stale");
    expect(check(indexBytes([1], 0), 6)).toBe("stale");
    expect(check(new Uint8Array(0), 6)).toBe("stale");
    expect(check(indexBytes([1], 5), 5)).toBe("valid");
  });

  test("a size that is no size", () => {
    const index = IndexHandler.openSync(at(newStore()), { mode: "w" });
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(
        code(() => index.writeHeaderSync(size)),
        String(size),
      ).toBe("TypeError");
    }
  });

  test("a torn end is read up to its last whole offset, and cut by who changes it (W12)", () => {
    for (let cut = 1; cut < 8; cut++) {
      const bytes = indexBytes([1, 2, 3], 5).slice(0, -cut);
      const store = newStore(bytes);
      const reader = IndexHandler.openSync(at(store));
      expect(reader.sliceSync()).toEqual([1, 2]);
      expect(reader.checkHeader(5).state).toBe("invalid");
      reader.closeSync();
      const writer = IndexHandler.openSync(at(store), { mode: "a" });
      writer.appendSync(4);
      writer.closeSync();
      expect(bytesOf(store, NAME)).toEqual(indexBytes([1, 2, 4], 5));
    }
  });
});

describe("the number of an offset", () => {
  const index = IndexHandler.openSync(indexBytes(OFFSETS, SIZE));

  test("is checked before anything is read", async () => {
    expect(index.getSync(5)).toBe(OFFSETS[5]);
    for (const number of [6, 7, -1, -6]) {
      expect(
        code(() => index.getSync(number)),
        String(number),
      ).toBe("NTH_OUT_OF_RANGE");
      expect(await codeOf(() => index.get(number))).toBe("NTH_OUT_OF_RANGE");
    }
    for (const number of [0.5, Number.NaN, "0" as unknown as number]) {
      expect(
        code(() => index.getSync(number)),
        String(number),
      ).toBe("TypeError");
    }
  });

  test("and said, with the file and its length", () => {
    expect(() => index.getSync(6)).toThrow(/offset 6 does not exist: .* has 6 offsets/);
  });

  test("an abort comes first", async () => {
    const signal = AbortSignal.abort();
    expect(await codeOf(() => index.get(0, { signal }))).toBe("NTH_ABORTED");
    expect(await codeOf(() => IndexHandler.open(indexBytes([], 0), { signal }))).toBe(
      "NTH_ABORTED",
    );
    expect(await codeOf(() => IndexHandler.check(at(newStore()), 0, { signal }))).toBe(
      "NTH_ABORTED",
    );
  });
});

describe("verify", () => {
  const many = Array.from({ length: 3 * PAGE_LENGTH }, (_, i) => i * 3);
  const report = (offsets: readonly number[], options: object = {}, size = many.length * 3) =>
    IndexHandler.openSync(at(newStore(indexBytes(offsets, size)))).verifySync(options);

  test("a sound index, at every level", async () => {
    for (const level of ["quick", "sample", "full"] as const) {
      const index = await IndexHandler.open(indexBytes(many, many.length * 3));
      const found = await index.verify({ level });
      expect(found).toMatchObject({ level, ok: true, state: "valid", records: many.length });
      expect(found.checked).toBe({ quick: 2, sample: 1024, full: many.length }[level]);
    }
    expect(report([], {}, 0)).toMatchObject({ ok: true, records: 0, checked: 0 });
  });

  test("one offset that falls: found by a full look", () => {
    const bad = many.map((each, i) => (i === 5000 ? 1 : each));
    expect(report(bad, { level: "quick" }).ok).toBe(true);
    expect(report(bad, { level: "full" })).toMatchObject({
      ok: false,
      state: "invalid",
      index: 4999,
      checked: 5000,
    });
  });

  test("the last offset lies behind the data", () => {
    const found = report([0, 5], { level: "quick" }, 5);
    expect(found).toMatchObject({ ok: false, state: "invalid", index: 1 });
    expect(found.reason).toBe("record 1 would begin at byte 5, and the end of the data at byte 5");
  });

  test("other data", () => {
    expect(report(many, { dataSize: 7 })).toMatchObject({ ok: false, state: "stale" });
  });

  test("an offset of 2^53 and more is damage, not a number", () => {
    const bytes = indexBytes([0, 1], 9);
    bytes[30] = 0x20;
    const index = IndexHandler.openSync(bytes);
    expect(code(() => index.getSync(1))).toBe("NTH_INDEX_INVALID");
    expect(index.verifySync()).toMatchObject({ ok: false, index: 0 + 1 });
  });
});

describe("an index on a web server", () => {
  let server: TestHttpServer | undefined;
  afterEach(async () => server?.[Symbol.asyncDispose]());

  test("is read page by page", async () => {
    server = await TestHttpServer.start();
    const offsets = Array.from({ length: 20_000 }, (_, i) => i * 2);
    const url = server.put(`/${NAME}`, indexBytes(offsets, 40_000));
    const index = await IndexHandler.open(url);
    expect(index.length).toBe(20_000);
    expect(await index.get(19_999)).toBe(39_998);
    expect(await index.slice(10_000, 10_003)).toEqual([20_000, 20_002, 20_004]);
    expect(await codeOf(async () => index.getSync(5))).toBe("NTH_NOT_SUPPORTED");
    expect(await IndexHandler.check(url, 40_000)).toEqual({ state: "valid", reason: "" });
    await index.close();
  });
});

test("a handler is an array of rising numbers, whatever its pages", () => {
  const verbs = fc.array(
    fc.oneof(
      fc.record({
        verb: fc.constant("append" as const),
        gap: fc.integer({ min: 1, max: 2 ** 40 }),
      }),
      fc.record({
        verb: fc.constant("put" as const),
        at: fc.nat(40),
        gap: fc.integer({ min: -3, max: 3 }),
      }),
      fc.record({ verb: fc.constant("commit" as const) }),
      fc.record({ verb: fc.constant("reopen" as const), pageSize: fc.constantFrom(8, 16, 64) }),
    ),
    { maxLength: 40 },
  );
  const check = fc.property(fc.constantFrom("r+", "a", "w"), verbs, (mode, actions) => {
    const store = newStore(indexBytes([], 0));
    const model: number[] = [];
    const open = (pageSize: number, as: "r+" | "a" | "w") =>
      IndexHandler.openSync(at(store), { mode: as, pageSize, offsets: "paged" });
    let index = open(16, mode as "r+");
    for (const action of actions) {
      if (action.verb === "append") {
        const offset = Math.min(2 ** 53 - 1, (model.at(-1) ?? -1) + action.gap);
        if (offset > (model.at(-1) ?? -1))
          expect(index.appendSync(offset)).toBe(model.push(offset) - 1);
      } else if (action.verb === "put") {
        const value = (model[action.at] ?? 0) + action.gap;
        const low = model[action.at - 1] ?? -1;
        const high = model[action.at + 1] ?? 2 ** 53;
        const outcome = code(() => index.putSync(action.at, value));
        if (action.at >= model.length) expect(outcome).toBe("NTH_OUT_OF_RANGE");
        else if (value <= low || value >= high) expect(outcome).toBe("NTH_INVALID_VALUE");
        else model[action.at] = value;
      } else if (action.verb === "commit") {
        index.commitSync();
        expect(bytesOf(store, NAME)).toEqual(indexBytes(model, 0));
      } else {
        index.closeSync();
        index = open(action.pageSize, "r+");
      }
      expect(index.sliceSync()).toEqual(model);
    }
    index.closeSync();
    expect(bytesOf(store, NAME)).toEqual(indexBytes(model, 0));
    put(store, NAME, new Uint8Array(0));
  });
  fc.assert(check, property);
});
