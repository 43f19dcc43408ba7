import { type LiveStore, MemoryStore } from "@nthrec/core";
import { FaultStore } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { TensorBlob, TensorDB } from "../src/index.ts";
import { firsts, pairs, rows } from "./support/blobs.ts";
import { copyOf, stopEverywhere } from "./support/faulty.ts";

// A program that dies at any of its changes leaves the state before or the one after, and nothing that is not
// collected.

const open = TensorBlob.openSync;

describe("a blob", () => {
  const start = new MemoryStore();
  for (const [name, count, from] of [
    ["a", 5, 0],
    ["b", 7, 100],
  ] as const) {
    using blob = open({ store: start, name }, "w", pairs);
    blob.writeSync(rows(count, from));
  }
  const read = (store: LiveStore, name = "a"): unknown[] => {
    using blob = open({ store, name });
    return blob.shape.length === 0 ? (blob.readSync()?.values() ?? []) : firsts(blob.readSync());
  };
  const on =
    (mode: string, work: (blob: TensorBlob, store: LiveStore) => void, options = {}) =>
    (store: LiveStore): void => {
      const blob = open({ store, name: "a" }, mode, options);
      work(blob, store);
      blob.closeSync();
    };
  const before = [0, 1, 2, 3, 4];
  const extended = [0, 1, 2, 100, 101, 102, 103, 104, 105, 3, 4, 106];
  const works: [string, (store: LiveStore) => void, unknown[][]][] = [
    ["append", on("a", (blob) => blob.writeSync(rows(5, 5))), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]],
    [
      "overwrite",
      on("r+", (blob) => {
        blob.seek(2);
        blob.writeSync(rows(2, 20));
      }),
      [[0, 1, 20, 21, 4]],
    ],
    ["truncate", on("r+", (blob) => blob.truncateSync(4)), [[0, 1, 2, 3]]],
    ["truncate to nothing", on("r+", (blob) => blob.truncateSync(0)), [[]]],
    ["extend", on("a", (blob, store) => blob.extendSync(open({ store, name: "b" }))), [extended]],
    ["replace", on("w", (blob) => blob.writeSync(rows(4, 9))), [[9, 10, 11, 12]]],
    // Two files change: an empty blob may lie between.
    [
      "replace by another type",
      on("w", (blob) => blob.writeSync([1, 2, 3]), { dtype: "int8", shape: [] }),
      [[1, 2, 3], []],
    ],
  ];

  test.each(works)("%s", (_, work, after) => {
    const seen = new Set<string>();
    const stops = stopEverywhere(start, work, (left, step) => {
      const state = read(left);
      seen.add(JSON.stringify(state));
      expect([before, ...after], step).toContainEqual(state);
      // The next one goes on from there, and what was staged is collected.
      const place = { store: left, name: "a" };
      TensorBlob.sweepSync(place);
      {
        using blob = open(place, "a");
        blob.writeSync(blob.shape.length === 0 ? [7] : rows(1, 7));
      }
      expect(read(left), step).toEqual([...state, 7]);
      const stat = left.openSync("a/.stat");
      const { bds } = JSON.parse(new TextDecoder().decode(stat.readSync(0, stat.size))) as {
        bds: string[];
      };
      const files = left.listSync().filter((name) => name.startsWith("a/"));
      expect(files.sort(), step).toEqual(
        [".conf", ".stat", ...bds].map((name) => `a/${name}`).sort(),
      );
      expect(read(left, "b")).toHaveLength(7);
    });
    expect(stops).toBeGreaterThan(3);
    expect(seen).toContain(JSON.stringify(before));
  });

  test("to be made", () => {
    stopEverywhere(
      new MemoryStore(),
      (store) => {
        const blob = open({ store, name: "a" }, "w", pairs);
        blob.writeSync(rows(4));
        blob.closeSync();
      },
      (left, step) => {
        if (left.statSync("a/.conf") !== undefined) {
          expect([[], [0, 1, 2, 3]], step).toContainEqual(read(left));
        }
        using blob = open({ store: left, name: "a" }, "w", pairs);
        blob.writeSync(rows(1, 3));
        blob.flushSync();
        expect(read(left), step).toEqual([3]);
      },
    );
  });

  test("to be removed", () => {
    stopEverywhere(
      start,
      (store) => TensorBlob.unlinkSync({ store, name: "a" }),
      (left, step) => {
        TensorBlob.unlinkSync({ store: left, name: "a" });
        const files = left.listSync().filter((name) => name.startsWith("a"));
        expect(
          files.filter((name) => !name.includes(".lock")),
          step,
        ).toEqual([]);
      },
    );
  });
});

