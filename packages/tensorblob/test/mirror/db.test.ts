import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Columns,
  Tensor,
  TensorBlob,
  TensorDB,
  type TensorDBOptions,
} from "../../src/index.ts";
import { codeOf } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const open = TensorDB.openSync;
const path = (): string => join(tempFolder(), "a.db");
const options: TensorDBOptions = { schema: { x: ["int32", 2], y: ["float64", []] }, blockSize: 3 };

/** Rows of which column x is `[i, i]` and y is `i / 2`. */
const rows = (count: number, from = 0) => ({
  x: Array.from({ length: count }, (_, i) => [from + i, from + i]),
  y: Array.from({ length: count }, (_, i) => (from + i) / 2),
});
/** Numbers of the rows, checked to be the same in both columns. */
const numbers = (columns: Columns | null): number[] => {
  if (columns === null) return [];
  const x = columns["x"]?.values().filter((_, i) => i % 2 === 0);
  expect(columns["y"]?.values()).toEqual(x?.map((each) => (each as number) / 2));
  return x as number[];
};
const dbOf = (count: number, where = path()): string => {
  using db = open(where, "w", options);
  if (count > 0) db.writeSync(rows(count));
  return where;
};
const contents = (where: string): number[] => {
  using db = open(where);
  return numbers(db.readSync());
};

describe("ModeValidation", () => {
  test.each(["r", "r+", "a", "a+", "+a"])("valid_modes %s", async (mode) => {
    await using db = await TensorDB.open(dbOf(2), mode);
    expect(db.length).toBe(2);
    expect(db.mode).toBe(mode === "+a" ? "a+" : mode);
  });
  test("valid_write_plus_mode", () => {
    using db = open(path(), "w+", options);
    db.writeSync(rows(2));
    db.seek(0);
    expect(numbers(db.readSync())).toEqual([0, 1]);
  });
  test("invalid_mode", () => {
    expect(() => open(path(), "rw", options)).toThrow(TypeError);
  });
  test("read_mode_requires_existing_db", () => {
    for (const mode of ["r", "r+", "a", "a+"]) {
      expect(codeOf(() => open(path(), mode, options))).toBe("NTH_NOT_FOUND");
    }
  });
});

describe("SchemaValidation", () => {
  test("schema_required_for_new_db", () => {
    expect(codeOf(() => open(path(), "w"))).toBe("NTH_INVALID_VALUE");
  });
  test("schema_must_be_nonempty_dict", () => {
    expect(codeOf(() => open(path(), "w", { schema: {} }))).toBe("NTH_INVALID_VALUE");
  });
  test.each(["", ".x", "a/b", "a\\b"])("invalid_field_names %j", (name) => {
    const wrong = { schema: { [name]: ["int8", 1] as const } };
    expect(codeOf(() => open(path(), "w", wrong))).toBe("NTH_INVALID_VALUE");
  });
  test("dtype_torch_dtype_normalized (here an alias is)", () => {
    using db = open(path(), "w", { schema: { x: { dtype: "half", shape: 3 } } });
    expect(db.schema.get("x")).toMatchObject({ dtype: "float16", shape: [3] });
  });
  test("dtype_invalid_type", () => {
    const wrong = { schema: { x: [7, 1] } } as never;
    expect(codeOf(() => open(path(), "w", wrong))).toBe("NTH_INVALID_VALUE");
    const unknown = { schema: { x: ["quint8", 1] as const } };
    expect(codeOf(() => open(path(), "w", unknown))).toBe("NTH_NOT_SUPPORTED");
  });
  test("shape_int_converted_to_tuple", () => {
    using db = open(dbOf(0));
    expect(db.schema.get("x")?.shape).toEqual([2]);
  });
  test("schema_not_required_for_existing_db", () => {
    const made = dbOf(3);
    using db = open(made, "w");
    db.flushSync();
    expect([...db.schema.keys()]).toEqual(["x", "y"]);
    expect(contents(made)).toEqual([]);
  });
  test("block_size_persisted_per_column", () => {
    const made = dbOf(1);
    for (const file of [".conf", "x/.conf", "y/.conf"]) {
      expect(JSON.parse(readFileSync(join(made, file), "utf8"))).toMatchObject({ block_size: 3 });
    }
  });
  test("max_cached_blocks_passed_through", () => {
    using db = open(dbOf(9), "r", { maxCachedBlocks: 1 });
    expect(numbers(db.readSync())).toHaveLength(9);
    using wrong = open(dbOf(1), "r", { maxCachedBlocks: 0 });
    expect(() => wrong.readSync()).toThrow(RangeError);
  });
  test("write_mode_truncates_existing", () => {
    const made = dbOf(5);
    open(made, "w", options).closeSync();
    expect(contents(made)).toEqual([]);
  });
  test("another schema takes the place of the old one", () => {
    const made = dbOf(5);
    using db = open(made, "w+", { schema: { x: ["int8", []], z: ["bool", []] } });
    db.writeSync({ x: [1, 2], z: [true, false] });
    expect(db.getSync(1)["z"]?.values()).toEqual([false]);
    expect(existsSync(join(made, "y"))).toBe(false);
  });
});

