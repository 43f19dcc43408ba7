import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { Tensor, TensorBlob, TensorDB } from "../../src/index.ts";
import { type Dtype, dtypes, traitsOf } from "../../src/values/dtype.ts";
import {
  type SmallFloatName,
  smallFloatBits,
  smallFloatValues,
} from "../../src/values/small-floats.ts";
import { tempFolder } from "../support/temp.ts";

// The original itself, each side reading and continuing what the other wrote. It brings PyTorch with it, several
// gigabytes: only the long form asks for it.

const python = Python.inLongForm("tensorblob", ["tensorblob", "numpy", "just-config-mixin==0.1.1"]);
console.log(`tensorblob ${python.version("tensorblob")}, torch ${python.version("torch")}`);
const run = (program: string, ...args: string[]): string =>
  python.run(`${PRELUDE}${program}`, ...args);

const PRELUDE = `
import json, sys, tensordict, torch
from tensorblob import TensorBlob, TensorDB
code = lambda t: bytes(t.contiguous().reshape(-1).view(torch.uint8).tolist()).hex()
def rows_of(dtype, text, *shape):
    return torch.tensor(list(bytes.fromhex(text)), dtype=torch.uint8).view(getattr(torch, dtype)).reshape(-1, *shape)
path = sys.argv[1]
`;
const READ = `
with TensorBlob.open(path, "r") as blob:
    print(json.dumps([len(blob), code(blob.read())]))
`;
const WRITE = `
_, _, mode, dtype, text = sys.argv
with TensorBlob.open(path, mode, dtype=dtype, shape=(3, 2), block_size=4) as blob:
    blob.write(rows_of(dtype, text, 3, 2))
`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const pattern = (dtype: Dtype, count: number, from = 7): Tensor => {
  const size = count * 6 * traitsOf(dtype).bytes;
  const bits = (i: number): number => (dtype === "bool" ? i % 2 : (i * 151 + from) % 256);
  return Tensor.over(
    dtype,
    [count, 3, 2],
    Uint8Array.from({ length: size }, (_, i) => bits(i)),
  );
};
const options = (dtype: string) => ({ dtype, shape: [3, 2], blockSize: 4 });
const ours = (path: string): string => {
  using blob = TensorBlob.openSync(path);
  return hex(blob.sliceSync().bytes);
};
const theirs = (path: string): [number, string] => JSON.parse(run(READ, path)) as [number, string];

