import { describe, expect, test } from "vitest";
import { isNthrecError, NthrecError } from "../../src/index.ts";
import { type Key, type KeyProgress, keyed, keyedSync } from "../../src/keys/index.ts";
import { byRow, openRows, type Row, storeOf } from "./support/rows.ts";

function errorOf(work: () => unknown): NthrecError {
  try {
    work();
  } catch (error) {
    if (isNthrecError(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const open = (rows: readonly Row[]) => openRows(storeOf(rows));

describe("policies", () => {
  test("a key of two records is an error unless the caller says which one it finds", () => {
    using reader = open([["a"], ["b"], ["a"], ["a"]]);
    const error = errorOf(() => keyedSync(reader, byRow));
    expect([error.code, error.index]).toEqual(["NTH_KEY_DUPLICATE", 2]);
    expect(error.message).toContain("record 0");
    // Again, now from the index that was published.
    expect(errorOf(() => keyedSync(reader, byRow)).index).toBe(2);
    const found = (["first", "last", "all"] as const).map((duplicates) => {
      using index = keyedSync(reader, { ...byRow, duplicates });
      return [index.findSync("a"), index.findAllSync("a"), index.getSync("a")];
    });
    const [first, last] = [reader.getSync(0), reader.getSync(3)];
    const all = [0, 2, 3];
    expect(found).toEqual([
      [0, all, first],
      [3, all, last],
      [0, all, first],
    ]);
  });

  test("a key twice in one record is one key", () => {
    using reader = open([
      ["a", "a", new Uint8Array([0x61])],
      ["b", "c"],
    ]);
    using index = keyedSync(reader, byRow);
    expect(index.stats).toMatchObject({ keys: 3, entries: 3, duplicates: 0 });
    expect(index.findAllSync("a")).toEqual([0]);
  });

  test("a record without a key is an error unless it is left out, and counted", async () => {
    using reader = open([["a"], undefined, [], ["b"]]);
    const error = errorOf(() => keyedSync(reader, byRow));
    expect([error.code, error.index]).toEqual(["NTH_KEY_NOT_FOUND", 1]);
    using index = keyedSync(reader, { ...byRow, missing: "skip" });
    expect([index.findSync("b"), index.stats.missing]).toEqual([3, 2]);
    await expect(keyed(reader, byRow)).rejects.toMatchObject({
      code: "NTH_KEY_NOT_FOUND",
      index: 1,
    });
  });

  test("a record that cannot be decoded is an error unless it is left out, and counted", async () => {
    using reader = open([["a"], ["bad"], ["b"], ["bad"]]);
    const key = (record: Uint8Array, index: number) => {
      const keys = byRow.key(record, index) as readonly Key[];
      if (keys[0] === "bad") throw new NthrecError("NTH_DECODE_ERROR", "it is bad", { index });
      return keys;
    };
    expect(errorOf(() => keyedSync(reader, { key, name: "row" })).code).toBe("NTH_DECODE_ERROR");
    using index = keyedSync(reader, { key, name: "row", damaged: "skip" });
    expect([index.findSync("b"), index.stats.damaged]).toEqual([2, 2]);
    await using again = await keyed(reader, { key, name: "again", damaged: "skip" });
    expect([again.findSync("b"), again.stats.damaged]).toEqual([2, 2]);
    expect(errorOf(() => keyedSync(reader, { key, name: "row" })).code).toBe("NTH_CORRUPTION");
  });

  test("what can be no key is refused, where it is written and where it is sought", () => {
    for (const bad of [
      {} as Key,
      null as unknown as Key,
      true as unknown as Key,
      2 ** 60,
      2n ** 63n,
      -(2n ** 63n) - 1n,
      "\ud800",
      "x".repeat(70_000),
      new Uint8Array(70_000),
      "é".repeat(40_000),
    ]) {
      using reader = open([["a"]]);
      expect(errorOf(() => keyedSync(reader, { key: () => bad, name: "bad" })).code).toBe(
        "NTH_INVALID_VALUE",
      );
      using index = keyedSync(reader, byRow);
      expect(errorOf(() => index.findSync(bad)).code).toBe("NTH_INVALID_VALUE");
    }
    using reader = open([["a"]]);
    for (const name of ["", "a/b", "..", ".a", "x".repeat(101)]) {
      expect(() => keyedSync(reader, { ...byRow, name })).toThrow(TypeError);
    }
    expect(() => keyedSync(reader, { name: "a" } as never)).toThrow(TypeError);
  });
});

describe("kinds of keys", () => {
  test("an integer, its text and a float of its value are three keys", () => {
    using reader = open([[5n], ["5"], [{ float: 5 }], [new Uint8Array([0x36])]]);
    using index = keyedSync(reader, byRow);
    expect([5, 5n, "5", { float: 5 }, "6"].map((key) => index.findSync(key))).toEqual([
      0, 0, 1, 2, 3,
    ]);
    expect(index.findSync(6)).toBeUndefined();
  });

  test("a number without fraction finds a float where there is no such integer", () => {
    using reader = open([[{ float: 7 }], [0.5], [Number.NaN]]);
    using index = keyedSync(reader, byRow);
    expect([7, 7n, 0.5, Number.NaN].map((key) => index.findSync(key))).toEqual([
      0,
      undefined,
      1,
      2,
    ]);
    expect(index.getSync(7)).toEqual(reader.getSync(0));
  });

  test("text finds the number that it spells only with looseKeys", () => {
    const rows = [[42n], [-7n], [{ float: 1.5 }], ["8"], [8n], [-(2n ** 63n)]];
    using reader = open(rows);
    const texts = [
      "42",
      "-7",
      "1.5",
      "8",
      "-9223372036854775808",
      "042",
      "-0",
      "9223372036854775808",
      "0x2a",
      "",
    ];
    using strict = keyedSync(reader, byRow);
    expect(texts.map((text) => strict.findSync(text) ?? -1)).toEqual([
      -1, -1, -1, 3, -1, -1, -1, -1, -1, -1,
    ]);
    for (const keys of ["resident", "paged"] as const) {
      using loose = keyedSync(reader, { ...byRow, looseKeys: true, keys });
      expect(texts.map((text) => loose.findSync(text) ?? -1)).toEqual([
        0, 1, 2, 3, 5, -1, -1, -1, -1, -1,
      ]);
      expect(loose.getSync("42")).toEqual(reader.getSync(0));
    }
  });
});

describe("verbs", () => {
  test("get and getMany read records, and say which key is not there", async () => {
    using reader = open(Array.from({ length: 40 }, (_, i) => [`k${i}`, new Uint8Array([i])]));
    await using index = await keyed(reader, byRow);
    expect(await index.get("k7")).toEqual(reader.getSync(7));
    expect([await index.at("k7"), index.atSync("k8")]).toEqual(reader.getManySync([7, 8]));
    expect([await index.at("none"), index.atSync("none")]).toEqual([undefined, undefined]);
    expect(await index.getMany(["k9", "k1", new Uint8Array([3])])).toEqual(
      reader.getManySync([9, 1, 3]),
    );
    expect(index.getManySync(["k9", "k1"])).toEqual(reader.getManySync([9, 1]));
    expect(await index.getAll("k5")).toEqual([reader.getSync(5)]);
    expect(await index.getAll("none")).toEqual([]);
    const refused = { code: "NTH_KEY_NOT_FOUND" };
    for (const [key, shown] of [
      ["none", '"none"'],
      [new Uint8Array(40), "0x0000"],
      [{ float: 2 }, "{ float: 2 }"],
      [3n, "3"],
      ["x".repeat(100), "x…"],
    ] as const) {
      await expect(index.get(key)).rejects.toMatchObject(refused);
      expect(() => index.getSync(key)).toThrow(shown);
      await expect(index.getMany([key])).rejects.toMatchObject(refused);
      expect(() => index.getManySync([key])).toThrow(shown);
    }
    expect([index.size, index.hasSync("k1"), await index.has("k1"), index.closed]).toEqual([
      80,
      true,
      true,
      false,
    ]);
  });

  test("after close every verb says so, and the reader is still open", async () => {
    using reader = open([["a"]]);
    const index = keyedSync(reader, byRow);
    const walk = index.keysSync();
    index.closeSync();
    await index.close();
    expect(index.closed).toBe(true);
    for (const work of [
      () => index.findSync("a"),
      () => index.stats,
      () => walk.next(),
      () => index.rebuildSync(),
    ]) {
      expect(errorOf(work).code).toBe("NTH_NOT_OPEN");
    }
    await expect(index.get("a")).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
    await expect(index.refresh()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
    expect(reader.length).toBe(1);
  });

  test("a signal ends the building, and leaves nothing behind", async () => {
    const entry = storeOf(Array.from({ length: 3000 }, (_, i) => [`k${i}`]));
    using reader = openRows(entry);
    const stop = new AbortController();
    let seen = 0;
    const key = (record: Uint8Array, index: number) => {
      if (++seen === 2000) stop.abort();
      return byRow.key(record, index);
    };
    const building = keyed(reader, { key, name: "row", buildMemory: 10_000, signal: stop.signal });
    await expect(building).rejects.toMatchObject({ name: "AbortError" });
    expect(entry.store.listSync().filter((name) => name.includes("keys"))).toEqual([]);
    await expect(keyed(reader, { ...byRow, signal: stop.signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    await using index = await keyed(reader, byRow);
    await expect(index.find("k1", { signal: stop.signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    await expect(index.rebuild({ signal: stop.signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
  });

  test("progress is told at the end, at least", async () => {
    using reader = open(Array.from({ length: 3000 }, (_, i) => [`k${i}`]));
    const told: KeyProgress[] = [];
    await using index = await keyed(reader, {
      ...byRow,
      onProgress: (progress) => told.push(progress),
    });
    expect(told.at(-1)).toEqual({ records: 3000, total: 3000 });
    told.length = 0;
    const often = { progressInterval: 1000, onProgress: (each: KeyProgress) => told.push(each) };
    await using again = await keyed(reader, { ...byRow, ...often, indexFile: "memory" });
    expect(again.getSync("k999")).toEqual(reader.getSync(999));
    expect(told.map(({ records }) => records)).toEqual([1000, 2000, 3000, 3000]);
    for (const progressInterval of [0, 1.5]) {
      await expect(keyed(reader, { ...byRow, progressInterval })).rejects.toThrow(TypeError);
    }
    expect(index.size).toBe(3000);
  });
});
