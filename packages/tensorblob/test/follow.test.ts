import { MemoryStore } from "@nthrec/core";
import { expect, test } from "vitest";
import { TensorBlobReader, TensorBlobWriter } from "../src/index.ts";

// What replaces a blob removes its blocks, also those that a follower has not read yet.

const shape = [65_536];

function write(store: MemoryStore, numbers: readonly number[]): void {
  const options = { dtype: "float32", shape, blockSize: 1, mode: "write" } as const;
  using writer = TensorBlobWriter.openSync({ store, name: "blob" }, options);
  for (const number of numbers)
    writer.appendSync(new Float32Array(shape[0] as number).fill(number));
}

async function followed(onReplaced: "error" | "restart"): Promise<number[]> {
  const store = new MemoryStore();
  write(
    store,
    Array.from({ length: 40 }, (_, i) => i),
  );
  await using reader = await TensorBlobReader.open({ store, name: "blob" });
  const seen: number[] = [];
  for await (const tensor of reader.follow({ from: 0, onReplaced })) {
    seen.push((tensor.data as Float32Array)[0] as number);
    if (seen.length === 1) write(store, [100, 101]);
    if (seen.at(-1) === 101) break;
  }
  return seen;
}

test("a follower whose blob is replaced under the tensors it delivers starts over", async () => {
  const seen = await followed("restart");
  const before = seen.slice(0, -2);
  expect(seen.slice(-2)).toEqual([100, 101]);
  expect(before).toEqual([...before.keys()]);
  expect(before.length).toBeLessThan(40);
});

test("or ends with a code", async () => {
  await expect(followed("error")).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
});
