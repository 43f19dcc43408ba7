import { acquireLockSync, MemoryStore } from "@nthrec/core";
import { FaultStore } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { Tensor, TensorBlob, TensorBlobReader, TensorBlobWriter } from "../src/index.ts";
import { codeOf } from "./support/blobs.ts";
import { tempFolder } from "./support/temp.ts";

// Tensors reach blocks in several ways: many at once from the caller's memory, few at a time gathered, or by a writer.

const wide = { dtype: "uint8", shape: [1024], blockSize: 100 } as const;
/** Rows of 1 KiB, each filled with its number. */
const numbered = (count: number, from = 0): Tensor => {
  const tensor = Tensor.zeros("uint8", [count, 1024]);
  for (let i = 0; i < count; i++) tensor.row(i).data.fill((from + i) as never);
  return tensor;
};
const firstsOf = (tensor: Tensor | null): number[] =>
  tensor === null
    ? []
    : Array.from({ length: tensor.shape[0] ?? 0 }, (_, i) => Number(tensor.row(i).data[1023]));
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => (from + i) % 256);

/** An in-memory blob with the numbers up to `count`. */
function blobOf(count: number, options: object = wide) {
  const store = new MemoryStore();
  const place = { store, name: "a" };
  using blob = TensorBlob.openSync(place, "w", options);
  blob.writeSync(numbered(count));
  blob.closeSync();
  return {
    store,
    place,
    all: () =>
      firstsOf(
        TensorBlobReader.openSync(place).readRangeSync(0, TensorBlobReader.openSync(place).length),
      ),
  };
}

/** Holds the blob's lock, as another writer does. */
function occupied({ store, name }: { store: MemoryStore; name: string }): () => void {
  const lock = store.lock(`${name}.lock`);
  acquireLockSync(lock);
  return () => lock.release();
}

describe("any sizes of writes", () => {
  const sizes = [1, 63, 64, 200, 2, 300, 255, 256, 1, 1000];
  test.each(["w", "w+", "a", "r+"])("follow each other in mode %s", (mode) => {
    const { place, all } = blobOf(0);
    const blob = TensorBlob.openSync(place, mode, wide);
    let count = 0;
    for (const size of sizes) {
      expect(blob.writeSync(numbered(size, count))).toBe(size);
      count += size;
      expect(blob.length).toBe(count);
    }
    blob.closeSync();
    expect(all()).toEqual(range(0, count));
  });

  test.each(["w", "a"])(
    "keep the order of their calls where nobody awaits, mode %s",
    async (mode) => {
      const { place, all } = blobOf(0);
      const blob = await TensorBlob.open(place, mode, wide);
      const writes: Promise<number>[] = [];
      let count = 0;
      for (const size of sizes) {
        writes.push(blob.write(numbered(size, count)));
        count += size;
      }
      expect(await Promise.all(writes)).toEqual(sizes);
      expect(blob.length).toBe(count);
      await blob.close();
      expect(all()).toEqual(range(0, count));
    },
  );

  test.each(["process", "disk", { everyMs: 5 }] as const)(
    "with durability %j",
    async (durability) => {
      const path = `${tempFolder()}/a.blob`;
      for (const mode of ["w", "a"]) {
        await using blob = await TensorBlob.open(path, mode, { ...wide, durability });
        await blob.write(numbered(300));
        await blob.write(numbered(2, 44));
        await blob.flush();
      }
      using blob = TensorBlobReader.openSync(path);
      const half = [...range(0, 300), 44, 45];
      expect(firstsOf(blob.readRangeSync(0, 604))).toEqual([...half, ...half]);
    },
  );
});

describe("memory of the caller's", () => {
  test("may be changed after the call, whether or not the blob is busy", async () => {
    const { place, all } = blobOf(3);
    const blob = await TensorBlob.open(place, "a");
    const tensor = numbered(300, 3);
    const free = blob.write(tensor);
    tensor.data.fill(255 as never);
    await free;
    const release = occupied(place);
    const other = numbered(300, 303);
    const small = numbered(1, 603);
    const waiting = [blob.write(other), blob.write(small)];
    other.data.fill(255 as never);
    small.data.fill(255 as never);
    setTimeout(release, 5);
    await Promise.all(waiting);
    await blob.close();
    expect(all()).toEqual(range(0, 604));
  });

  test("is written over what is there and behind it", async () => {
    const { place, all } = blobOf(300);
    const blob = await TensorBlob.open(place, "r+");
    blob.seek(200);
    const release = occupied(place);
    const tensor = numbered(400, 7);
    const written = blob.write(tensor);
    tensor.data.fill(255 as never);
    setTimeout(release, 5);
    expect(await written).toBe(400);
    expect(blob.tell()).toBe(600);
    await blob.close();
    expect(all()).toEqual([...range(0, 200), ...range(7, 407)]);
  });
});

