import { isNthrecError, MemorySource, MemoryStore } from "@nthrec/core";
import { sourceCases } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { BlockCache } from "../src/folder/block-cache.ts";
import { decodeBlockList } from "../src/folder/block-list.ts";
import { type Blocks, BlocksSource, SyncBlocksSource } from "../src/folder/blocks-source.ts";
import { confOf } from "../src/folder/conf.ts";
import { encodeStat, uuid } from "../src/folder/stat.ts";
import { TensorBlob, TensorBlobReader } from "../src/index.ts";
import { layoutOf } from "../src/values/layout.ts";
import { codeOf } from "./support/blobs.ts";

const HEADER = 7;
const BLOCK = 1009;

/** Bytes as a header and blocks, whose last one is longer than its tensors. */
function blocksOf(bytes: Uint8Array): Blocks {
  const body = bytes.subarray(HEADER);
  const openSync = (number: number): MemorySource => {
    const block = new Uint8Array(BLOCK + 1);
    block.set(body.subarray(number * BLOCK, (number + 1) * BLOCK));
    return new MemorySource(block);
  };
  const cache = new BlockCache({ openSync, open: async (number) => openSync(number) }, 8);
  const header = bytes.subarray(0, HEADER);
  return { name: "blocks", header, bytes: body.length, blockBytes: BLOCK, cache };
}

describe("blocks as one source", () => {
  for (const { name, run } of sourceCases(async (bytes) => new BlocksSource(blocksOf(bytes)))) {
    test(`asynchronous: ${name}`, run);
  }
  for (const { name, run } of sourceCases(async (bytes) => new SyncBlocksSource(blocksOf(bytes)))) {
    test(`synchronous: ${name}`, run);
  }
  test("a block in use is not closed by another one that is opened", async () => {
    const source = new SyncBlocksSource(blocksOf(Uint8Array.from({ length: 20_000 }, (_, i) => i)));
    const pieces = [0, 2000, 6000, 10_000, 14_000].map((start) => source.read(start, start + 5000));
    expect(source.readSync(15_000, 15_010)).toEqual(
      Uint8Array.from({ length: 10 }, (_, i) => 15_000 + i),
    );
    for (const [i, piece] of (await Promise.all(pieces)).entries()) {
      expect(piece[0]).toBe(([0, 2000, 6000, 10_000, 14_000][i] as number) % 256);
    }
    await source.close();
    expect(codeOf(() => source.readSync(0, 1))).toBe("NTH_NOT_OPEN");
  });
});

describe("many names of blocks", () => {
  const conf = confOf(layoutOf("int8", []), 2);
  const names = Array.from({ length: 70 }, uuid);
  const whole = encodeStat({ length: 139, blocks: names });
  const list = (bytes: Uint8Array) => decodeBlockList(bytes, conf, ".stat");
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

  test("are read when they are needed", () => {
    const { length, nameOf } = list(whole);
    expect(length).toBe(139);
    expect(names.map((_, i) => nameOf(i))).toEqual(names);
  });
  test("in another form are read at once", () => {
    const { length, nameOf } = list(bytesOf(JSON.stringify(JSON.parse(text(whole)), null, 1)));
    expect([length, nameOf(69)]).toEqual([139, names[69]]);
    const other = names.map((name) => `x${name}`);
    expect(list(encodeStat({ length: 1, blocks: other })).nameOf(3)).toBe(other[3]);
  });
  test("that are not enough are refused", () => {
    expect(codeOf(() => list(encodeStat({ length: 141, blocks: names })))).toBe("NTH_CORRUPTION");
  });
  test("that are there twice are refused where they are touched, and after some touches everywhere", () => {
    const twice = encodeStat({ length: 3, blocks: [...names, names[7] as string] });
    const touched = list(twice);
    for (const number of [7, 70, 7]) {
      expect(codeOf(() => touched.nameOf(number))).toBe("NTH_CORRUPTION");
    }
    expect(touched.nameOf(8)).toBe(names[8]);
    const later = list(twice);
    const codes = names.map((_, i) => codeOf(() => later.nameOf(i)));
    expect(codes).toEqual(names.map((_, i) => (i < 7 ? undefined : "NTH_CORRUPTION")));
  });
  test("of which two begin alike are told apart", () => {
    const alike = `${names[0]?.slice(0, 8)}${names[1]?.slice(8)}`;
    const all = [...names, alike];
    const { nameOf } = list(encodeStat({ length: 3, blocks: all }));
    expect(nameOf(70)).toBe(alike);
    expect(all.map((_, i) => nameOf(i))).toEqual(all);
  });
  test("beside letters of more than one byte are found all the same", () => {
    const strange = [...names];
    // As many bytes as a name.
    strange[0] = `é${names[0]?.slice(2)}`;
    const { nameOf } = list(encodeStat({ length: 3, blocks: strange }));
    expect(nameOf(5)).toBe(names[5]);
    expect(codeOf(() => nameOf(0))).toBe("NTH_CORRUPTION");
  });
  test("cut or changed anywhere are an error or another name, and nothing else is thrown", () => {
    for (let length = 0; length < whole.length; length += 1 + (length % 7)) {
      expect(codeOf(() => list(whole.subarray(0, length)))).toBe("NTH_CORRUPTION");
    }
    for (let at = 0; at < whole.length; at += 1 + (at % 5)) {
      const changed = whole.slice();
      changed[at] = (changed[at] as number) ^ 0x21;
      try {
        const { length, nameOf } = list(changed);
        expect(length).toBeLessThanOrEqual(140);
        for (let number = 0; number < names.length; number++) {
          // A name is a file of this folder, whatever is in the state.
          expect(nameOf(number)).not.toMatch(/[/\\\0]|^\./);
        }
      } catch (error) {
        expect(isNthrecError(error, "NTH_CORRUPTION")).toBe(true);
      }
    }
  });
  test("are those of a blob, whose missing block is said by its tensors", () => {
    const store = new MemoryStore();
    const place = { store, name: "a" };
    const blob = TensorBlob.openSync(place, "w", { dtype: "uint8", shape: [], blockSize: 2 });
    blob.writeSync(Uint8Array.from({ length: 255 }, (_, i) => i));
    blob.closeSync();
    using reader = TensorBlobReader.openSync(place);
    expect([...reader.readRangeSync(0, 255).data].map(Number)).toEqual(
      Array.from({ length: 255 }, (_, i) => i),
    );
    const stat = store.openSync("a/.stat");
    const { bds } = JSON.parse(text(stat.readSync(0, stat.size))) as { bds: string[] };
    store.removeSync(`a/${bds[40]}`);
    using again = TensorBlobReader.openSync(place, { maxCachedBlocks: 1 });
    expect(() => again.getSync(81)).toThrow(/tensors 80 to 81/);
    expect(again.getSync(82).data[0]).toBe(82);
  });
});
