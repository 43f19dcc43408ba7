import { MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TensorBlob, TensorBlobReader, TensorDB } from "../src/index.ts";
import { firsts, rows } from "./support/blobs.ts";

const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`NTHREC_SEED=${seed}`);

const count = fc.nat({ max: 9 });
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), n: count }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("seek" as const), n: fc.integer({ min: -9, max: 25 }) }),
  },
  fc.record({ do: fc.constant("read" as const), n: count }),
  fc.record({ do: fc.constant("gather" as const), n: count }),
  fc.record({ do: fc.constant("truncate" as const), n: fc.nat({ max: 20 }) }),
  fc.record({ do: fc.constant("extend" as const), n: count }),
  fc.record({ do: fc.constant("reopen" as const), n: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant("flush" as const), n: fc.constant(0) }),
);
const commands = fc.array(command, { maxLength: 25 });
const MODES = ["r+", "a+", "w+"] as const;

/** What a blob does, on an array. */
class Model {
  values: number[] = [];
  position = 0;
  mode: string = "w+";

  write(from: number, n: number): void {
    const at = this.mode === "a+" ? this.values.length : this.position;
    for (let i = 0; i < n; i++) this.values[at + i] = from + i;
    this.position = at + n;
  }
}

test("a blob does what an array does", () => {
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 5 }), (list, blockSize) => {
      const store = new MemoryStore();
      const place = { store, name: "a" };
      const options = { dtype: "float32", shape: [2], blockSize };
      const model = new Model();
      let blob = TensorBlob.openSync(place, "w+", options);
      let next = 1;
      for (const { do: what, n } of list) {
        if (what === "write") {
          expect(blob.writeSync(rows(n, next))).toBe(n);
          if (n > 0 || model.mode === "a+") model.write(next, n);
          next += n;
        } else if (what === "seek") {
          model.position = Math.min(model.values.length, Math.max(0, n));
          expect(blob.seek(n)).toBe(model.position);
        } else if (what === "read") {
          const expected = model.values.slice(model.position, model.position + n);
          expect(firsts(blob.readSync(n))).toEqual(expected);
          model.position += expected.length;
        } else if (what === "gather") {
          const list = model.values.map((_, i) => (i * 7 + n) % model.values.length);
          expect(firsts(blob.gatherSync(list))).toEqual(list.map((i) => model.values[i]));
        } else if (what === "truncate") {
          blob.truncateSync(n);
          model.values.length = Math.min(n, model.values.length);
          model.position = Math.min(model.position, model.values.length);
        } else if (what === "extend") {
          const from = { store, name: "b" };
          using other = TensorBlob.openSync(from, "w+", options);
          other.writeSync(rows(n, next));
          blob.extendSync(other, { maintainOrder: true });
          for (let i = 0; i < n; i++) model.values.push(next + i);
          next += n;
        } else if (what === "reopen") {
          blob.closeSync();
          model.mode = MODES[n] as string;
          if (model.mode === "w+") model.values = [];
          model.position = model.mode === "a+" ? model.values.length : 0;
          blob = TensorBlob.openSync(place, model.mode);
        } else {
          blob.flushSync();
        }
        expect(blob.length).toBe(model.values.length);
        expect(blob.tell()).toBe(model.position);
      }
      blob.closeSync();
      using reader = TensorBlobReader.openSync(place);
      expect(firsts(reader.readRangeSync(0, reader.length))).toEqual(model.values);
      // Nothing lies about that no state names.
      const blocks = Math.ceil(model.values.length / blockSize);
      expect(store.listSync().filter((name) => name.startsWith("a/"))).toHaveLength(blocks + 2);
    }),
    { seed, numRuns: 150 },
  );
});

test("a database does what an array does", () => {
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 4 }), (list, blockSize) => {
      const store = new MemoryStore();
      const place = { store, name: "d" };
      const schema = { x: ["int32", []], y: ["float64", [2]] } as const;
      const numbered = (n: number, from: number) => ({
        x: Array.from({ length: n }, (_, i) => from + i),
        y: rows(n, from),
      });
      const model = new Model();
      let db = TensorDB.openSync(place, "w+", { schema, blockSize });
      let next = 1;
      const check = (columns: ReturnType<TensorDB["readSync"]>, expected: unknown[]): void => {
        expect(columns?.["x"]?.values() ?? []).toEqual(expected);
        expect(firsts(columns?.["y"] ?? null)).toEqual(expected);
      };
      for (const { do: what, n } of list) {
        if (what === "write") {
          db.writeSync(numbered(n, next));
          model.write(next, n);
          next += n;
        } else if (what === "seek") {
          model.position = Math.min(model.values.length, Math.max(0, n));
          expect(db.seek(n)).toBe(model.position);
        } else if (what === "read") {
          const expected = model.values.slice(model.position, model.position + n);
          check(db.readSync(n), expected);
          model.position += expected.length;
        } else if (what === "gather") {
          check(db.sliceSync(undefined, undefined, -1), [...model.values].reverse());
        } else if (what === "truncate") {
          db.truncateSync(n);
          model.values.length = Math.min(n, model.values.length);
          model.position = Math.min(model.position, model.values.length);
        } else if (what === "extend") {
          using other = TensorDB.openSync({ store, name: "e" }, "w+", { schema });
          other.writeSync(numbered(n, next));
          db.extendSync(other);
          if (model.mode === "a+" && n > 0) model.position = model.values.length + n;
          for (let i = 0; i < n; i++) model.values.push(next + i);
          next += n;
        } else if (what === "reopen") {
          db.closeSync();
          model.mode = MODES[n] as string;
          if (model.mode === "w+") model.values = [];
          model.position = model.mode === "a+" ? model.values.length : 0;
          db = TensorDB.openSync(place, model.mode);
        } else {
          db.flushSync();
        }
        expect(db.length).toBe(model.values.length);
        expect(db.tell()).toBe(model.position);
      }
      db.closeSync();
      using reader = TensorDB.openSync(place);
      check(reader.readSync(), model.values);
      const blocks = Math.ceil(model.values.length / blockSize);
      expect(store.listSync().filter((name) => name.startsWith("d/"))).toHaveLength(
        2 + 2 * (blocks + 2),
      );
    }),
    { seed, numRuns: 100 },
  );
});
