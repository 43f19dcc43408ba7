import { openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BlobSource } from "../../src/source/blob-source.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

describeSource("a blob", {
  open: async (bytes) => new BlobSource(new Blob([bytes as Uint8Array<ArrayBuffer>])),
});

/** A blob whose slices end as told. */
function blobOf(arrayBuffer: () => Promise<ArrayBuffer>): Blob {
  return { size: 100, slice: () => ({ arrayBuffer }) } as unknown as Blob;
}

describe("a blob", () => {
  test("is called by its file's name, or as told", () => {
    expect(new BlobSource(new Blob([])).name).toBe("blob");
    expect(new BlobSource(new File([], "a.jsonl")).name).toBe("a.jsonl");
    expect(new BlobSource(new File([], "a.jsonl"), { name: "b" }).name).toBe("b");
  });

  test.each(["NotReadableError", "NotFoundError"])("that ends in %s has changed", async (name) => {
    const cause = new DOMException("no", name);
    const source = new BlobSource(
      blobOf(() => Promise.reject(cause)),
      { name: "x" },
    );
    await expect(source.read(4, 8)).rejects.toMatchObject({
      code: "NTH_SOURCE_CHANGED",
      source: "x",
      offset: 4,
      cause,
    });
  });

  test.each([new Error("no"), null, "no"])(
    "that fails otherwise (%s) is an I/O error",
    async (cause) => {
      const source = new BlobSource(blobOf(() => Promise.reject(cause)));
      const error = { code: "NTH_IO_ERROR", offset: 4 };
      await expect(source.read(4, 8)).rejects.toMatchObject(error);
      await expect(source.read(4, 8)).rejects.toHaveProperty("cause", cause);
    },
  );

  test("that gives fewer bytes is short, never padded", async () => {
    const source = new BlobSource(blobOf(async () => new ArrayBuffer(3)));
    await expect(source.read(4, 8)).rejects.toMatchObject({ code: "NTH_SHORT_READ", offset: 4 });
  });

  test("that hangs can be left by a signal", async () => {
    const source = new BlobSource(blobOf(() => new Promise(() => undefined)));
    const controller = new AbortController();
    const read = source.read(0, 8, { signal: controller.signal });
    controller.abort("enough");
    await expect(read).rejects.toMatchObject({ code: "NTH_ABORTED", cause: "enough" });
  });

  test("of a file that was rewritten has changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nthrec-blob-"));
    try {
      const path = join(folder, "a.bin");
      await writeFile(path, sampleBytes(1000));
      const source = new BlobSource(await openAsBlob(path));
      expect(await source.read(10, 20)).toEqual(sampleBytes(1000).slice(10, 20));
      await writeFile(path, sampleBytes(500));
      await expect(source.read(10, 20)).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
