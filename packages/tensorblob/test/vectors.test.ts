import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { TensorBlobReader } from "../src/index.ts";

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly reads: {
    readonly len: number;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly records_hex: readonly string[];
    readonly values_flat?: readonly unknown[];
  };
}

const folder = fileURLToPath(new URL("vectors/tensorblob/", import.meta.url));
const { cases } = JSON.parse(readFileSync(`${folder}manifest.json`, "utf8")) as {
  readonly cases: readonly Case[];
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("blobs of the original", () => {
  const blobs = cases.filter(({ kind }) => kind === "tensorblob");

  test("are all here", () => {
    expect(blobs.length).toBe(30);
  });

  test.each(blobs)("$name reads as the original reads it", async ({ name, reads }) => {
    await using reader = await TensorBlobReader.open(folder + name);
    expect(reader.length).toBe(reads.len);
    expect(reader.layout).toMatchObject({ dtype: reads.dtype, shape: reads.shape });
    const tensors = await reader.getMany(Array.from({ length: reads.len }, (_, i) => i));
    expect(tensors.map(({ bytes }) => hex(bytes))).toEqual(reads.records_hex);
    expect([...reader].map(({ bytes }) => hex(bytes))).toEqual(reads.records_hex);
    const all = await reader.verify({ level: "full" });
    expect(all).toMatchObject({ ok: true, records: reads.len });
  });
});
