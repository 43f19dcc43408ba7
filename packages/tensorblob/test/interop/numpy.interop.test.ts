import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  exportNpy,
  exportSafetensors,
  importNpy,
  importSafetensors,
  Tensor,
  TensorBlob,
  TensorBlobReader,
  TensorDB,
} from "../../src/index.ts";
import { type Dtype, dtypes, traitsOf } from "../../src/values/dtype.ts";
import {
  type SmallFloatName,
  smallFloatBits,
  smallFloatValues,
} from "../../src/values/small-floats.ts";
import { tempFolder } from "../support/temp.ts";

// NumPy reads the raw blocks, the .npy files and the safetensors files, and the other way round. The types that NumPy
// lacks are those of ml_dtypes, which it takes as its own.

const python = Python.with("tensors", ["numpy", "ml_dtypes", "safetensors"]);
console.log(
  ["numpy", "ml_dtypes", "safetensors"].map((name) => `${name} ${python.version(name)}`).join(", "),
);

const PRELUDE = `
import json, os, sys, numpy as np, ml_dtypes
def type_of(name):
    names = {"bfloat16": ml_dtypes.bfloat16, "float8_e4m3fn": ml_dtypes.float8_e4m3fn, "float8_e5m2": ml_dtypes.float8_e5m2}
    return np.dtype(names.get(name, name))
def blob(path):
    conf = json.load(open(os.path.join(path, ".conf")))
    stat = json.load(open(os.path.join(path, ".stat")))
    shape = (conf["block_size"], *conf["shape"])
    blocks = [np.fromfile(os.path.join(path, name), type_of(conf["dtype"])).reshape(shape) for name in stat["bds"]]
    return np.concatenate(blocks)[: stat["len"]] if blocks else np.empty((0, *conf["shape"]), type_of(conf["dtype"]))
`;

/** Reads the raw blocks, and answers the rows' bytes and, for what is exact there, their values. */
const READ = `${PRELUDE}
rows = blob(sys.argv[1])
print(json.dumps([list(rows.shape), rows.tobytes().hex()]))
`;

/** Makes a blob of random bits as the original does: sparse blocks through a shared map, .stat at the end. */
const WRITE = `${PRELUDE}
import uuid, random
path, name, count, block_size, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
os.mkdir(path)
conf = {"__notes__": {"args": [], "class_name": "TensorBlob", "kwargs": {}, "using_default_values": []}, "block_size": block_size, "dtype": name, "shape": [3, 2]}
open(os.path.join(path, ".conf"), "w").write(json.dumps(conf, indent=2, sort_keys=True) + "\\n")
kind = type_of(name)
data = np.random.default_rng(seed).integers(0, 2 if name == "bool" else 256, count * 6 * kind.itemsize, np.uint8)
names = []
for at in range(0, count, block_size):
    names.append(str(uuid.uuid4()))
    block = np.memmap(os.path.join(path, names[-1]), np.uint8, "w+", shape=block_size * 6 * kind.itemsize)
    part = data[at * 6 * kind.itemsize : (at + block_size) * 6 * kind.itemsize]
    block[: len(part)] = part
    block.flush()
open(os.path.join(path, ".stat"), "w").write(json.dumps({"len": count, "bds": names}, separators=(",", ":")))
print(data.tobytes().hex())
`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const pattern = (dtype: Dtype, count: number): Tensor => {
  const size = count * 6 * traitsOf(dtype).bytes;
  const bits = (i: number): number => (dtype === "bool" ? i % 2 : (i * 151 + 7) % 256);
  return Tensor.over(
    dtype,
    [count, 3, 2],
    Uint8Array.from({ length: size }, (_, i) => bits(i)),
  );
};

describe.each(dtypes)("%s", (dtype) => {
  test("NumPy reads our blocks", async () => {
    const path = join(tempFolder(), "a");
    const tensor = pattern(dtype, 10);
    await using blob = await TensorBlob.open(path, "w", { dtype, shape: [3, 2], blockSize: 4 });
    await blob.write(tensor);
    await blob.close();
    expect(python.json(READ, path)).toEqual([[10, 3, 2], hex(tensor.bytes)]);
  });

  test("we read and continue what NumPy wrote", () => {
    const path = join(tempFolder(), "a");
    const written = python.run(WRITE, path, dtype, "10", "4", "1");
    using blob = TensorBlob.openSync(path, "a+");
    expect(hex(blob.sliceSync().bytes)).toBe(written);
    const more = pattern(dtype, 3);
    blob.writeSync(more);
    expect(python.json(READ, path)).toEqual([[13, 3, 2], written + hex(more.bytes)]);
  });
});

const NPY = `${PRELUDE}
rows = np.load(sys.argv[1], allow_pickle=False)
np.save(sys.argv[2], rows)
np.save(sys.argv[3], np.asfortranarray(rows.astype(rows.dtype.newbyteorder(">"))))
print(json.dumps([rows.dtype.name, list(rows.shape), rows.tobytes().hex()]))
`;

