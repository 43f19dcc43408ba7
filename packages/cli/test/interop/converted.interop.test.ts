import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { tempFile, tempFolder } from "../support/files.ts";
import { jsonLines, nthrec } from "../support/nthrec.ts";

// The Python originals read what `convert` and `shuffle` wrote.

const LINES = Array.from({ length: 50 }, (_, i) => {
  return `{"id":[${i}],"name":["n${i}","é"],"score":[${i}.5],"raw":[{"$bytes":"AP8="}]}\n`;
});

/** The lines in another format. */
async function converted(name: string, ...args: string[]): Promise<string> {
  const out = join(tempFolder(), name);
  const path = tempFile(LINES.join(""));
  expect(await nthrec(["convert", path, out, ...args])).toMatchObject({ code: 0, err: "" });
  return out;
}

const expected = LINES.map((_, i) => [i, `n${i}`, "é", i + 0.5, [0, 255]]);

/** Takes Examples apart: what a row is must be what `expected` says. */
const ROWS = `
def row(features):
    one = lambda name: features.feature[name]
    names = [value.decode() for value in one("name").bytes_list.value]
    raw = list(one("raw").bytes_list.value[0])
    return [one("id").int64_list.value[0], *names, one("score").float_list.value[0], raw]
`;

describe("TensorFlow", () => {
  const python = Python.with("tensorflow", ["tensorflow-cpu==2.21.0"]);

  test("reads Examples from JSON lines, converted in threads and shuffled", async () => {
    const set = await converted("a@4.tfrecord", "--jobs", "2");
    const program = `
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
${ROWS}
paths = sorted(tf.io.gfile.glob(sys.argv[1]))
dataset = tf.data.TFRecordDataset(paths)
print(json.dumps([row(tf.train.Example.FromString(each.numpy()).features) for each in dataset]))
`;
    expect(python.json(program, set.replace("@4", "-*"))).toEqual(expected);
    const mixed = join(tempFolder(), "mixed.tfrecord");
    await nthrec(["shuffle", "--seed", "1", set, mixed]);
    const rows = python.json(program, mixed) as unknown[][];
    expect(rows).not.toEqual(expected);
    expect(rows.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected);
  });
});

describe("array-record", () => {
  const python = Python.with("arrayrecord", ["array-record"]);
  const program = `
import base64, json, sys
from array_record.python.array_record_module import ArrayRecordReader
reader = ArrayRecordReader(sys.argv[1])
print(json.dumps([base64.b64encode(each).decode() for each in reader.read_all()]))
`;
  const read = (path: string): Buffer[] =>
    (python.json(program, path) as string[]).map((each) => Buffer.from(each, "base64"));

  test("reads the records of a TFRecord file, untouched, and JSON texts", async () => {
    const records = await converted("a.tfrecord");
    const copy = join(tempFolder(), "a.array_record");
    await nthrec(["convert", records, copy, "--write-option", "groupSize=1"]);
    const raw = (await nthrec(["cat", "--raw", records])).bytes;
    expect(Buffer.concat(read(copy)).equals(raw)).toBe(true);
    const texts = await converted("b.array_record", "--as", "json");
    expect(read(texts).map((text) => `${text}\n`)).toEqual(LINES);
  });
});

describe("megstore", () => {
  const python = Python.with("megstore-msgpack", ["megstore", "msgpack-numpy", "numpy"]);

  test("reads MessagePack and JSON lines, with our index", async () => {
    const path = await converted("a.msgpack");
    const program = `
import json, sys
from megstore.indexed import indexed_msgpack_open
with indexed_msgpack_open(sys.argv[1], "r") as reader:
    rows = [reader[i] for i in range(len(reader))]
print(json.dumps([[r["id"][0], *r["name"], r["score"][0], list(r["raw"][0])] for r in rows]))
`;
    expect(python.json(program, path)).toEqual(expected);
    const lines = await converted("b.jsonl");
    const read = `
import json, sys
from megstore.indexed import indexed_jsonline_open
with indexed_jsonline_open(sys.argv[1], "r") as reader:
    print(json.dumps([reader[i] for i in range(len(reader))]))
`;
    expect(python.json(read, lines)).toEqual(jsonLines(readFileSync(lines, "utf8")));
  });
});

