import fc from "fast-check";
import { expect, test } from "vitest";
import { TFRecordReader } from "../src/index.ts";
import { fileOf, filled } from "./support/frames.ts";
import { outcomeOf } from "./support/outcome.ts";
import { property } from "./support/seed.ts";
import { tempFile } from "./support/temp.ts";

/** Sizes on both sides of the one from which heads are read by themselves. */
const size = fc.oneof(
  fc.nat(200),
  fc.integer({ min: 16_300, max: 16_500 }),
  fc.integer({ min: 30_000, max: 90_000 }),
  fc.constant(1024 * 1024 + 5),
);

const harm = fc.record({
  kind: fc.constantFrom("none", "cut", "flip"),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
});

function harmed(file: Uint8Array, { kind, place }: { kind: string; place: number }): Uint8Array {
  const at = Math.floor(place * file.length);
  if (kind === "cut") return file.slice(0, at);
  const copy = file.slice();
  if (kind === "flip" && at < copy.length) copy[at] = (copy[at] as number) ^ 0x20;
  return copy;
}

/** Where records begin, or how looking for them fails. */
async function starts(data: string | Blob): Promise<unknown> {
  try {
    const options = { index: "memory", tail: "ignore" } as const;
    await using reader = await TFRecordReader.open(data, options);
    const places = Array.from({ length: reader.length }, (_, i) => reader.locate(i));
    return (await Promise.all(places)).map(({ start }) => start);
  } catch (error) {
    const { code, offset } = error as { code?: string; offset?: number };
    if (code === undefined) throw error;
    return { code, offset };
  }
}

test("from head to head the same records and the same damage are found as in windows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { maxLength: 40 }),
      fc.array(harm, { maxLength: 8 }),
      async (sizes, harms) => {
        const sound = fileOf(sizes.map((length, i) => filled(length, i)));
        for (const each of [{ kind: "none", place: 0 }, ...harms]) {
          const bytes = harmed(sound, each);
          expect(await starts(tempFile(bytes))).toStrictEqual(
            await starts(new Blob([bytes as BlobPart])),
          );
        }
      },
    ),
    { ...property, numRuns: 25 },
  );
});

test("a long chain of heads is walked in the thread pool, too", async () => {
  const file = fileOf(Array.from({ length: 700 }, (_, i) => filled(17_000, i)));
  const path = tempFile(file);
  for (const io of ["pool", "inline", "adaptive"] as const) {
    await using reader = await TFRecordReader.open(path, { index: "memory", io });
    expect(reader.length).toBe(700);
    const { records } = await outcomeOf(reader.slice(698).values());
    expect(records).toStrictEqual([filled(17_000, 698), filled(17_000, 699)]);
  }
});