test.each(dtypes.filter((name) => !/^(bfloat16|float8)/.test(name)))(
  "%s as .npy",
  async (dtype) => {
    const folder = tempFolder();
    const at = (name: string): string => join(folder, name);
    const tensor = pattern(dtype, 7);
    await using blob = await TensorBlob.open(at("a"), "w+", { dtype, shape: [3, 2] });
    await blob.write(tensor);
    await blob.flush();
    await using reader = await TensorBlobReader.open(at("a"));
    await exportNpy(reader, at("ours.npy"), { start: 1 });
    const rows = tensor.bytes.subarray(tensor.bytes.length / 7);
    const theirs = python.json(NPY, at("ours.npy"), at("c.npy"), at("f.npy"));
    expect(theirs).toEqual([dtype, [6, 3, 2], hex(rows)]);
    for (const name of ["c.npy", "f.npy"]) expect(await importNpy(at(name), blob)).toBe(6);
    expect(hex((await blob.slice(7)).bytes)).toBe(hex(rows) + hex(rows));
  },
);

const SAFETENSORS = `${PRELUDE}
from safetensors import safe_open
from safetensors.numpy import save_file
# Where safetensors looks for types that NumPy does not have.
np.float8_e4m3fn, np.float8_e5m2 = ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2
with safe_open(sys.argv[1], framework="np") as file:
    rows = {name: file.get_tensor(name) for name in file.keys()}
save_file({"other": np.zeros(3, np.int16), **rows}, sys.argv[2])
print(json.dumps({name: [each.dtype.name, list(each.shape), each.tobytes().hex()] for name, each in rows.items()}))
`;

test.each(dtypes.filter((name) => name !== "complex128"))("%s as safetensors", async (dtype) => {
  const folder = tempFolder();
  const at = (name: string): string => join(folder, name);
  const tensor = pattern(dtype, 7);
  await using blob = await TensorBlob.open(at("a"), "w+", { dtype, shape: [3, 2] });
  await blob.write(tensor);
  await blob.flush();
  await using reader = await TensorBlobReader.open(at("a"));
  await exportSafetensors(reader, at("ours"), { name: "rows" });
  const theirs = python.json(SAFETENSORS, at("ours"), at("theirs"));
  expect(theirs).toEqual({ rows: [dtype, [7, 3, 2], hex(tensor.bytes)] });
  expect(await importSafetensors(at("theirs"), blob, { name: "rows" })).toBe(7);
  expect(hex((await blob.slice(7)).bytes)).toBe(hex(tensor.bytes));
});

const SMALL = `${PRELUDE}
import base64
kind = type_of(sys.argv[1])
bits = np.arange(2 ** (8 * kind.itemsize)).astype(np.uint8 if kind.itemsize == 1 else np.uint16)
numbers = np.random.default_rng(int(sys.argv[2])).integers(0, 2**32, 100000, np.uint32).view(np.float32)
with np.errstate(all="ignore"):
    rounded = numbers.astype(kind)
code = lambda array: base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
print(json.dumps([code(bits.view(kind).astype(np.float32)), code(numbers), code(rounded)]))
`;

test.each<SmallFloatName>(["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])(
  "%s has the numbers of NumPy, and rounds as it does",
  (name) => {
    const answers = python.json(SMALL, name, "5") as string[];
    const [table, numbers, rounded] = answers.map((text) => {
      const bytes = Buffer.from(text, "base64");
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    }) as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
    const values = smallFloatValues(name);
    expect([...values]).toEqual([...new Float32Array(table)]);
    const wide = values.length > 256;
    const theirs = wide ? new Uint16Array(rounded) : new Uint8Array(rounded);
    new Float32Array(numbers).forEach((number, i) => {
      const bits = smallFloatBits(name, number);
      const [ours, other] = [values[bits] as number, values[theirs[i] as number] as number];
      if (Number.isNaN(ours) && Number.isNaN(other)) return;
      expect(bits, `${number}`).toBe(theirs[i]);
    });
  },
);

test("NumPy reads the columns of our databases", async () => {
  const path = join(tempFolder(), "d");
  const schema = { x: ["int64", []], y: ["float32", [3, 2]] } as const;
  await using db = await TensorDB.open(path, "w", { schema, blockSize: 4 });
  await db.write({ x: [1, 2, 3, 4, 5].map(BigInt), y: pattern("float32", 5) });
  expect(python.json(READ, join(path, "x"))).toEqual([
    [5],
    hex(new Uint8Array(BigInt64Array.of(1n, 2n, 3n, 4n, 5n).buffer)),
  ]);
  expect(python.json(READ, join(path, "y"))).toEqual([[5, 3, 2], hex(pattern("float32", 5).bytes)]);
});
