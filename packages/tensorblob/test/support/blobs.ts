import { TensorBlob, type TensorBlobOptions } from "../../src/index.ts";

/** Layout of most blobs of the tests: rows of two numbers, three in a block. */
export const pairs = { dtype: "float32", shape: [2], blockSize: 3 } as const;

/** Rows `[i, -i]` for `i` in `[from, from + count)`, flat. */
export function rows(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => [from + i, 0 - from - i]).flat();
}

/** First numbers of the rows of a batch. */
export function firsts(batch: { values(): (number | bigint | boolean)[] } | null): unknown[] {
  return (batch?.values() ?? []).filter((_, i) => i % 2 === 0);
}

/** Makes a blob of `count` rows. */
export function blobOf(path: string, count: number, options: TensorBlobOptions = pairs): string {
  using blob = TensorBlob.openSync(path, "w", options);
  blob.writeSync(rows(count));
  return path;
}

/** All first numbers of a blob. */
export function contents(path: string): unknown[] {
  using blob = TensorBlob.openSync(path);
  return firsts(blob.readSync());
}

/** The code of what `work` throws, or its class where it has none. */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const { code, name } = error as { code?: string; name: string };
    return code ?? name;
  }
}
