import { copyFileSync, existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { shortLines } from "../data/generate.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecordAsync } from "../harness/clock.ts";

const RECORDS = 10_000_000;

/** Opening a large file whose index is sound. */
export const open: BenchCase = {
  name: "open",
  title: "open 10 million records whose index is sound, read one",
  unit: "ms",

  async prepare({ cache }): Promise<Prepared> {
    const plain = await indexed(cache);
    const sealed = await sealedCopy(plain, join(cache, `sealed-${RECORDS}.jsonl`));
    const variants = [opening("no seal, paged", plain), opening("seal, paged", sealed)];
    return {
      variants,
      goals: variants.map(({ name }) => ({ variant: name, atMost: 20 })),
      close() {},
    };
  },
};

/** What the offsets of an open file take. */
export const memory: BenchCase = {
  name: "memory",
  title: "memory per record of 10 million, offsets resident",
  unit: "B/record",

  async prepare({ cache }): Promise<Prepared> {
    const path = await indexed(cache);
    const round = async (offsets: "resident" | "paged"): Promise<number> => {
      const before = used();
      await using reader = await JsonlReader.open(path, { offsets });
      await reader.get(reader.length - 1);
      return (used() - before) / reader.length;
    };
    return {
      variants: [
        { name: "resident", role: "ours", round: () => round("resident") },
        { name: "paged", role: "ours", round: () => round("paged") },
      ],
      // Half a percent for the table's own objects.
      goals: [{ variant: "resident", atMost: 8.04 }],
      close() {},
    };
  },
};

function opening(name: string, path: string): Variant {
  return {
    name,
    role: "ours",
    round: async () =>
      (await nsPerRecordAsync(1, async () => {
        await using reader = await JsonlReader.open<{ i: number }>(path, {
          offsets: "paged",
          onStaleIndex: "throw",
        });
        const record = await reader.get(RECORDS >> 1);
        if (record.i !== RECORDS >> 1) throw new Error("a record was misread");
      })) / 1e6,
  };
}

/** The file with its index beside it. */
async function indexed(cache: string): Promise<string> {
  const path = shortLines(cache, RECORDS);
  await (await JsonlReader.open(path)).close();
  return path;
}

/** A copy that one of our writers has had open, so that a seal vouches for its index. */
async function sealedCopy(path: string, sealed: string): Promise<string> {
  if (existsSync(sealed)) return sealed;
  const part = `${sealed}.part`;
  copyFileSync(path, part);
  renameSync(part, sealed);
  await (await JsonlWriter.open(sealed, { mode: "append" })).close();
  return sealed;
}

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
