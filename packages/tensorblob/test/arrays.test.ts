import { MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import {
  decodeNpy,
  encodeNpy,
  listSafetensors,
  NpyReader,
  NpyWriter,
  SafetensorsReader,
  SafetensorsWriter,
  Tensor,
  TensorStreamReader,
  TensorStreamWriter,
  tensorOf,
} from "../src/index.ts";
import { codeOf } from "./support/blobs.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const layout = { dtype: "int16", shape: [2] } as const;

/** An .npy file with a header of our choice. */
function npy(text: string, data: Uint8Array, version = 1): Uint8Array {
  const length = new Uint8Array(version === 1 ? 2 : 4);
  length.set([text.length & 255, text.length >> 8]);
  const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0);
  return joined(magic, length, utf8(text), data);
}

function safetensors(header: unknown, data: Uint8Array): Uint8Array {
  const text = utf8(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return joined(length, text, data);
}

function put(store: MemoryStore, name: string, bytes: Uint8Array): void {
  store.editSync(name, { create: true }).appendSync(bytes);
}

function bytesOf(store: MemoryStore, name: string): Uint8Array {
  const source = store.openSync(name);
  return source.readSync(0, source.size).slice();
}

/** The first append to what is opened: there a file is looked at. */
async function appended(opening: Promise<NpyWriter | SafetensorsWriter>): Promise<void> {
  const writer = await opening;
  await writer.append([3, 4]).finally(() => writer.abort());
}

const failing = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: { code?: string }) => error.code,
  );

const values = async (reader: TensorStreamReader): Promise<unknown[]> => {
  const rows = await reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
  return rows.map((row) => row.values());
};

describe("an .npy file", () => {
  test("is written as NumPy writes it, and grows in place", async () => {
    const store = new MemoryStore();
    const entry = { store, name: "a.npy" };
    const writer = await NpyWriter.open(entry, layout);
    await writer.append([1, 2]);
    await writer.close();
    expect(bytesOf(store, "a.npy")).toEqual(
      encodeNpy(new Tensor("int16", [1, 2], Int16Array.of(1, 2))),
    );
    const more = await NpyWriter.open(entry, { ...layout, mode: "append" });
    expect(more.length).toBe(1);
    await more.extend(Array.from({ length: 99_999 }, (_, i) => [i % 100, -1]));
    await more.close();
    const all = decodeNpy(bytesOf(store, "a.npy"));
    expect([all.shape, all.row(99_999).values()]).toEqual([
      [100_000, 2],
      [98, -1],
    ]);
  });

  test("with numbers in the other order is read by every verb, and not continued", async () => {
    const store = new MemoryStore();
    const text = "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 2), }";
    put(store, "a.npy", npy(text, Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4), 2));
    const entry = { store, name: "a.npy" };
    await using reader = await NpyReader.open(entry);
    expect(await values(reader)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect((await reader.readRange(0, 2)).values()).toEqual([1, 2, 3, 4]);
    expect(reader.gatherSync([1]).values()).toEqual([3, 4]);
    expect(await failing(appended(NpyWriter.open(entry, { ...layout, mode: "append" })))).toBe(
      "NTH_NOT_SUPPORTED",
    );
  });

  test("in Fortran order is read where its rows are whole", async () => {
    const column = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 1), }";
    const bytes = npy(column, Uint8Array.of(1, 0, 2, 0));
    await using reader = await NpyReader.open(bytes);
    expect(await values(reader)).toEqual([[1], [2]]);
    const grid = npy(column.replace("1)", "2)"), new Uint8Array(8));
    expect(await failing(NpyReader.open(grid))).toBe("NTH_NOT_SUPPORTED");
  });

  test("of no rows, of one number, of too long a header, of a part of one", async () => {
    const one = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (), }", new Uint8Array(2));
    expect(await failing(NpyReader.open(one))).toBe("NTH_NOT_SUPPORTED");
    const long = npy("", new Uint8Array(0), 2);
    long.set([255, 255, 255, 127], 8);
    expect(await failing(NpyReader.open(long))).toBe("NTH_CORRUPTION");
    long.set([9, 0, 0, 0], 8);
    expect(await failing(NpyReader.open(long))).toBe("NTH_TRUNCATED");
    expect(await failing(NpyReader.open(long.subarray(0, 7)))).toBe("NTH_TRUNCATED");
    await using empty = await NpyReader.open(new Uint8Array(0));
    expect(empty.length).toBe(0);
    expect(codeOf(() => empty.layout)).toBe("NTH_NOT_SUPPORTED");
  });

  test("ends where its header says; what follows is left alone", async () => {
    const store = new MemoryStore();
    const array = encodeNpy(new Tensor("int16", [1, 2], Int16Array.of(1, 2)));
    put(store, "a.npy", joined(array, array));
    const entry = { store, name: "a.npy" };
    await using reader = await NpyReader.open(entry);
    expect(await values(reader)).toEqual([[1, 2]]);
    expect((await reader.verify({ level: "full" })).ok).toBe(true);
    expect(await failing(appended(NpyWriter.open(entry, { ...layout, mode: "append" })))).toBe(
      "NTH_NOT_SUPPORTED",
    );
  });

  test("that was cut between two rows is damaged", async () => {
    const array = encodeNpy(new Tensor("int16", [3, 2], new Int16Array(6)));
    const cut = array.subarray(0, array.length - 4);
    await expect(NpyReader.open(cut)).rejects.toThrow("ends 4 bytes before its records do");
    expect(await failing(NpyReader.open(cut))).toBe("NTH_TRUNCATED");
    await using reader = await NpyReader.open(cut, { tail: "ignore" });
    const reports = [await reader.verify(), reader.verifySync({ level: "full" })];
    for (const { ok, problems, problemCount } of reports) {
      expect({ ok, problemCount }).toEqual({ ok: false, problemCount: 1 });
      expect(problems[0]?.message).toContain("counts 3 tensors and ends after 2");
    }
    const torn = await NpyReader.open(array.subarray(0, array.length - 1), { tail: "ignore" });
    expect((await torn.verify()).problemCount).toBe(1);
    await torn.close();
  });

  test("whose header has no room is not continued", async () => {
    const store = new MemoryStore();
    const text = "{'descr': '<i2', 'fortran_order': False, 'shape': (9, 2), }";
    put(store, "a.npy", npy(text, new Uint8Array(36)));
    const writer = await NpyWriter.open(
      { store, name: "a.npy" },
      { ...layout, mode: "append", exclusive: true },
    );
    writer.appendSync([1, 1]);
    expect(codeOf(() => writer.commitSync())).toBe("NTH_NOT_SUPPORTED");
    await writer.abort();
    await using reader = await NpyReader.open({ store, name: "a.npy" });
    expect(reader.length).toBe(9);
  });

  test("of another type or shape is not continued", async () => {
    const store = new MemoryStore();
    put(store, "a.npy", encodeNpy(new Tensor("int8", [1, 2], new Int8Array(2))));
    const append = NpyWriter.open({ store, name: "a.npy" }, { ...layout, mode: "append" });
    expect(await failing(appended(append))).toBe("NTH_INVALID_VALUE");
    const none = NpyWriter.open({ store, name: "b.npy" }, { dtype: "bfloat16", shape: 1 });
    expect(await failing(none)).toBe("NTH_NOT_SUPPORTED");
  });
});