describe("numpy and safetensors", () => {
  const python = Python.with("tensors", ["numpy", "ml_dtypes", "safetensors"]);
  const rows = [
    [
      [1, 0.5],
      [-2, 4],
    ],
    [
      [0.1, 7],
      [8, 9],
    ],
  ];
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const read = `
import json, sys, numpy as np
from safetensors.numpy import load_file
arrays = [np.load(sys.argv[1], allow_pickle=False), np.load(sys.argv[1], mmap_mode="r"), load_file(sys.argv[2])["data"]]
print(json.dumps([[str(a.dtype), a.tolist()] for a in arrays]))
`;

  test.each(["float32", "float64", "float16"])("read what was converted to %s", async (dtype) => {
    const folder = tempFolder();
    const path = tempFile(lines);
    const [npy, safetensors] = [join(folder, "a.npy"), join(folder, "a.safetensors")];
    for (const out of [npy, safetensors]) {
      const outcome = await nthrec(["convert", path, out, "--dtype", dtype]);
      expect(outcome).toMatchObject({ code: 0, err: "" });
    }
    const shown = jsonLines((await nthrec(["cat", npy])).out);
    const arrays = python.json(read, npy, safetensors) as [string, unknown][];
    expect(arrays).toEqual([
      [dtype, shown],
      [dtype, shown],
      [dtype, shown],
    ]);
  });

  const write = `
import sys, numpy as np
from safetensors.numpy import save_file
from numpy.lib.format import write_array
rows = np.arange(12, dtype=">i4").reshape(3, 2, 2)
np.save(sys.argv[1] + "/big.npy", rows)
little = np.arange(12, dtype="<i4").reshape(3, 2, 2)
np.save(sys.argv[1] + "/little.npy", little)
write_array(open(sys.argv[1] + "/two.npy", "wb"), little, version=(2, 0))
save_file({"rows": little, "more": little[:1]}, sys.argv[1] + "/a.safetensors", metadata={"by": "numpy"})
np.save(sys.argv[1] + "/objects.npy", np.array([{}], dtype=object), allow_pickle=True)
np.save(sys.argv[1] + "/text.npy", np.array(["a", "b"]))
np.save(sys.argv[1] + "/fortran.npy", np.asfortranarray(little))
`;

  test("write what is read, converted and continued", async () => {
    const folder = tempFolder();
    python.run(write, folder);
    const place = (name: string): string => join(folder, name);
    const expected = "[[0,1],[2,3]]\n[[4,5],[6,7]]\n[[8,9],[10,11]]\n";
    for (const name of ["big.npy", "little.npy", "two.npy"]) {
      expect((await nthrec(["cat", place(name)])).out).toBe(expected);
    }
    const tensor = ["-o", "tensor=rows"];
    expect((await nthrec(["cat", place("a.safetensors"), ...tensor])).out).toBe(expected);
    await nthrec(["convert", place("a.safetensors"), place("b.npy"), ...tensor]);
    // Byte for byte what NumPy wrote.
    expect(readFileSync(place("b.npy"))).toEqual(readFileSync(place("little.npy")));
    await nthrec(["convert", place("big.npy"), place("c.npy")]);
    expect(readFileSync(place("c.npy"))).toEqual(readFileSync(place("little.npy")));
    for (const name of ["objects.npy", "text.npy", "fortran.npy"]) {
      const { code, err } = await nthrec(["cat", place(name)]);
      expect(code).toBe(1);
      expect(err).toContain("NTH_NOT_SUPPORTED");
    }
  });
});
