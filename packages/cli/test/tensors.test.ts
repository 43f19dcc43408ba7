import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Complex, ExtData, MsgpackWriter, type Tensor, Timestamp, tensor } from "@nthrec/msgpack";
import { decodeNpy, encodeNpy, TensorBlobReader, Tensor as Typed } from "@nthrec/tensorblob";
import { encodeExample, TFRecordWriter } from "@nthrec/tfrecord";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

const TENSORS = ["tensorblob", "npy", "safetensors"];
const OTHERS = ["jsonl", "text", "tfrecord", "msgpack", "arrayrecord"];

/** Converts, and expects that it went well. */
async function convert(...args: string[]): Promise<string> {
  const outcome = await nthrec(["convert", ...args]);
  expect(outcome).toMatchObject({ code: 0, err: "" });
  return outcome.out;
}

/** What a conversion that is refused says. */
async function refused(code: number, ...args: string[]): Promise<string> {
  const folder = tempFolder();
  const outcome = await nthrec(["convert", ...args.map((arg) => arg.replace("OUT", folder))]);
  expect(outcome.code).toBe(code);
  expect(readdirSync(folder)).toEqual([]);
  return outcome.err;
}

/** An array of four rows of shape [3], with numbers that JSON lacks. */
function array(dtype: "float32" | "int64" = "float32"): string {
  const data =
    dtype === "float32"
      ? Float32Array.of(1, 0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 7, 8, 9, 1, 2, 3)
      : BigInt64Array.of(1n, 2n ** 62n + 1n, -1n, 0n, 5n, 6n, 7n, 8n, 9n, 1n, 2n, 3n);
  return tempFile(encodeNpy(new Typed(dtype, [4, 3], data)), "a.npy");
}

describe("tensors from every format to every other, and back", () => {
  for (const dtype of ["float32", "int64"] as const) {
    for (const from of [...TENSORS, ...OTHERS]) {
      // Numbers that a double lacks go one way from each, and one way to each.
      for (const to of dtype === "int64" ? ["npy"] : [...TENSORS, ...OTHERS]) {
        test(`${dtype} from ${from} to ${to}`, async () => {
          const path = array(dtype);
          const folder = tempFolder();
          const place = (name: string): string => join(folder, name);
          const as = ["--as", "json"];
          // What holds no tensors must be told what they are.
          const told = (format: string): string[] =>
            TENSORS.includes(format) ? ["--dtype", dtype, "--shape", "3"] : [];
          await convert(path, place("1"), "--to", from, ...as);
          const types = ["--type", from, "--to", to];
          await convert(place("1"), place("2"), ...types, ...as, ...told(to));
          await convert(place("2"), place("3"), "--type", to, "--to", "npy", ...as, ...told("npy"));
          expect(readFileSync(place("3"))).toEqual(readFileSync(path));
        });
      }
    }
  }

  test("as they are: arrays of NumPy in MessagePack, memory in records of bytes", async () => {
    for (const through of ["a.msgpack", "a.tfrecord", "a.array_record", "a.blob"]) {
      const path = array();
      const folder = tempFolder();
      await convert(path, join(folder, through));
      const told = /record$/.test(through) ? ["--dtype", "float32", "--shape", "[3]"] : [];
      await convert(join(folder, through), join(folder, "b.npy"), ...told);
      expect(readFileSync(join(folder, "b.npy"))).toEqual(readFileSync(path));
    }
  });

  test("in sets and in threads, resumed, split, merged and shuffled", async () => {
    const folder = tempFolder();
    const numbers = Float32Array.from({ length: 6000 }, (_, i) => i / 3);
    const path = tempFile(encodeNpy(new Typed("float32", [2000, 3], numbers)), "a.npy");
    for (const ending of ["npy", "blob", "safetensors"]) {
      const out = (name: string): string => join(folder, `${name}.${ending}`);
      await convert(path, out("set@3"), "--jobs", "2");
      expect((await nthrec(["merge", out("set@3"), out("merged")])).code).toBe(0);
      await convert(out("merged"), join(folder, `${ending}.npy`));
      expect(readFileSync(join(folder, `${ending}.npy`))).toEqual(readFileSync(path));
      await nthrec(["shuffle", "--seed", "3", out("merged"), out("mixed")]);
      const first = async (name: string): Promise<number[]> => {
        const lines = jsonLines((await nthrec(["cat", out(name)])).out) as number[][];
        return lines.map((row) => row[0] as number);
      };
      const [mixed, plain] = [await first("mixed"), await first("merged")];
      expect(mixed).not.toEqual(plain);
      expect(mixed.sort((a, b) => a - b)).toEqual(plain);
      const controller = new AbortController();
      const args = ["convert", "--checkpoint", "0", path, out("resumed")];
      await nthrec([...args, "--progress", "json"], {
        signal: controller.signal,
        onErr: (text) => {
          if (text.includes('"converting"')) controller.abort();
        },
      });
      expect(existsSync(`${out("resumed")}.part`)).toBe(true);
      expect((await nthrec(args)).err).toContain("going on where");
      expect(await first("resumed")).toEqual(plain);
    }
  });
});