describe("a safetensors file", () => {
  const file = safetensors(
    {
      __metadata__: { format: "pt" },
      a: { dtype: "I16", shape: [2, 2], data_offsets: [0, 8] },
      b: { dtype: "I8", shape: [], data_offsets: [8, 9] },
    },
    Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5),
  );

  test("is read tensor by tensor", async () => {
    await using reader = await SafetensorsReader.open(file, { tensor: "a" });
    expect(await values(reader)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([reader.tensor, [...reader.tensors.keys()]]).toEqual(["a", ["a", "b"]]);
    expect(reader.metadata).toEqual({ __metadata__: { format: "pt" } });
    expect(await failing(SafetensorsReader.open(file))).toBe("NTH_KEY_NOT_FOUND");
    const scalar = SafetensorsReader.open(file, { tensor: "b" });
    expect(await failing(scalar)).toBe("NTH_NOT_SUPPORTED");
    const short = SafetensorsReader.open(file.subarray(0, 20));
    expect(await failing(short)).toBe("NTH_TRUNCATED");
    expect(await failing(SafetensorsReader.open(file.subarray(0, 4)))).toBe("NTH_TRUNCATED");
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `t${i}`,
        { dtype: "I8", shape: [0], data_offsets: [0, 0] },
      ]),
    );
    const unsure = SafetensorsReader.open(safetensors(many, new Uint8Array(0)));
    await expect(unsure).rejects.toThrow("t11 (int8 [0]), and 8 more");
  });

  test("grows in place, and keeps its name and metadata", async () => {
    const store = new MemoryStore();
    const entry = { store, name: "a.st" };
    const writer = await SafetensorsWriter.open(entry, { ...layout, tensor: "rows" });
    await writer.append([1, 2]);
    await writer.close();
    const more = await SafetensorsWriter.open(entry, { ...layout, mode: "append" });
    await more.append([3, 4]);
    await more.close();
    const tensors = await listSafetensors(bytesOf(store, "a.st"));
    expect(tensors.get("rows")).toMatchObject({ dtype: "int16", shape: [2, 2] });
    const other = SafetensorsWriter.open(entry, { ...layout, mode: "append", tensor: "others" });
    expect(await failing(appended(other))).toBe("NTH_INVALID_VALUE");
    const header = {
      __metadata__: { format: "pt" },
      a: { dtype: "I16", shape: [1, 2], data_offsets: [0, 4] },
    };
    const text = JSON.stringify(header).padEnd(200);
    const length = new Uint8Array(8);
    length[0] = 200;
    put(store, "b.st", joined(length, utf8(text), Uint8Array.of(1, 0, 2, 0)));
    const kept = await SafetensorsWriter.open(
      { store, name: "b.st" },
      { ...layout, mode: "append" },
    );
    await kept.append([3, 4]);
    await kept.close();
    await using reader = await SafetensorsReader.open({ store, name: "b.st" });
    expect(await values(reader)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(reader.metadata).toEqual({ __metadata__: { format: "pt" } });
  });

  test("whose header has no room, and several tensors, are not continued", async () => {
    const store = new MemoryStore();
    const one = { a: { dtype: "I16", shape: [9, 2], data_offsets: [0, 36] } };
    put(store, "a.st", safetensors(one, new Uint8Array(36)));
    put(store, "b.st", file);
    const append = { ...layout, mode: "append", exclusive: true } as const;
    const writer = await SafetensorsWriter.open({ store, name: "a.st" }, append);
    writer.appendSync([1, 1]);
    expect(codeOf(() => writer.commitSync())).toBe("NTH_NOT_SUPPORTED");
    await writer.abort();
    const several = SafetensorsWriter.open({ store, name: "b.st" }, append);
    expect(await failing(several)).toBe("NTH_KEY_NOT_FOUND");
  });
});

