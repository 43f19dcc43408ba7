import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemorySink, MemorySource, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeNpy,
  encodeNpy,
  exportNpy,
  exportSafetensors,
  importNpy,
  importSafetensors,
  listSafetensors,
  NpyReader,
  Tensor,
  TensorBlob,
  TensorBlobReader,
  tensorOf,
} from "../src/index.ts";
import { dtypes } from "../src/values/dtype.ts";
import { codeOf } from "./support/blobs.ts";
import { tempFolder } from "./support/temp.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An .npy file with a header of our choice. */
function npy(text: string, data: Uint8Array, version = 1): Uint8Array {
  const header = utf8(text);
  const head = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(head + header.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(header, head);
  bytes.set(data, head + header.length);
  return bytes;
}

/** A safetensors file with a header of our choice. */
function safetensors(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const text = utf8(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const codeSoon = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

describe.each(dtypes)("a blob of %s", (dtype) => {
  const width = dtype.startsWith("complex") ? 2 : 1;
  const open = (store: MemoryStore, name: string): Promise<TensorBlob> =>
    TensorBlob.open({ store, name }, "w+", { dtype, shape: [2, 2], blockSize: 3 });
  const values = Array.from({ length: 40 * width }, (_, i) => (dtype === "bool" ? i % 3 === 0 : i));

  test("goes out and comes back", async () => {
    const store = new MemoryStore();
    await using a = await open(store, "a");
    await a.write(values);
    await a.flush();
    await using reader = await TensorBlobReader.open({ store, name: "a" });
    await using b = await open(store, "b");
    let count = 0;
    for (const [kind, write, read] of [
      ["npy", exportNpy, importNpy],
      ["safetensors", exportSafetensors, importSafetensors],
    ] as const) {
      const file = { store, name: `a.${kind}` };
      const range = { start: 2, end: 5 };
      const lacks = kind === "npy" ? /^(bfloat16|float8)/ : /^complex128/;
      if (lacks.test(dtype)) {
        expect(codeOf(() => write(reader, file))).toBe("NTH_NOT_SUPPORTED");
        continue;
      }
      expect(await write(reader, file)).toBeGreaterThan(0);
      expect(await read(file, b)).toBe(10);
      await write(reader, file, range);
      expect(await read(file, b)).toBe(3);
      b.seek(count);
      const row = 4 * width;
      const all = a.sliceSync().values();
      expect((await b.read())?.values()).toEqual([...all, ...all.slice(2 * row, 5 * row)]);
      count = b.length;
    }
  });
});

test("files on the disk, sinks, sources and Blobs", async () => {
  const folder = tempFolder();
  await using blob = await TensorBlob.open(join(folder, "a"), "w+", { dtype: "int8", shape: 2 });
  await blob.write([1, 2, 3, 4]);
  await blob.flush();
  await using reader = await TensorBlobReader.open(join(folder, "a"));
  const sink = new MemorySink();
  const size = await exportNpy(reader, sink);
  await exportNpy(reader, join(folder, "a.npy"));
  expect(new Uint8Array(readFileSync(join(folder, "a.npy")))).toEqual(sink.toBytes());
  expect(size).toBe(sink.toBytes().length);
  const bytes = sink.toBytes();
  for (const input of [
    bytes,
    new Blob([bytes as never]),
    new MemorySource(bytes),
    join(folder, "a.npy"),
  ]) {
    expect(await importNpy(input, blob)).toBe(2);
  }
  expect(blob.length).toBe(10);
  for (const range of [{ start: -1 }, { end: 9 }, { start: 2, end: 1 }, { start: 0.5 }]) {
    expect(codeOf(() => exportNpy(reader, sink, range))).toBe("NTH_OUT_OF_RANGE");
  }
});

test("a file that is written over, maybe by its own rows, changes when the new one is whole", async () => {
  const folder = tempFolder();
  const path = join(folder, "a.npy");
  writeFileSync(path, encodeNpy(tensorOf([[1], [2], [3]], "int8", [3, 1])));
  const before = readFileSync(path);
  await using reader = await NpyReader.open(path);
  const signal = AbortSignal.abort();
  expect(await codeSoon(exportNpy(reader, path, { signal }))).toBe("NTH_ABORTED");
  expect(readdirSync(folder)).toEqual(["a.npy"]);
  expect(readFileSync(path)).toEqual(before);
  await exportNpy(reader, path, { start: 1 });
  await using rest = await NpyReader.open(path);
  expect((await rest.readRange(0, 2)).values()).toEqual([2, 3]);
  expect(readdirSync(folder)).toEqual(["a.npy"]);
});

test("one tensor becomes an .npy file and comes back", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), (shape) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const tensor = new Tensor(
        "int32",
        shape,
        Int32Array.from({ length: size }, (_, i) => i - 3),
      );
      const file = encodeNpy(tensor);
      expect((file.length - tensor.bytes.length) % 64).toBe(0);
      expect(decodeNpy(file)).toEqual(tensor);
    }),
  );
  const deep = Array.from({ length: 30_000 }, () => 1);
  const wide = encodeNpy(new Tensor("int8", deep, new Int8Array(1)));
  expect(wide[6]).toBe(2);
  expect(decodeNpy(wide).shape).toHaveLength(30_000);
});

