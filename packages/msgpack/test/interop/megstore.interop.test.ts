import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  Complex,
  MsgpackHandle,
  MsgpackReader,
  MsgpackStreamReader,
  MsgpackStreamWriter,
  MsgpackWriter,
  type Tensor,
  Timestamp,
} from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";

// The Python originals and this package, each reading and continuing what the other wrote.

const python = Python.with("megstore-msgpack", ["megstore", "msgpack-numpy", "numpy"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(
  `megstore ${python.version("megstore")}, msgpack ${python.version("msgpack")}, ` +
    `msgpack-numpy ${python.version("msgpack-numpy")}, numpy ${python.version("numpy")}, NTHREC_SEED=${seed}`,
);

const OPEN = `
import json, os, sys
from megstore.indexed import indexed_msgpack_open
`;

/** Reads with the original: the values as JSON, and whether get and iteration agree. */
const READ = `${OPEN}
with indexed_msgpack_open(sys.argv[1], "r") as reader:
    values = [reader[i] for i in range(len(reader))]
    assert list(reader) == values
print(json.dumps(values))
`;

/** Writes or continues a file with the original; values come as a JSON array in a file. */
const WRITE = `${OPEN}
path, mode, source = sys.argv[1:]
with indexed_msgpack_open(path, mode) as writer:
    for value in json.load(open(source, encoding="utf-8")): writer.append(value)
`;

/** Lets the original build the index anew. */
const REBUILD = `${OPEN}
os.remove(sys.argv[1] + ".idx")
indexed_msgpack_open(sys.argv[1], "r").close()
`;

const grapheme = fc.string({ unit: "grapheme", maxLength: 40 });
const json = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    grapheme,
    fc.maxSafeInteger(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 5 }),
    fc.dictionary(
      grapheme.filter((key) => key !== "__proto__" && !/^\d+$/.test(key)),
      tie("tree"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).tree;

const [first, second] = fc.sample(fc.array(json, { minLength: 300, maxLength: 300, size: "max" }), {
  seed,
  numRuns: 2,
}) as [unknown[], unknown[]];
const fresh = (): string => join(tempFolder(), "data.msg");

function theirsWrites(path: string, mode: "w" | "a" | "w+" | "a+", values: unknown[]): void {
  const source = join(tempFolder(), "values.json");
  writeFileSync(source, JSON.stringify(values));
  python.run(WRITE, path, mode, source);
}

function oursWrites(path: string, mode: "write" | "append", values: unknown[]): void {
  using writer = MsgpackWriter.openSync(path, { mode });
  for (const part of [values.slice(0, 100), values.slice(100)]) {
    writer.extendSync(part);
    writer.commitSync();
  }
}

/** Bytes and identity of a file: what changes when somebody writes to it. */
function fingerprint(path: string): unknown[] {
  const { ino, mtimeMs } = statSync(path);
  return [ino, mtimeMs, readFileSync(path, "hex")];
}

/** Both read the same values; neither touches the index of the other. */
function expectBothRead(path: string, values: unknown[]): void {
  const before = fingerprint(`${path}.idx`);
  expect(python.json(READ, path)).toStrictEqual(values);
  expect(fingerprint(`${path}.idx`)).toStrictEqual(before);
  using reader = MsgpackReader.openSync(path, { onStaleIndex: "throw" });
  expect([...reader]).toStrictEqual(values);
  expect(reader.verifySync({ level: "full" })).toMatchObject({ ok: true, indexState: "valid" });
  expect(fingerprint(`${path}.idx`)).toStrictEqual(before);
}

describe("values that JSON has", () => {
  test("both write the same bytes, and each the index of the other", () => {
    const [ours, theirs] = [fresh(), fresh()];
    oursWrites(ours, "write", first);
    theirsWrites(theirs, "w", first);
    expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true);
    expect(readFileSync(`${ours}.idx`).equals(readFileSync(`${theirs}.idx`))).toBe(true);
    expectBothRead(ours, first);
    expectBothRead(theirs, first);
  });

  test("an index that either builds anew is the other's, byte for byte", () => {
    const path = fresh();
    oursWrites(path, "write", first);
    const ours = readFileSync(`${path}.idx`);
    python.run(REBUILD, path);
    expect(readFileSync(`${path}.idx`).equals(ours)).toBe(true);
    using reader = MsgpackReader.openSync(path);
    reader.rebuildIndexSync();
    expect(readFileSync(`${path}.idx`).equals(ours)).toBe(true);
  });

  test("the original continues our file, by its writer and by its handler", () => {
    const path = fresh();
    oursWrites(path, "append", first);
    theirsWrites(path, "a", second);
    theirsWrites(path, "a+", ["last"]);
    using reader = MsgpackReader.openSync(path);
    expect([...reader]).toStrictEqual([...first, ...second, "last"]);
    expect(reader.head?.count).toBe(reader.length);
  });

  test("we continue the original's file", () => {
    const path = fresh();
    theirsWrites(path, "w", first);
    oursWrites(path, "append", second);
    expectBothRead(path, [...first, ...second]);
  });

  test("taking turns, in all modes", () => {
    const path = fresh();
    const all: unknown[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const part = first.slice(turn * 20, turn * 20 + 20);
      if (turn === 2) {
        using handle = MsgpackHandle.openSync(path, { mode: "append" });
        handle.extendSync(part);
      } else if (turn % 2 === 0) oursWrites(path, "append", part);
      else theirsWrites(path, turn === 3 ? "a+" : "a", part);
      all.push(...part);
      using reader = MsgpackReader.openSync(path);
      expect([...reader]).toStrictEqual(all);
    }
    oursWrites(path, "append", ["last"]);
    expectBothRead(path, [...all, "last"]);
  });
});

/** Builds the same list on both sides, so that bytes can be compared. */
const ARRAYS = `
import sys, msgpack, numpy as np, msgpack_numpy
from msgpack import ExtType, Timestamp
values = [
    np.arange(6, dtype="f4").reshape(2, 3), np.array([-1, 2], dtype="i1"), np.array([1], dtype="i8"),
    np.array([2**64 - 1], dtype="u8"), np.array([True, False]), np.array([1.5, -2], dtype="f2"),
    np.array([1 + 2j]), np.array(3.25), np.zeros((0, 4), dtype="u2"), np.float32(1.5), np.int64(-7),
    np.bool_(True), 1 + 2j, -0.5j, {"nested": [np.array([7], dtype="u1")]},
    ExtType(5, b"ab"), Timestamp(1, 2), 2**64 - 1, -2**63, {1: "a", None: [b"\\x00"]},
    np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]), np.array(["ab", "c"]), np.array([b"xyz"]),
]
`;

function equalInPython(path: string): string {
  return python.run(
    `${OPEN}${ARRAYS}
def same(a, b):
    if isinstance(a, (np.ndarray, np.generic)):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict): return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b
with indexed_msgpack_open(sys.argv[1], "r") as reader:
    read = list(reader)
print("same" if same(values, read) else [i for i, (a, b) in enumerate(zip(values, read)) if not same(a, b)])`,
    path,
  );
}

describe("numpy", () => {
  const exact = { bigints: "bigint", timestamps: "exact" } as const;

  test("what msgpack-numpy wrote is read, and goes out with the same bytes", () => {
    const path = fresh();
    python.run(
      `${OPEN}${ARRAYS}
with indexed_msgpack_open(sys.argv[1], "w") as writer:
    for value in values: writer.append(value)`,
      path,
    );
    using reader = MsgpackReader.openSync(path, exact);
    const values = [...reader];
    const [grid, , , most, , half] = values as Tensor[];
    expect(grid).toStrictEqual({
      dtype: "float32",
      shape: [2, 3],
      data: Float32Array.of(0, 1, 2, 3, 4, 5),
    });
    expect(most?.data).toStrictEqual(BigUint64Array.of(2n ** 64n - 1n));
    expect(half).toStrictEqual({
      dtype: "float16",
      shape: [2],
      data: Uint16Array.of(0x3e00, 0xc000),
    });
    expect(values[9]).toStrictEqual({
      dtype: "float32",
      shape: [],
      data: Float32Array.of(1.5),
      scalar: true,
    });
    expect(values[12]).toStrictEqual(new Complex(1, 2));
    expect(values[16]).toStrictEqual(new Timestamp(1, 2));
    expect(values.slice(17, 19)).toStrictEqual([2n ** 64n - 1n, -(2n ** 63n)]);
    const again = fresh();
    {
      using writer = MsgpackWriter.openSync(again);
      writer.extendSync(values);
    }
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    expect(equalInPython(again)).toBe("same");
  });

  test("any array of numbers passes both ways bit for bit", () => {
    const path = fresh();
    const program = `${OPEN}
import numpy as np
random = np.random.default_rng(int(sys.argv[2]))
with indexed_msgpack_open(sys.argv[1], "w") as writer:
    for _ in range(400):
        dtype = random.choice(["f2", "<f4", ">f4", "f8", ">i2", "i4", ">i8", "u1", "u2", "u4", "u8", "i1", "?", "c8", ">c16"])
        shape = tuple(random.integers(0, 5, random.integers(0, 4)))
        raw = random.bytes(int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize)
        if dtype == "?": raw = bytes(byte & 1 for byte in raw)
        array = np.frombuffer(raw, dtype).reshape(shape)
        writer.append(array if random.random() < 0.5 else np.asfortranarray(array))`;
    python.run(program, path, String(seed));
    const again = fresh();
    using reader = MsgpackReader.openSync(path);
    expect(reader.length).toBe(400);
    {
      using writer = MsgpackWriter.openSync(again);
      writer.extendSync(reader);
    }
    const verdict = python.run(
      `${OPEN}
import numpy as np
with indexed_msgpack_open(sys.argv[1]) as a, indexed_msgpack_open(sys.argv[2]) as b:
    assert len(a) == len(b) == 400
    for x, y in zip(a, b):
        assert x.shape == y.shape and y.dtype == x.dtype.newbyteorder("<"), (x, y)
        assert x.astype(y.dtype).tobytes() == y.tobytes() or x.byteswap().tobytes() == y.tobytes(), (x, y)
print("same")`,
      path,
      again,
    );
    expect(verdict).toBe("same");
  });

  test("a pickle is run by the original, and not by us", () => {
    const path = fresh();
    const mark = join(tempFolder(), "mark");
    python.run(
      `${OPEN}
import msgpack, pickle
class Bomb:
    def __reduce__(self): return (open, (sys.argv[2], "w"))
value = {b"nd": True, b"type": "|O", b"kind": b"O", b"shape": [1], b"data": pickle.dumps(Bomb())}
open(sys.argv[1], "wb").write(msgpack.packb([value, 7]))`,
      path,
      mark,
    );
    using reader = MsgpackReader.openSync(path);
    expect(() => reader.getSync(0)).toThrow(expect.objectContaining({ code: "NTH_DECODE_ERROR" }));
    expect(reader.getSync(1)).toBe(7);
    expect(() => statSync(mark)).toThrow();
    python.run(
      `${OPEN}
with indexed_msgpack_open(sys.argv[1]) as reader: reader[0]`,
      path,
    );
    expect(statSync(mark).size).toBe(0);
  });
});

test("a stream passes to and from a plain msgpack.Unpacker", () => {
  const path = fresh();
  {
    using writer = MsgpackStreamWriter.openSync(path);
    writer.extendSync(first);
  }
  const read = `import json, msgpack, sys; print(json.dumps(list(msgpack.Unpacker(open(sys.argv[1], "rb")))))`;
  expect(python.json(read, path)).toStrictEqual(first);
  python.run(
    `import msgpack, sys
with open(sys.argv[1], "ab") as file: file.write(msgpack.packb({"by": "python"}))`,
    path,
  );
  {
    using writer = MsgpackStreamWriter.openSync(path, { mode: "append" });
    writer.appendSync("ours");
  }
  using reader = MsgpackStreamReader.openSync(path);
  expect([...reader]).toStrictEqual([...first, { by: "python" }, "ours"]);
});

test("what we refuse to nest is what the original cannot read", () => {
  const verdicts = python.json(`
import json, msgpack
def reads(depth):
    try:
        msgpack.unpackb(b"\\x91" * depth + b"\\x01")
        return True
    except Exception:
        return False
print(json.dumps([reads(1024), reads(1025)]))`);
  expect(verdicts).toStrictEqual([true, false]);
});