describe("tensors in fields", () => {
  test("of JSON lines, of MessagePack and of Examples", async () => {
    const folder = tempFolder();
    const npy = async (path: string, ...args: string[]): Promise<unknown> => {
      await convert(path, join(folder, "out.npy"), "--force", ...args);
      return decodeNpy(readFileSync(join(folder, "out.npy"))).values();
    };
    const field = ["--field", "a.vector"];
    const lines = tempFile('{"a":{"vector":[[1,2],[3,4]]}}\n{"a":{"vector":[[5,6],[7,8]]}}\n');
    expect(await npy(lines, "--dtype", "uint8", ...field)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const packed = join(folder, "a.msgpack");
    const writer = await MsgpackWriter.open(packed);
    await writer.append({ a: { vector: tensor(Int16Array.of(1, -2)) } });
    await writer.append({ a: new Map([["vector", tensor(Int16Array.of(3, 4))]]) });
    await writer.close();
    expect(await npy(packed, ...field)).toEqual([1, -2, 3, 4]);
    expect(await npy(packed, ...field, "--dtype", "float64")).toEqual([1, -2, 3, 4]);
    const records = join(folder, "a.tfrecord");
    const examples = await TFRecordWriter.open(records);
    await examples.append(encodeExample({ v: { floats: [1, 2] }, raw: new Uint8Array([0, 1]) }));
    await examples.close();
    expect(await npy(records, "--field", "v", "--dtype", "float32")).toEqual([1, 2]);
    const raw = ["--field", "raw", "--dtype", "uint16", "--shape", "1"];
    expect(await npy(records, ...raw)).toEqual([256]);
  });

  test("another type, another shape", async () => {
    const path = array();
    const out = join(tempFolder(), "a.safetensors");
    await convert(path, out, "--dtype", "bfloat16", "--shape", "1x3");
    const info = JSON.parse((await nthrec(["info", "--json", out])).out) as object;
    expect(info).toMatchObject({ dtype: "bfloat16", shape: [1, 3], tensor: "data", records: 4 });
    const named = join(tempFolder(), "a.safetensors");
    await convert(path, named, "--write-option", "tensor=weights");
    expect((await nthrec(["get", named, "3", "-o", "tensor=weights"])).out).toBe("[1,2,3]\n");
    const { code, err } = await nthrec(["count", named, "-o", "tensor=other"]);
    expect({ code, err }).toMatchObject({ code: 1 });
    expect(err).toContain("weights (float32 [4,3]): name one of them with the option tensor");
    const scalar = join(tempFolder(), "s.npy");
    await convert(tempFile("1\n2\n"), scalar, "--dtype", "int8");
    expect((await nthrec(["cat", scalar])).out).toBe("1\n2\n");
  });

  test("nothing comes first", async () => {
    const empty = tempFile("", "a.jsonl");
    const out = join(tempFolder(), "a.npy");
    await convert(empty, out, "--type", "jsonl", "--dtype", "float32", "--shape", "2,2");
    expect(decodeNpy(readFileSync(out)).shape).toEqual([0, 2, 2]);
    await convert(out, `${out}.blob`);
    const reader = await TensorBlobReader.open(`${out}.blob`);
    expect(reader.layout).toMatchObject({ dtype: "float32", shape: [2, 2] });
    await reader.close();
    const damaged = tempFile('{"a"\n[1,2]\n');
    const left = await nthrec([
      ...["convert", "--skip-damaged", damaged, `${out}.npy`, "--dtype", "int8"],
    ]);
    expect(left).toMatchObject({ code: 3, out: expect.stringContaining("1 record in") });
  });
});

describe("what is refused, and why", () => {
  test("what says nothing of its type or shape", async () => {
    const lines = tempFile("[1,2]\n");
    expect(await refused(2, lines, "OUT/a.npy")).toContain("--dtype float32");
    const objects = tempFile('{"a":1}\n');
    expect(await refused(2, objects, "OUT/a.npy", "--dtype", "int8")).toContain("--shape 3,2");
    const bytes = tempFile('[{"$bytes":"AA=="}]\n');
    expect(await refused(2, bytes, "OUT/a.npy", "--dtype", "int8")).toContain("--shape");
    const ragged = tempFile("[[1],[2,3]]\n");
    expect(await refused(2, ragged, "OUT/a.npy", "--dtype", "int8")).toContain("--shape");
    const empty = tempFile("", "a.jsonl");
    const typed = ["--type", "jsonl", "--dtype", "int8"];
    expect(await refused(2, empty, "OUT/a.npy", ...typed)).toContain("--shape");
  });

  test("records that are no such tensor, by number", async () => {
    const as = ["--dtype", "int8", "--shape", "2"];
    const cases: [text: string, reason: string][] = [
      ["[1,2,3]", "arrays of shape [3] are no tensor of shape [2]"],
      ["[[1],[2]]", "arrays of shape [2, 1]"],
      ["[[1],[2,3]]", "arrays of different lengths"],
      ["[1,300]", "300 is outside of int8"],
      ["[1,1.5]", "1.5 is no whole number"],
      ['["a","b"]', "string is no value"],
      ['{"a":1}', "an object is no tensor"],
      ["null", "null is no tensor"],
      ['"text"', "a string is no tensor"],
      ['{"$bytes":"AAAA"}', "3 bytes are no tensor of int8 and shape [2], which has 2"],
      ['{"$tensor":{"dtype":"int16","shape":[1],"data":[1]}}', "1 elements"],
      ['{"$tensor":{}}', "names its dtype and shape"],
    ];
    for (const [text, reason] of cases) {
      const path = tempFile(`[1,2]\n${text}\n`);
      const err = await refused(1, path, "OUT/a.npy", ...as);
      if (reason !== "1 elements") expect(err).toContain(`${reason}`);
      expect(err).toContain(`NTH_INVALID_VALUE record 1 of ${path} cannot go from jsonl to npy`);
    }
    const field = tempFile('{"a":[1]}\n{"b":[1]}\n');
    const err = await refused(1, field, "OUT/a.npy", "--dtype", "int8", "--field", "a");
    expect(err).toContain("record 1 of");
    expect(err).toContain('it has no field "a"');
  });

  test("tensors of several kinds, until --dtype says that they are converted", async () => {
    const path = join(tempFolder(), "a.msgpack");
    const writer = await MsgpackWriter.open(path);
    await writer.append(tensor(Int16Array.of(1)));
    await writer.append(tensor(Int8Array.of(2)));
    await writer.close();
    expect(await refused(1, path, "OUT/a.npy")).toContain("--dtype and --shape convert all");
    const out = join(tempFolder(), "a.npy");
    await convert(path, out, "--dtype", "int32");
    expect(decodeNpy(readFileSync(out)).values()).toEqual([1, 2]);
  });

  test("types that a format lacks, text, and options of tensors elsewhere", async () => {
    const wide = join(tempFolder(), "a.blob");
    await convert(tempFile("[1,2]\n"), wide, "--dtype", "bfloat16");
    expect(await refused(1, wide, "OUT/a.npy")).toContain("NumPy has no bfloat16");
    expect(await refused(1, wide, "OUT/a.msgpack")).toContain("--dtype float32 first");
    const complex = join(tempFolder(), "c.npy");
    await convert(tempFile("[[1,2]]\n"), complex, "--dtype", "complex128", "--shape", "1");
    expect(await refused(1, complex, "OUT/a.safetensors")).toContain("has no complex128");
    expect(await refused(2, wide, "OUT/a.txt")).toContain("--as json");
    const text = tempFile("one\n", "a.txt");
    expect(await refused(2, text, "OUT/a.npy", "--dtype", "int8")).toContain("--as json");
    const lines = tempFile(rows(1));
    for (const option of [
      ["--dtype", "int8"],
      ["--shape", "1"],
      ["--field", "a"],
    ]) {
      expect(await refused(2, lines, "OUT/a.msgpack", ...option)).toContain("files of tensors");
    }
    expect(await refused(2, lines, "OUT/a.npy", "--shape", "1,0")).toContain("above 0");
    expect(await refused(1, lines, "OUT/a.npy", "--dtype", "text", "--shape", "1")).toContain(
      "no element type",
    );
  });
});

describe("what MessagePack has and JSON has not", () => {
  const complex = { dtype: "complex64", shape: [1, 1], data: Float32Array.of(1, -0) } as const;
  const half = { dtype: "float16", shape: [4], data: Uint16Array.of(0x3c00, 0x8000, 0x7e00, 1) };
  const odd: Tensor[] = [
    tensor(Float32Array.of(1.5, Number.NaN), [2, 1]),
    tensor(BigInt64Array.of(2n ** 62n), []),
    { ...tensor(Uint8Array.of(1, 0)), dtype: "bool" },
    complex,
    half as Tensor,
    // A NaN with a payload, and elements that are no numbers.
    { dtype: "float16", shape: [1], data: Uint16Array.of(0x7e01) },
    { dtype: "void", shape: [2], data: new Uint8Array(8), descr: "<U1" },
    { ...tensor(Float64Array.of(2), []), scalar: true },
    tensor(new Float32Array(0), [0, 3]),
  ];
  const values: unknown[] = [
    new ExtData(5, Uint8Array.of(1, 2)),
    new ExtData(-7, new Uint8Array(0)),
    new Timestamp(1, 5),
    new Timestamp(-1, 999_999_999),
    new Timestamp(253_402_300_799, 0),
    new Timestamp(253_402_300_800, 0),
    new Timestamp(-62_167_219_201, 1),
    new Complex(1.5, Number.NaN),
    { a: { $ext: [1, "AA=="] }, b: { $time: 1 }, c: { $tensor: [] }, d: [{ $complex: 0 }] },
    new Map<unknown, unknown>([[1, new ExtData(1, Uint8Array.of(0))]]),
    { tensors: odd },
  ];

  test("prints, and comes back bit by bit", async () => {
    const folder = tempFolder();
    const path = join(folder, "a.msgpack");
    const writer = await MsgpackWriter.open(path);
    await writer.extend([...values, ...odd]);
    await writer.close();
    await convert(path, join(folder, "a.jsonl"));
    await convert(join(folder, "a.jsonl"), join(folder, "b.msgpack"));
    expect(readFileSync(join(folder, "b.msgpack"))).toEqual(readFileSync(path));
    const [ext, , time, , late] = jsonLines((await nthrec(["cat", path])).out);
    expect(ext).toEqual({ $ext: [5, "AQI="] });
    expect(time).toEqual({ $time: "1970-01-01T00:00:01.000000005Z" });
    expect(late).toEqual({ $time: "9999-12-31T23:59:59Z" });
    const last = jsonLines((await nthrec(["get", path, "11"])).out);
    const numbers = [[1.5], [{ $number: "NaN" }]];
    expect(last).toEqual([{ $tensor: { dtype: "float32", shape: [2, 1], data: numbers } }]);
  });

  test("every extension and every float", async () => {
    const any = fc.oneof(
      fc
        .tuple(fc.integer({ min: 0, max: 127 }), fc.uint8Array({ maxLength: 20 }))
        .map(([type, data]) => new ExtData(type, data)),
      fc
        .tuple(fc.maxSafeInteger(), fc.nat({ max: 999_999_999 }))
        .map(([seconds, nanoseconds]) => new Timestamp(seconds, nanoseconds)),
      fc.float32Array({ maxLength: 6 }).map((data) => tensor(data)),
      fc.uint16Array({ maxLength: 6 }).map((data) => ({ ...tensor(data), dtype: "float16" })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 8 }), async (records) => {
        const folder = tempFolder();
        const path = join(folder, "a.msgpack");
        const writer = await MsgpackWriter.open(path);
        await writer.extend(records);
        await writer.close();
        await convert(path, join(folder, "a.jsonl"));
        await convert(join(folder, "a.jsonl"), join(folder, "b.msgpack"));
        expect(readFileSync(join(folder, "b.msgpack"))).toEqual(readFileSync(path));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['{"$ext":[1]}', "stands for nothing"],
    ['{"$ext":["1","AA=="]}', "stands for nothing"],
    ['{"$time":"yesterday"}', "stands for nothing"],
    ['{"$time":"2026-99-01T00:00:00Z"}', "stands for nothing"],
    ['{"$complex":[1]}', "stands for nothing"],
    ['{"$complex":["1",2]}', "stands for nothing"],
    ['{"$tensor":{"dtype":"int8","shape":[1],"data":[128]}}', "128 is no int8"],
    ['{"$tensor":{"dtype":"int8","shape":[1],"data":["1"]}}', "holds no numbers"],
    ['{"$tensor":{"dtype":"int8","shape":[2],"data":[1]}}', "no tensor"],
    ['{"$tensor":{"dtype":"float16","shape":[1],"data":[0.1]}}', "0.1 is no float16"],
    ['{"$tensor":{"dtype":"bfloat16","shape":[1],"data":[1]}}', "NumPy has no bfloat16"],
    ['{"$tensor":{"dtype":"int16","shape":[1],"data":{"$bytes":"AA=="}}}', "1 bytes"],
    ['{"$tensor":7}', "names its dtype and shape"],
  ])("%s is refused", async (line, reason) => {
    const err = await refused(1, tempFile(`{}\n${line}\n`), "OUT/a.msgpack");
    expect(err).toContain("record 1 of");
    expect(err).toContain(reason);
  });

  test("has no place in an Example", async () => {
    const path = tempFile('{"a":{"$ext":[1,"AA=="]}}\n');
    expect(await refused(1, path, "OUT/a.tfrecord")).toContain("stands for nothing here");
  });
});

describe("files of tensors", () => {
  test("of others: several tensors, a big-endian array, rows that are scattered", async () => {
    const header = JSON.stringify({
      a: { dtype: "I8", shape: [2], data_offsets: [0, 2] },
      b: { dtype: "I8", shape: [1, 2], data_offsets: [2, 4] },
    });
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length);
    const two = tempFile(
      Buffer.concat([length, Buffer.from(header), Buffer.of(1, 2, 3, 4)]),
      "a.st",
    );
    const { code, err } = await nthrec(["cat", two]);
    expect(code).toBe(1);
    expect(err).toContain("a (int8 [2]), b (int8 [1,2]): name one of them");
    expect((await nthrec(["cat", two, "-o", "tensor=b"])).out).toBe("[3,4]\n");
    const text = (order: string): Buffer => {
      const described = `{'descr': '>i2', 'fortran_order': ${order}, 'shape': (2, 2), }`;
      const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, described.length, 0]);
      return Buffer.concat([head, Buffer.from(described), Buffer.from([0, 1, 0, 2, 0, 3, 0, 4])]);
    };
    expect((await nthrec(["cat", tempFile(text("False"), "a.npy")])).out).toBe("[1,2]\n[3,4]\n");
    const scattered = await nthrec(["cat", tempFile(text("True"), "a.npy")]);
    expect(scattered.code).toBe(1);
    expect(scattered.err).toContain("Fortran order");
  });

  test("that were cut: verify, cat, repair", async () => {
    const bytes = readFileSync(array());
    for (const [left, records] of [
      [bytes.length - 12, 3],
      [bytes.length - 13, 2],
    ] as const) {
      const path = tempFile(bytes.subarray(0, left), "cut.npy");
      const verified = await nthrec(["verify", path]);
      expect(verified).toMatchObject({ code: 3, out: expect.stringContaining("NTH_TRUNCATED") });
      expect((await nthrec(["cat", path])).code).toBe(3);
      const rest = await nthrec(["cat", "-o", "tail=ignore", path]);
      expect(rest.out.split("\n").length - 1).toBe(records);
      const mended = `${path}.mended.npy`;
      await nthrec(["repair", path, mended]);
      expect(decodeNpy(readFileSync(mended)).shape).toEqual([records, 3]);
    }
    const blob = join(tempFolder(), "a.blob");
    await convert(array(), blob);
    expect((await nthrec(["repair", blob, `${blob}.new`])).err).toContain("NTH_NOT_SUPPORTED");
  });

  test("need no index, which is no failure; an empty one says nothing", async () => {
    const folder = tempFolder();
    for (const ending of ["npy", "blob", "safetensors", "array_record"]) {
      const path = join(folder, `a.${ending}`);
      await convert(array(), path);
      for (const args of [[], ["--anew"], ["--check"]]) {
        const outcome = await nthrec(["index", ...args, path]);
        expect(outcome).toMatchObject({ code: 0, out: `${path}: 4 records\n`, err: "" });
      }
    }
    const info = await nthrec(["info", "--json", tempFile("", "a.npy")]);
    expect(JSON.parse(info.out)).toMatchObject({ format: "npy", records: 0 });
  });

  test("a folder of files, and blobs among other arguments", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "a.npy"), readFileSync(array()));
    expect((await nthrec(["count", folder])).out).toBe("4\n");
    await convert(array(), join(folder, "one.blob"));
    await convert(array(), join(folder, "two.blob"));
    const blobs = [join(folder, "one.blob"), join(folder, "two.blob")];
    expect((await nthrec(["count", ...blobs])).out).toBe("8\n");
    await nthrec(["merge", ...blobs, join(folder, "all.blob")]);
    expect((await nthrec(["count", join(folder, "all.blob")])).out).toBe("8\n");
  });
});
