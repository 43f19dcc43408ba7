import { MemoryStore } from "@nthrec/core";
import { formatCases } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { type Tensor, TensorBlobReader, TensorBlobWriter } from "../src/index.ts";
import { BlobFiles } from "./support/blob-files.ts";
import { codeOf } from "./support/blobs.ts";
import { matrices } from "./support/matrices.ts";

/** Fewer than the values, so that every case has several blocks, and a last one that is not full. */
const blockSize = 3;
const { values } = matrices;
const writerOptions = { ...matrices.writerOptions, blockSize } as const;

const format = {
  ...matrices,
  Reader: TensorBlobReader,
  Writer: TensorBlobWriter,
  lacks: ["index", "repair"],
  view: (store: never) => new BlobFiles(store, blockSize),
  unchecked: (offset: number) => (offset >= 64 ? "record" : false),
  writerOptions,
} as const;

/** Laws about a file whose last bytes are missing. A blob's length is in its `.stat`, and its end is nobody's tail. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'law 4: tail "ignore" reads every whole record before the cut':
    "a tensor that its block lost stays counted, and reading it says that it is lost",
  'law 4: tail "error" notices a cut inside a record':
    "blocks are opened when they are read, so that the tensor tells, not the opening",
  "law 4: append after the cut keeps what was whole":
    "a blob has no torn end that could be moved out of the way: see the law below",
  "law 4: append behind another program's torn bytes keeps what was committed":
    "bytes behind the last tensor that .stat counts are not in the blob",
};

// In memory and on disk: over the other places a folder is none.
describe.each(places.slice(0, 2))("a folder of blocks over $name", (place) => {
  const cases = formatCases(format as never, { place });
  for (const { name, run } of cases) {
    const reason = LEFT_OUT[name];
    if (reason === undefined) test(name, run, 60_000);
    // Where such a law holds after all, it is to be kept from then on.
    else test(`left out, for ${reason}: ${name}`, () => expect(run()).rejects.toThrow(name));
  }

  test("what is left out are laws of the kit", () => {
    const names = cases.map(({ name }) => name);
    expect(Object.keys(LEFT_OUT).filter((name) => !names.includes(name))).toEqual([]);
  });
});

test("append behind a block that was cut at any byte never passes a lost tensor off as another one", () => {
  const all = [...values, values[0] as Tensor];
  const added = values[2] as Tensor;
  const whole = new BlobFiles(new MemoryStore(), blockSize);
  write(whole.outer as MemoryStore, "write", all);
  const source = whole.openSync("blob");
  const bytes = source.readSync(0, source.size);
  for (let cut = 64; cut <= bytes.length; cut++) {
    const store = new MemoryStore();
    write(store, "write", all);
    const file = new BlobFiles(store, blockSize).editSync("blob");
    file.truncateSync(cut);
    file.closeSync();
    const kept = Math.floor((cut - 64) / 24);
    const refused = codeOf(() => write(store, "append", [added]));
    using reader = TensorBlobReader.openSync({ store, name: "blob" });
    const count = refused === undefined ? all.length + 1 : all.length;
    expect(reader.length, `cut after byte ${cut}`).toBe(count);
    for (let i = 0; i < count; i++) {
      const what = `tensor ${i}, the blocks cut after byte ${cut}`;
      const expected = i < kept ? all[i] : i === all.length ? added : undefined;
      const found = read(reader, i);
      // The other tensors of a block that is short are lost with it.
      if (typeof found === "string") expect(found, what).toMatch(/^NTH_/);
      else expect(found, what).toEqual(expected?.bytes);
    }
  }
});

/** The bytes of a tensor, or the code that reading it ends with. */
function read(reader: TensorBlobReader, index: number): Uint8Array | string {
  let bytes: Uint8Array | undefined;
  const code = codeOf(() => {
    bytes = reader.getSync(index).bytes;
  });
  return code ?? (bytes as Uint8Array);
}

function write(store: MemoryStore, mode: "write" | "append", tensors: readonly Tensor[]): void {
  using writer = TensorBlobWriter.openSync({ store, name: "blob" }, { ...writerOptions, mode });
  for (const each of tensors) writer.appendSync(each);
}
