import { MemoryStore, type RepairReport } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { bytesIn, fileOf, filled, print, prints, walk } from "./support/frames.ts";
import { property } from "./support/seed.ts";

/** Repairs a file; answers the report and the records that are left. */
async function repaired(file: Uint8Array): Promise<{ report: RepairReport; records: string[] }> {
  const store = new MemoryStore({ entries: [["a", file]] });
  const to = { store, name: "b" };
  const report = await TFRecordWriter.repair({ store, name: "a" }, { to });
  expect(print(bytesIn(store, "a"))).toBe(print(file));
  using reader = TFRecordReader.openSync(to);
  expect(reader.verifySync({ level: "full" }).ok).toBe(true);
  return { report, records: prints(reader) };
}

const records = [filled(10, 1), filled(3_000_000, 2), filled(0), filled(20, 3), filled(5, 4)];
const file = fileOf(records);
const offsets = walk(file);

function damaged(at: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

describe("repair", () => {
  test("costs a damaged payload its record, and no other", async () => {
    const start = offsets[1] as number;
    const { report, records: left } = await repaired(damaged(start + 100, 9));
    expect(left).toStrictEqual(prints(records.filter((_, i) => i !== 1)));
    expect(report).toMatchObject({ kept: 4, lostPlaces: 1 });
    expect(report.losses[0]).toMatchObject({ start, end: offsets[2] });
  });

  test.each([0, 1, 2, 3])(
    "finds the next record behind a damaged length of record %i",
    async (i) => {
      const start = offsets[i] as number;
      for (const byte of [0, 7, 8]) {
        const { report, records: left } = await repaired(damaged(start + byte, 0xee));
        expect(left).toStrictEqual(prints(records.filter((_, k) => k !== i)));
        expect(report).toMatchObject({ kept: 4, lostPlaces: 1 });
        expect(report.losses[0]).toMatchObject({ start, end: offsets[i + 1] });
      }
    },
  );

  test("gets past a head that promises more than the file has", async () => {
    const torn = file.slice(0, (offsets[1] as number) + 500);
    const { report, records: left } = await repaired(
      new Uint8Array([...torn, ...fileOf([filled(30, 8), filled(40, 9)])]),
    );
    expect(left).toStrictEqual(prints([filled(10, 1), filled(30, 8), filled(40, 9)]));
    expect(report).toMatchObject({ lostBytes: 500, lostPlaces: 1 });
  });

  test("passes over what looks like a head and has no payload that fits", async () => {
    const fake = fileOf([filled(7, 5)]);
    fake[14] = 0xff;
    const noise = new Uint8Array(20).fill(0xdd);
    const { records: left } = await repaired(new Uint8Array([...noise, ...fake, ...file]));
    expect(left).toStrictEqual(prints(records));
  });

  test("keeps what is sound of any file with holes and junk in it", async () => {
    const part = fc.oneof(
      { weight: 3, arbitrary: fc.uint8Array({ maxLength: 60 }).map((value) => ({ value })) },
      // No head fits these: the first bytes alone are a length of 2^56 and more.
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }).map((junk) => ({ junk })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const bytes = parts.flatMap((each) =>
          "junk" in each ? [...filled(each.junk, 0xfe)] : [...fileOf([each.value])],
        );
        const { records: left } = await repaired(Uint8Array.from(bytes));
        expect(left).toStrictEqual(
          prints(parts.flatMap((each) => ("value" in each ? [each.value] : []))),
        );
      }),
      { ...property, numRuns: property.numRuns / 2 },
    );
  });

  test("in place keeps the damaged file as a backup", async () => {
    const store = new MemoryStore({ entries: [["a", damaged(3, 1)]] });
    const report = await TFRecordWriter.repair({ store, name: "a" }, { inPlace: true });
    expect(report).toMatchObject({ kept: 4, backup: "a.bak" });
    expect(print(bytesIn(store, "a"))).toBe(print(fileOf(records.slice(1))));
  });
});