test("Fortran order and big-endian numbers are turned round", async () => {
  const header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n";
  const file = npy(header, Uint8Array.of(0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6), 3);
  expect(decodeNpy(file).values()).toEqual([1, 2, 3, 4, 5, 6]);
  const store = new MemoryStore();
  await using blob = await TensorBlob.open({ store, name: "a" }, "w+", {
    dtype: "int16",
    shape: 3,
  });
  expect(await importNpy(file, blob)).toBe(2);
  const plain = npy(
    "{'descr': '>i2', 'fortran_order': False, 'shape': (1, 3)}",
    Uint8Array.of(0, 7, 0, 8, 0, 9),
  );
  expect(await importNpy(plain, blob)).toBe(1);
  expect(blob.sliceSync().values()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const complex = npy(
    "{'descr': '>c8', 'fortran_order': False, 'shape': (1,)}",
    Uint8Array.of(0x3f, 0x80, 0, 0, 0x40, 0, 0, 0),
  );
  expect(decodeNpy(complex).values()).toEqual([1, 2]);
});

const of = (descr: string, shape = "(1,)", order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

test.each([
  ["no magic", utf8("not an npy file"), "NTH_CORRUPTION"],
  ["nothing", new Uint8Array(0), "NTH_CORRUPTION"],
  ["another version", npy(of("'<i4'"), new Uint8Array(4), 9), "NTH_CORRUPTION"],
  ["objects, which would execute code", npy(of("'|O'"), new Uint8Array(8)), "NTH_NOT_SUPPORTED"],
  ["a record type", npy(of("[('a', '<i4')]"), new Uint8Array(8)), "NTH_NOT_SUPPORTED"],
  [
    "no shape",
    npy("{'descr': '<i4', 'fortran_order': False}", new Uint8Array(4)),
    "NTH_CORRUPTION",
  ],
  [
    "a shape too large",
    npy(of("'<i4'", "(99999999, 99999999)"), new Uint8Array(4)),
    "NTH_CORRUPTION",
  ],
  ["too few elements", npy(of("'<i4'", "(9,)"), new Uint8Array(4)), "NTH_CORRUPTION"],
])("an .npy file with %s is refused", (_, file, code) => {
  expect(codeOf(() => decodeNpy(file))).toBe(code);
});

test.each([
  ["no length", new Uint8Array(4), "NTH_CORRUPTION"],
  ["a header longer than the file", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0), "NTH_CORRUPTION"],
  ["no JSON", safetensors("{nope"), "NTH_CORRUPTION"],
  [
    "an unknown type",
    safetensors({ a: { dtype: "Q4", shape: [1], data_offsets: [0, 1] } }),
    "NTH_NOT_SUPPORTED",
  ],
  ["no type", safetensors({ a: null }), "NTH_NOT_SUPPORTED"],
  ["no place", safetensors({ a: { dtype: "I8", shape: [1] } }), "NTH_CORRUPTION"],
  [
    "a shape of texts",
    safetensors({ a: { dtype: "I8", shape: ["1"], data_offsets: [0, 1] } }),
    "NTH_CORRUPTION",
  ],
  [
    "a place behind the end",
    safetensors({ a: { dtype: "I8", shape: [9], data_offsets: [0, 9] } }),
    "NTH_CORRUPTION",
  ],
  [
    "a place of another size",
    safetensors({ a: { dtype: "I8", shape: [2], data_offsets: [0, 1] } }, new Uint8Array(1)),
    "NTH_CORRUPTION",
  ],
])("a safetensors file with %s is refused", async (_, file, code) => {
  expect(await codeSoon(listSafetensors(file))).toBe(code);
});

test("arrays of a safetensors file are told by name", async () => {
  const file = safetensors(
    {
      __metadata__: { format: "pt" },
      a: { dtype: "I8", shape: [2, 1], data_offsets: [0, 2] },
      b: { dtype: "I8", shape: [], data_offsets: [2, 3] },
    },
    Uint8Array.of(1, 2, 3),
  );
  const tensors = await listSafetensors(file);
  expect([...tensors.keys()]).toEqual(["a", "b"]);
  const store = new MemoryStore();
  await using blob = await TensorBlob.open({ store, name: "a" }, "w+", { dtype: "int8", shape: 1 });
  expect(await importSafetensors(file, blob, { name: "a" })).toBe(2);
  expect(blob.sliceSync().values()).toEqual([1, 2]);
  expect(await codeSoon(importSafetensors(file, blob))).toBe("NTH_KEY_NOT_FOUND");
  expect(await codeSoon(importSafetensors(file, blob, { name: "c" }))).toBe("NTH_KEY_NOT_FOUND");
  expect(await codeSoon(importSafetensors(file, blob, { name: "b" }))).toBe("NTH_INVALID_VALUE");
});

test("rows of another type or shape, and files that were cut, are refused", async () => {
  const store = new MemoryStore();
  await using blob = await TensorBlob.open({ store, name: "a" }, "w+", { dtype: "int8", shape: 2 });
  const bytes = encodeNpy(new Tensor("int8", [3, 2], new Int8Array(6)));
  expect(await codeSoon(importNpy(bytes.subarray(0, bytes.length - 1), blob))).toBe(
    "NTH_TRUNCATED",
  );
  expect(await codeSoon(importNpy(bytes.subarray(0, 20), blob))).toBe("NTH_TRUNCATED");
  expect(await codeSoon(importNpy(bytes.subarray(0, 4), blob))).toBe("NTH_CORRUPTION");
  for (const [dtype, shape, data] of [
    ["uint8", [1, 2], new Uint8Array(2)],
    ["int8", [2, 1], new Int8Array(2)],
    ["int8", [], new Int8Array(1)],
  ] as const) {
    const wrong = encodeNpy(new Tensor(dtype, shape, data));
    expect(await codeSoon(importNpy(wrong, blob))).toBe("NTH_INVALID_VALUE");
  }
  expect(blob.length).toBe(0);
  const folder = tempFolder();
  writeFileSync(join(folder, "x"), "");
  expect(await codeSoon(importNpy(join(folder, "none"), blob))).toBe("NTH_NOT_FOUND");
});