describe("BasicWrite", () => {
  test("write_returns_row_count", async () => {
    await using db = await TensorDB.open(path(), "w", options);
    expect(await db.write(rows(4))).toBe(4);
    await db.flush();
  });
  test("write_single_row", () => {
    using db = open(path(), "w+", options);
    expect(db.writeSync({ x: [3, 3], y: 1.5 })).toBe(1);
    expect(numbers(db.sliceSync())).toEqual([3]);
  });
  test.each([
    ["write_missing_field", { x: [1, 1] }],
    ["write_unexpected_field", { ...rows(1), z: [1] }],
    ["write_mismatched_row_counts", { ...rows(2), y: [1] }],
    ["write_non_dict_rows", [1, 2]],
    ["no rows at all", null],
    ["a typed array", new Int32Array(2)],
    ["no whole rows", { ...rows(1), x: [1] }],
    ["a wrong type", { ...rows(1), x: new Float32Array(2) }],
  ])("%s", (_, wrong) => {
    const made = dbOf(2);
    using db = open(made, "a");
    expect(codeOf(() => db.writeSync(wrong as never))).toBe("NTH_INVALID_VALUE");
    expect(contents(made)).toEqual([0, 1]);
  });
  test("write_requires_writable_mode", () => {
    using db = open(dbOf(2));
    expect(codeOf(() => db.writeSync(rows(1)))).toBe("NTH_READONLY");
  });
  test("write_with_reshape", () => {
    using db = open(path(), "w", options);
    const flat = new Tensor("int32", [4, 1], new Int32Array(4));
    expect(db.writeSync({ x: flat, y: [0, 0] })).toBe(2);
  });
});