describe("a change under way", () => {
  test("is not waited for in place", async () => {
    const { place, all } = blobOf(1);
    const blob = await TensorBlob.open(place, "a");
    const release = occupied(place);
    const written = blob.write(numbered(300, 1));
    expect(codeOf(() => blob.writeSync(numbered(300)))).toBe("NTH_LOCKED");
    expect(codeOf(() => blob.truncateSync(0))).toBe("NTH_LOCKED");
    // Nor does the refusal let anybody pass.
    expect(codeOf(() => blob.closeSync())).toBe("NTH_LOCKED");
    setTimeout(release, 5);
    await written;
    blob.writeSync(numbered(1, 301));
    blob.closeSync();
    expect(all()).toEqual(range(0, 302));
  });

  test("fails when the lock does not come free, and changes nothing", async () => {
    const { place, all } = blobOf(1);
    const blob = await TensorBlob.open(place, "a", { lockTimeoutMs: 5 });
    const release = occupied(place);
    await expect(blob.write(numbered(300, 1))).rejects.toMatchObject({ code: "NTH_LOCKED" });
    await expect(TensorBlob.open(place, "w", { lockTimeoutMs: 1 })).rejects.toMatchObject({
      code: "NTH_LOCKED",
    });
    release();
    expect(await blob.write(numbered(300, 1))).toBe(300);
    await blob.close();
    expect(all()).toEqual(range(0, 301));
  });
});

test("large writes of a blob and records of a writer share it", async () => {
  const { place, all } = blobOf(0);
  await using blob = await TensorBlob.open(place, "a");
  await using writer = await TensorBlobWriter.open(place, { mode: "append" });
  let count = 0;
  for (let round = 0; round < 4; round++) {
    await writer.append(numbered(1, count++));
    await blob.write(numbered(300, count));
    count += 300;
    await blob.write(numbered(2, count));
    count += 2;
  }
  expect(blob.length).toBe(count);
  expect(all()).toEqual(range(0, count));
});

test("another program's blob of another layout is not written to", async () => {
  const { place } = blobOf(3);
  const blob = await TensorBlob.open(place, "a");
  TensorBlob.openSync(place, "w", { dtype: "int16", shape: 3 }).closeSync();
  await expect(blob.write(numbered(300))).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
  blob.closeSync();
  using reader = TensorBlobReader.openSync(place);
  expect([reader.length, reader.layout.dtype]).toEqual([0, "int16"]);
});

test("small tensors that find no room stay gathered until there is some", () => {
  const store = new MemoryStore();
  let full = false;
  const faulty = new FaultStore(store, ({ op }) => (full && op === "write" ? 0 : undefined));
  const blob = TensorBlob.openSync({ store: faulty, name: "a" }, "w", wide);
  blob.writeSync(numbered(5));
  full = true;
  expect(codeOf(() => blob.flushSync())).toBe("NTH_IO_ERROR");
  // Many at once do not overtake them, and are not written.
  expect(codeOf(() => blob.writeSync(numbered(300)))).toBe("NTH_IO_ERROR");
  expect(blob.length).toBe(5);
  full = false;
  blob.writeSync(numbered(2, 5));
  blob.closeSync();
  using reader = TensorBlobReader.openSync({ store, name: "a" });
  expect(firstsOf(reader.readRangeSync(0, reader.length))).toEqual(range(0, 7));
});

test("blocks that a flush cannot bring to disk are given up", async () => {
  const { store, place } = blobOf(3);
  const files = store.listSync();
  let broken = false;
  const faulty = new FaultStore(store, ({ op }) => (broken && op === "flush" ? 0 : undefined));
  const blob = await TensorBlob.open({ store: faulty, name: "a" }, "a", { durability: "disk" });
  broken = true;
  await expect(blob.write(numbered(300, 3))).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
  expect(store.listSync().filter((name) => name.startsWith("a/"))).toEqual(
    files.filter((name) => name.startsWith("a/")),
  );
  broken = false;
  expect(await blob.write(numbered(300, 3))).toBe(300);
  await blob.close();
  using reader = TensorBlobReader.openSync(place);
  expect(firstsOf(reader.readRangeSync(0, 303))).toEqual(range(0, 303));
});
