import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Loss } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { fileOf, filled, prints, walk } from "./support/frames.ts";
import { property } from "./support/seed.ts";
import { tempFile } from "./support/temp.ts";

const list = [filled(10, 1), filled(2_000_000, 2), filled(0), filled(20, 3), filled(5, 4)];
const file = fileOf(list);
const offsets = [...walk(file), file.length];

function damagedAt(...places: number[]): Uint8Array {
  const copy = file.slice();
  for (const at of places) copy[at] = (copy[at] as number) ^ 0x55;
  return copy;
}

/** What a reader that passes over damage has, by every way. */
async function skipping(
  data: Uint8Array,
  checksums?: "payload",
): Promise<{ records: string[]; losses: readonly Loss[] }> {
  const heard: Loss[] = [];
  const onLoss = (loss: Loss): void => void heard.push(loss);
  using reader = TFRecordReader.openSync(data, { damage: "skip", checksums, onLoss });
  expect(heard).toStrictEqual(reader.losses);
  const records = prints(reader);
  await using later = await TFRecordReader.open(new Blob([new Uint8Array(data)]), {
    damage: "skip",
    checksums,
  });
  expect(prints(await later.getMany(Array.from(records.keys())))).toStrictEqual(records);
  expect(later.losses).toStrictEqual(heard);
  expect(reader.verifySync({ level: "full" }).ok).toBe(true);
  return { records, losses: reader.losses };
}

describe('damage: "skip"', () => {
  test.each([0, 1, 2, 3, 4])("numbers the records around a damaged length of %i", async (i) => {
    const { records, losses } = await skipping(damagedAt((offsets[i] as number) + 2));
    expect(records).toStrictEqual(prints(list.filter((_, k) => k !== i)));
    expect(losses).toMatchObject([{ start: offsets[i], end: offsets[i + 1] }]);
  });

  test.each([0, 1, 3, 4])("and around a damaged payload of %i, if all are looked at", async (i) => {
    const data = damagedAt((offsets[i] as number) + 14);
    const { records, losses } = await skipping(data, "payload");
    expect(records).toStrictEqual(prints(list.filter((_, k) => k !== i)));
    const [start, end] = [offsets[i], offsets[i + 1]];
    expect(losses).toStrictEqual([{ start, end, reason: "its payload does not fit its checksum" }]);
    using reader = TFRecordReader.openSync(data, { damage: "skip" });
    expect([reader.length, reader.losses.length]).toStrictEqual([list.length, 0]);
    expect(() => reader.getSync(i)).toThrow(expect.objectContaining({ code: "NTH_CORRUPTION" }));
  });

  test("takes nothing out of a damaged record that holds records", async () => {
    const nested = fileOf([filled(3, 1), file, filled(4, 2)]);
    nested[19 + 12 + 50] = 0xee;
    const { records } = await skipping(nested, "payload");
    expect(records).toStrictEqual(prints([filled(3, 1), filled(4, 2)]));
  });

  test("several damaged records in a row are several losses", async () => {
    const rows = fileOf([filled(3, 1), filled(3, 2), filled(3, 3), filled(3, 4)]);
    rows[19 + 13] = 0xee;
    rows[38 + 13] = 0xee;
    const { records, losses } = await skipping(rows, "payload");
    expect(records).toStrictEqual(prints([filled(3, 1), filled(3, 4)]));
    expect(losses).toMatchObject([
      { start: 19, end: 38 },
      { start: 38, end: 57 },
    ]);
  });

  test("reports a torn end, whatever tail says, and keeps no index", async () => {
    const path = tempFile(file.subarray(0, -1));
    await using reader = await TFRecordReader.open(path, { damage: "skip" });
    expect(reader.length).toBe(4);
    expect(reader.losses).toMatchObject([{ start: offsets[4], end: file.length - 1 }]);
    expect(readdirSync(join(path, ".."))).toStrictEqual(["data.tfrecord"]);
  });

  test("a sound file has no losses", async () => {
    expect(await skipping(file)).toStrictEqual({ records: prints(list), losses: [] });
    expect(await skipping(new Uint8Array(0))).toStrictEqual({ records: [], losses: [] });
    expect(() => TFRecordReader.openSync(file, { damage: "all" as "skip" })).toThrow(TypeError);
  });

  test("reads what a repair keeps", async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((value) => fileOf([value])),
      fc.uint8Array({ maxLength: 30 }),
    );
    const files = fc
      .array(part, { maxLength: 10 })
      .map((parts) => new Uint8Array(Buffer.concat(parts)));
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), fc.nat(255), async (data, place, flip) => {
        if (data.length > 0) data[place % data.length] = flip;
        const { records, losses } = await skipping(data, "payload");
        const path = tempFile(data);
        const to = `${path}.repaired`;
        const report = await TFRecordWriter.repair(path, { to });
        using repaired = TFRecordReader.openSync(to);
        expect(records).toStrictEqual(prints(repaired));
        expect(losses.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(report.lostBytes);
      }),
      { ...property, numRuns: property.numRuns / 4 },
    );
  });
});