describe("the original", () => {
  test.each(dtypes)("%s: in turns", (dtype) => {
    const path = join(tempFolder(), "a");
    const parts = [5, 3, 6, 1].map((count, i) => pattern(dtype, count, i));
    let all = "";
    parts.forEach((part, i) => {
      if (i % 2 === 0) {
        using blob = TensorBlob.openSync(path, i === 0 ? "w" : "a", options(dtype));
        blob.writeSync(part);
      } else {
        run(WRITE, path, "a", dtype, hex(part.bytes));
      }
      all += hex(part.bytes);
      expect(ours(path)).toBe(all);
      expect(theirs(path)[1]).toBe(all);
    });
    const made = `${path}2`;
    run(WRITE, made, "w", dtype, hex((parts[0] as Tensor).bytes));
    expect(ours(made)).toBe(hex((parts[0] as Tensor).bytes));
  });

  test("overwrites, cuts and extends what we wrote, and we what it wrote", () => {
    const path = join(tempFolder(), "a");
    const [first, second] = [pattern("int16", 10), pattern("int16", 7, 99)];
    {
      using blob = TensorBlob.openSync(path, "w", options("int16"));
      blob.writeSync(first);
      using other = TensorBlob.openSync(`${path}2`, "w", options("int16"));
      other.writeSync(second);
    }
    run(
      `
with TensorBlob.open(path, "r+") as blob, TensorBlob.open(path + "2", "r") as other:
    blob.seek(3)
    blob.write(other[0:2])
    blob.truncate(9)
    blob.extend(other)
`,
      path,
    );
    const [length, bytes] = theirs(path);
    expect(length).toBe(16);
    expect(ours(path)).toBe(bytes);
    using blob = TensorBlob.openSync(path, "r+");
    blob.seek(1);
    blob.writeSync(pattern("int16", 4, 55));
    blob.truncateSync(14);
    using other = TensorBlob.openSync(`${path}2`);
    blob.extendSync(other);
    blob.closeSync();
    expect(theirs(path)).toEqual([21, ours(path)]);
  });

  test("removes what we wrote, and we what it wrote", () => {
    const path = join(tempFolder(), "a");
    {
      using blob = TensorBlob.openSync(path, "w", options("int8"));
      blob.writeSync(pattern("int8", 9));
    }
    expect(run("print(TensorBlob.unlink(path))", path)).toBe("True");
    expect(existsSync(path)).toBe(false);
    run(WRITE, path, "w", "int8", hex(pattern("int8", 9).bytes));
    expect(TensorBlob.unlinkSync(path)).toBe(true);
    expect(readdirSync(join(path, "..")).filter((name) => !name.includes(".lock"))).toEqual([]);
  });

  test("databases in turns", () => {
    const path = join(tempFolder(), "d");
    const schema = { id: ["int64", []], vector: ["bfloat16", [3, 2]] } as const;
    const program = `
ids = torch.arange(int(sys.argv[2]), int(sys.argv[3]))
with TensorDB.open(path, "a") as db:
    db.write({"id": ids, "vector": rows_of("bfloat16", sys.argv[4], 3, 2)})
with TensorDB.open(path, "r") as db:
    rows = tensordict.TensorDict(db[:], batch_size=[len(db)])
    print(json.dumps([len(db), rows["id"].tolist(), code(rows["vector"])]))
`;
    {
      using db = TensorDB.openSync(path, "w", { schema, blockSize: 4 });
      db.writeSync({ id: [0, 1, 2, 3, 4], vector: pattern("bfloat16", 5) });
    }
    const more = pattern("bfloat16", 2, 70);
    const all = hex(pattern("bfloat16", 5).bytes) + hex(more.bytes);
    const answer = JSON.parse(run(program, path, "5", "7", hex(more.bytes))) as unknown;
    expect(answer).toEqual([7, [0, 1, 2, 3, 4, 5, 6], all]);
    using db = TensorDB.openSync(path, "a+");
    expect(db.length).toBe(7);
    expect(hex(db.sliceSync()["vector"]?.bytes as Uint8Array)).toBe(all);
    db.writeSync({ id: [7], vector: pattern("bfloat16", 1) });
    const last = JSON.parse(run(program, path, "8", "9", hex(pattern("bfloat16", 1).bytes))) as [
      number,
    ];
    expect(last[0]).toBe(9);
  });

  test("a block of ours is what tensordict maps", () => {
    const path = join(tempFolder(), "a");
    {
      using blob = TensorBlob.openSync(path, "w", options("float32"));
      blob.writeSync(pattern("float32", 4));
    }
    const program = `
(block,) = json.load(open(path + "/.stat"))["bds"]
mapped = tensordict.MemoryMappedTensor.from_filename(path + "/" + block, dtype=torch.float32, shape=torch.Size([4, 3, 2]))
print(code(torch.as_tensor(mapped)))
`;
    expect(run(program, path)).toBe(hex(pattern("float32", 4).bytes));
  });

  test.each<SmallFloatName>(["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])(
    "%s has the numbers of PyTorch, and rounds as it does",
    (name) => {
      const program = `
kind = getattr(torch, path)
wide = torch.empty(0, dtype=kind).element_size() == 2
bits = torch.arange(65536 if wide else 256, dtype=torch.int32).to(torch.int16 if wide else torch.uint8)
torch.manual_seed(5)
numbers = torch.randint(-2**31, 2**31 - 1, (20000,), dtype=torch.int64).to(torch.int32).view(torch.float32)
print(json.dumps([code(bits.view(kind).to(torch.float32)), code(numbers), code(numbers.to(kind))]))
`;
      const answers = JSON.parse(run(program, name)) as string[];
      const [table, numbers, rounded] = answers.map((text) => {
        const bytes = Buffer.from(text, "hex");
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      }) as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
      const values = smallFloatValues(name);
      expect([...values]).toEqual([...new Float32Array(table)]);
      const theirs = values.length > 256 ? new Uint16Array(rounded) : new Uint8Array(rounded);
      const different: string[] = [];
      new Float32Array(numbers).forEach((number, i) => {
        const bits = smallFloatBits(name, number);
        const [a, b] = [values[bits] as number, values[theirs[i] as number] as number];
        // Where there is no infinity, PyTorch answers the largest number for one that is too large.
        if (name === "float8_e4m3fn" && Number.isNaN(a) && Math.abs(b) === 448) return;
        if (!Object.is(a, b)) different.push(`${number}: ${a}, ${b}`);
      });
      expect(different.slice(0, 5)).toEqual([]);
    },
  );
});