test("a tensor is made of plain numbers, by any name of a type", () => {
  expect(tensorOf([[1, 2]], "half", [1, 2])).toMatchObject({ dtype: "float16", shape: [1, 2] });
  expect(tensorOf(7, "int8", []).values()).toEqual([7]);
  expect(codeOf(() => tensorOf([1], "int8", [2]))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => tensorOf([300], "int8", [1]))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => tensorOf([1], "text", [1]))).toBe("NTH_NOT_SUPPORTED");
});

test("a Buffer that begins anywhere is the memory of a tensor", () => {
  const bytes = Buffer.from([9, 0, 0, 0x80, 0x3f]).subarray(1);
  expect(Tensor.over("float32", [1], bytes).values()).toEqual([1]);
});

describe.each([
  ["npy", NpyWriter, NpyReader],
  ["safetensors", SafetensorsWriter, SafetensorsReader],
  ["stream", TensorStreamWriter, TensorStreamReader],
] as const)("a file of %s that is continued", (name, Writer, Reader) => {
  const mode = "append";
  const started = async (): Promise<{ store: MemoryStore; name: string }> => {
    const entry = { store: new MemoryStore(), name };
    const writer = await Writer.open(entry, layout);
    await writer.append([1, 2]);
    await writer.close();
    return entry;
  };

  test("says what its tensors are", async () => {
    const entry = await started();
    for (const given of [{}, { dtype: "int16" }, { shape: 2 }]) {
      const waited = await Writer.open(entry, { mode, ...given });
      await waited.append([3, 4]);
      await waited.close();
      const now = Writer.openSync(entry, { mode, ...given });
      now.appendSync([5, 6]);
      now.closeSync();
    }
    await using reader = await Reader.open(entry);
    const more = [
      [3, 4],
      [5, 6],
    ];
    expect(await values(reader)).toEqual([[1, 2], ...more, ...more, ...more]);
  });

  test("is not appended to where the options say other things", async () => {
    const entry = await started();
    const before = bytesOf(entry.store, name);
    for (const given of [{ dtype: "int8" }, { shape: [3] }]) {
      const opening = Writer.open(entry, { mode, ...given });
      expect(await failing(opening.then((writer) => writer.append(new Int16Array(2))))).toBe(
        "NTH_INVALID_VALUE",
      );
    }
    expect(bytesOf(entry.store, name)).toEqual(before);
  });

  test("or does not exist, or is empty, needs both", async () => {
    const store = new MemoryStore({ entries: [["empty", new Uint8Array(0)]] });
    for (const place of ["none", "empty"]) {
      const entry = { store, name: place };
      expect(await failing(Writer.open(entry, { mode }))).toBe("NTH_INVALID_VALUE");
      expect(codeOf(() => Writer.openSync(entry, { mode }))).toBe("NTH_INVALID_VALUE");
    }
    put(store, "torn", bytesOf((await started()).store, name).subarray(0, 7));
    const torn = { store, name: "torn" };
    expect(await failing(Writer.open(torn, { mode }))).toBe("NTH_TRUNCATED");
    expect(codeOf(() => Writer.openSync(torn, { mode }))).toBe("NTH_TRUNCATED");
  });
});