describe("BasicRead", () => {
  test("read_all", () => {
    expect(contents(dbOf(7))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
  test("read_partial_and_position", async () => {
    await using db = await TensorDB.open(dbOf(7));
    expect(numbers(await db.read(3))).toEqual([0, 1, 2]);
    expect(db.tell()).toBe(3);
    expect(numbers(await db.read(99))).toEqual([3, 4, 5, 6]);
    expect(await db.read()).toBe(null);
    expect(() => db.readSync(-1)).toThrow(TypeError);
  });
  test("read_empty_db", () => {
    using db = open(dbOf(0));
    expect(db.readSync()).toBe(null);
    expect(db.readSync(0)?.["x"]?.shape).toEqual([0, 2]);
  });
  test("read_requires_readable_mode", () => {
    using db = open(dbOf(2), "a");
    expect(codeOf(() => db.readSync())).toBe("NTH_NOT_SUPPORTED");
  });
});

describe("IndexingAndSlicing", () => {
  test("int_index_returns_row_dict", async () => {
    await using db = await TensorDB.open(dbOf(7));
    const row = await db.get(3);
    expect([row["x"]?.shape, row["y"]?.shape]).toEqual([[2], []]);
    expect(row["x"]?.values()).toEqual([3, 3]);
  });
  test("negative_index", () => {
    using db = open(dbOf(7));
    expect(db.getSync(-1)["y"]?.values()).toEqual([3]);
  });
  test("index_out_of_bounds", () => {
    using db = open(dbOf(7));
    expect(codeOf(() => db.getSync(7))).toBe("NTH_OUT_OF_RANGE");
  });
  test("invalid_index_type", () => {
    using db = open(dbOf(7));
    expect(() => db.getSync("x" as never)).toThrow(TypeError);
    expect(codeOf(() => db.getSync(0, { columns: ["z"] }))).toBe("NTH_KEY_NOT_FOUND");
  });
  test("slice_returns_batched_dict", async () => {
    await using db = await TensorDB.open(dbOf(7));
    expect(numbers(await db.slice(2, 5))).toEqual([2, 3, 4]);
  });
  test("negative_step_slice", () => {
    using db = open(dbOf(7));
    expect(numbers(db.sliceSync(undefined, undefined, -3))).toEqual([6, 3, 0]);
  });
  test("batch_indexing", async () => {
    await using db = await TensorDB.open(dbOf(7));
    expect(numbers(await db.gather([6, 0, 6]))).toEqual([6, 0, 6]);
    expect(numbers(db.gatherSync([-1]))).toEqual([6]);
  });
  test("indexing_returns_clone", () => {
    using db = open(dbOf(7));
    db.getSync(0)["x"]?.data.fill(9 as never);
    expect(db.getSync(0)["x"]?.values()).toEqual([0, 0]);
  });
  test("a projection does not touch the other columns", () => {
    const made = dbOf(7);
    rmSync(join(made, "y"), { recursive: true });
    expect(codeOf(() => open(made))).toBe("NTH_DATA_LOST");
    const whole = dbOf(7);
    using db = open(whole);
    const { bds } = JSON.parse(readFileSync(join(whole, "y", ".stat"), "utf8")) as {
      bds: string[];
    };
    for (const name of bds) rmSync(join(whole, "y", name));
    expect(db.sliceSync(0, 2, 1, { columns: ["x"] })["x"]?.values()).toEqual([0, 0, 1, 1]);
    expect(codeOf(() => db.getSync(0))).toBe("NTH_DATA_LOST");
  });
});

describe("SeekTellAndIteration", () => {
  test("seek_and_whence", () => {
    using db = open(dbOf(7));
    expect([db.seek(3), db.seek(1, 1), db.seek(-1, 2)]).toEqual([3, 4, 6]);
  });
  test("seek_clamping", () => {
    using db = open(dbOf(7));
    expect([db.seek(-1), db.seek(99)]).toEqual([0, 7]);
  });
  test("invalid_whence", () => {
    using db = open(dbOf(7));
    expect(() => db.seek(0, 5 as never)).toThrow(/whence/);
    expect(() => db.seek(Number.NaN)).toThrow(TypeError);
  });
  test("iterate_all", () => {
    using db = open(dbOf(4));
    expect([...db].map((row) => row["y"]?.values()[0])).toEqual([0, 0.5, 1, 1.5]);
  });
  test("iterate_from_position", async () => {
    using db = open(dbOf(4));
    db.seek(3);
    const seen: unknown[] = [];
    for await (const row of db) seen.push(row["x"]?.values());
    expect(seen).toEqual([[3, 3]]);
  });
});

describe("AppendAndUpdate", () => {
  test("append_mode_starts_at_end", () => {
    using db = open(dbOf(4), "a");
    expect(db.tell()).toBe(4);
  });
  test("append_writes_go_to_end", () => {
    const made = dbOf(4);
    using db = open(made, "a");
    db.seek(0);
    db.writeSync(rows(2, 4));
    expect(contents(made)).toEqual([0, 1, 2, 3, 4, 5]);
  });
  test("read_plus_overwrite", () => {
    const made = dbOf(5);
    using db = open(made, "r+");
    db.seek(2);
    db.writeSync(rows(2, 20));
    expect(numbers(db.readSync())).toEqual([4]);
    db.writeSync(rows(1, 50));
    expect(contents(made)).toEqual([0, 1, 20, 21, 4, 50]);
  });
});

describe("Truncate", () => {
  test("truncate_at_position", async () => {
    const made = dbOf(7);
    await using db = await TensorDB.open(made, "r+");
    expect(await db.truncate(4)).toBe(4);
    expect(contents(made)).toEqual([0, 1, 2, 3]);
  });
  test("truncate_at_current_position", () => {
    using db = open(dbOf(7), "r+");
    db.seek(2);
    expect(db.truncateSync()).toBe(2);
    expect(codeOf(() => db.truncateSync(-1))).toBe("NTH_OUT_OF_RANGE");
  });
  test("truncate_persists_across_sessions", () => {
    const made = dbOf(7);
    open(made, "r+").truncateSync(3);
    {
      using db = open(made, "a");
      db.writeSync(rows(1, 9));
    }
    expect(contents(made)).toEqual([0, 1, 2, 9]);
  });
  test("truncate_requires_writable_mode", () => {
    using db = open(dbOf(7));
    expect(codeOf(() => db.truncateSync(0))).toBe("NTH_READONLY");
  });
});

describe("Extend", () => {
  test("extend_order_preserving", () => {
    const made = dbOf(4);
    using db = open(made, "a");
    expect(db.extendSync(open(dbOf(5)))).toBe(5);
    expect(contents(made)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4]);
  });
  test("extend_fast_mode (differs: rows always keep their order)", async () => {
    const made = dbOf(4);
    await using db = await TensorDB.open(made, "r+");
    expect(await db.extend(await TensorDB.open(dbOf(4)))).toBe(4);
    expect(db.tell()).toBe(0);
    expect(contents(made)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });
  test("extend_fast_mode_small_destination", () => {
    const made = dbOf(1);
    using db = open(made, "a");
    db.extendSync(open(dbOf(0)));
    db.extendSync(open(dbOf(7)));
    expect(contents(made)).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
  });
  test.each([
    ["extend_field_mismatch", { schema: { x: ["int32", 2] as const } }],
    [
      "extend_dtype_mismatch",
      { schema: { x: ["int64", 2] as const, y: ["float64", []] as const } },
    ],
    ["another name", { schema: { x: ["int32", 2] as const, z: ["float64", []] as const } }],
  ])("%s", (_, other) => {
    using db = open(dbOf(1), "a");
    using wrong = open(path(), "w+", other);
    expect(codeOf(() => db.extendSync(wrong))).toBe("NTH_INVALID_VALUE");
  });
  test("extend_requires_writable_mode", () => {
    using db = open(dbOf(1));
    expect(codeOf(() => db.extendSync(open(dbOf(1))))).toBe("NTH_READONLY");
  });
});

describe("FlushAndClose", () => {
  test("flush_persists_data (every write does)", () => {
    const made = path();
    using db = open(made, "w", options);
    db.writeSync(rows(2));
    expect(contents(made)).toEqual([0, 1]);
  });
  test("auto_flush_on_close", () => {
    const made = dbOf(3);
    const db = open(made, "w");
    expect(contents(made)).toHaveLength(3);
    db.closeSync();
    expect(contents(made)).toEqual([]);
  });
  test("operation_on_closed_db", async () => {
    const db = await TensorDB.open(dbOf(3), "r+");
    await db.close();
    await db.close();
    expect(db.closed).toBe(true);
    for (const work of [() => db.length, () => db.tell(), () => db.getSync(0)]) {
      expect(codeOf(work)).toBe("NTH_NOT_OPEN");
    }
    expect(codeOf(() => db.writeSync(rows(1)))).toBe("NTH_NOT_OPEN");
  });
});

describe("Unlink", () => {
  test("unlink_existing_db", async () => {
    const made = dbOf(4);
    expect(await TensorDB.unlink(`${made}/`)).toBe(true);
    expect(existsSync(made)).toBe(false);
  });
  test("unlink_nonexistent_db", () => {
    const missing = join(path(), "deeper");
    expect(TensorDB.unlinkSync(missing)).toBe(true);
    expect(existsSync(join(missing, ".."))).toBe(false);
  });
  test("unlink_corrupted_db (a state that cannot be read)", () => {
    const made = dbOf(4);
    writeFileSync(join(made, ".stat"), "{");
    writeFileSync(join(made, "x", ".stat"), "");
    expect(TensorDB.unlinkSync(made)).toBe(true);
    expect(existsSync(made)).toBe(false);
  });
  test("unlink_corrupted_db (a configuration that cannot be read: nothing is guessed, nothing removed)", () => {
    const made = dbOf(4);
    writeFileSync(join(made, ".conf"), "{");
    expect(codeOf(() => TensorDB.unlinkSync(made))).toBe("NTH_CORRUPTION");
    expect(existsSync(join(made, "x", ".stat"))).toBe(true);
  });
  test("unlink_corrupted_db (a file of someone else: nothing is removed)", () => {
    for (const [name, folder] of [
      ["notes.txt", ""],
      ["notes.txt", "y"],
    ] as const) {
      const made = dbOf(4);
      writeFileSync(join(made, folder, name), "mine");
      expect(codeOf(() => TensorDB.unlinkSync(made))).toBe("NTH_INVALID_VALUE");
      expect(contents(made)).toEqual([0, 1, 2, 3]);
    }
  });
  test("unlink_existing_db (of which a column was written as a blob of its own)", () => {
    const made = dbOf(4);
    {
      using column = TensorBlob.openSync(join(made, "x"), "a");
      column.writeSync(Tensor.zeros(column.dtype, [1, ...column.shape]));
    }
    expect(contents(made)).toEqual([0, 1, 2, 3]);
    expect(TensorDB.unlinkSync(made)).toBe(true);
    expect(existsSync(made)).toBe(false);
  });
  test("unlink_then_recreate", () => {
    const made = dbOf(4);
    TensorDB.unlinkSync(made);
    expect(contents(dbOf(2, made))).toEqual([0, 1]);
  });
});

describe("ConsistencyRepair", () => {
  /** What a writer of the original leaves when its second column fails. */
  const uneven = (): string => {
    const made = dbOf(5);
    const stat = join(made, "y", ".stat");
    writeFileSync(stat, readFileSync(stat, "utf8").replace('"len":5', '"len":3'));
    return made;
  };
  test("repair_on_writable_open", () => {
    const made = uneven();
    using db = open(made, "a");
    expect(db.length).toBe(3);
    db.writeSync(rows(2, 3));
    expect(contents(made)).toEqual([0, 1, 2, 3, 4]);
  });
  test("read_only_open_reports_committed_length", () => {
    const made = uneven();
    expect(contents(made)).toEqual([0, 1, 2]);
    expect(readFileSync(join(made, ".stat"), "utf8")).toBe('{"len":5}');
  });
});