describe("a database", () => {
  const schema = { x: ["int32", []], y: ["float64", [2]] } as const;
  const numbered = (numbers: number[]) => ({ x: numbers, y: numbers.flatMap((i) => [i / 2, i]) });
  const start = new MemoryStore();
  const place = (store: LiveStore) => ({ store, name: "db" });
  {
    using db = TensorDB.openSync(place(start), "w", { schema, blockSize: 3 });
    db.writeSync(numbered([0, 1, 2, 3, 4]));
  }
  const read = (store: LiveStore): unknown[] => {
    using db = TensorDB.openSync(place(store));
    const all = db.readSync();
    const x = all?.["x"]?.values() ?? [];
    // Rows are aligned, whatever happened.
    if (db.schema.has("y")) {
      expect(all?.["y"]?.values() ?? []).toEqual((x as number[]).flatMap((i) => [i / 2, i]));
    }
    return x;
  };
  const on =
    (mode: string, work: (db: TensorDB) => void, options = {}) =>
    (store: LiveStore): void => {
      const db = TensorDB.openSync(place(store), mode, options);
      work(db);
      db.closeSync();
    };
  const other = { schema: { x: ["int32", [1]], z: ["int8", []] } as const, blockSize: 2 };
  const works: [string, (store: LiveStore) => void, unknown[][]][] = [
    ["append", on("a", (db) => db.writeSync(numbered([5, 6]))), [[0, 1, 2, 3, 4, 5, 6]]],
    [
      "overwrite",
      on("r+", (db) => {
        db.seek(3);
        db.writeSync(numbered([30, 40, 50]));
      }),
      [[0, 1, 2, 30, 40, 50]],
    ],
    ["truncate", on("r+", (db) => db.truncateSync(1)), [[0]]],
    ["replace", on("w", (db) => db.writeSync(numbered([8]))), [[], [8]]],
    [
      "replace by other columns",
      on("w", (db) => db.writeSync({ x: [8, 9], z: [1, 2] }), other),
      [[], [8, 9]],
    ],
  ];

  test.each(works)("%s", (_, work, after) => {
    const seen = new Set<string>();
    const allowed = [[0, 1, 2, 3, 4], ...after];
    stopEverywhere(start, work, (left, step) => {
      const state = read(left);
      seen.add(JSON.stringify(state));
      expect(allowed, step).toContainEqual(state);
      {
        using db = TensorDB.openSync(place(left), "a");
        db.writeSync(db.schema.has("y") ? numbered([7]) : { x: [7], z: [7] });
      }
      expect(read(left), step).toEqual([...state, 7]);
    });
    expect([...seen].sort()).toEqual(allowed.map((state) => JSON.stringify(state)).sort());
  });

  test("what a stopped writer staged is collected", async () => {
    for (const [, work] of works) {
      const stores: MemoryStore[] = [];
      stopEverywhere(start, work, (left) => stores.push(left));
      for (const left of stores) {
        await TensorDB.sweep(place(left));
        const files = left.listSync().filter((name) => name.startsWith("db/"));
        using db = TensorDB.openSync(place(left));
        const blocks = [...db.schema.values()].map(({ blockSize }) =>
          Math.ceil(db.length / blockSize),
        );
        const expected = blocks.reduce((sum, count) => sum + count + 2, 2);
        expect(files.length, files.join()).toBe(expected);
        const beside = left.listSync().filter((name) => name.startsWith("db."));
        expect(beside).toEqual([]);
        TensorDB.unlinkSync(place(left));
        expect(left.listSync()).toEqual([]);
      }
    }
  });

  test("an intent that was not finished goes with the next writer, and with the database", () => {
    const unfinished = "db.intent.new-half";
    const goes = (work: (store: LiveStore) => void): void => {
      const left = copyOf(start);
      left.editSync(unfinished, { create: true }).closeSync();
      work(left);
      expect(left.listSync()).not.toContain(unfinished);
    };
    goes(on("a", () => {}));
    goes(on("w", () => {}));
    goes(on("w", () => {}, other));
    goes((store) => void TensorDB.unlinkSync(place(store)));
  });

  test("to be removed", () => {
    stopEverywhere(
      start,
      (store) => void TensorDB.unlinkSync(place(store)),
      (left, step) => {
        TensorDB.unlinkSync(place(left));
        const files = left.listSync().filter((name) => name.startsWith("db"));
        expect(
          files.filter((name) => !name.includes(".lock")),
          step,
        ).toEqual([]);
      },
    );
  });

  test("a full disk leaves no staged block and the old rows", () => {
    const left = copyOf(start);
    const files = left.listSync();
    let written = 0;
    const full = new FaultStore(left, ({ op, bytes }) => {
      if (op === "write") written += bytes;
      return op === "write" && written > 4 * 8 ? 0 : undefined;
    });
    using db = TensorDB.openSync(place(full), "a");
    expect(() => db.writeSync(numbered([5, 6, 7, 8, 9, 10]))).toThrow(/no space/);
    expect(left.listSync()).toEqual(files);
    expect(read(left)).toEqual([0, 1, 2, 3, 4]);
  });
});
