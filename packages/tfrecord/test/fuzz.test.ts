import { isNthrecError, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskedCrcOfLength } from "../src/crc32c/masked-crc.ts";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { fileOf } from "./support/frames.ts";
import { property } from "./support/seed.ts";

const checksums = fc.constantFrom("none", "frame", "payload", undefined);
const tail = fc.constantFrom("error", "ignore", undefined);
const small = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });

/** Heads as they should not be: any length, with a checksum that fits or does not. */
const head = fc
  .tuple(
    fc.oneof(fc.nat(100), fc.nat(0xffffffff)),
    fc.oneof(fc.constant(0), fc.nat(0xffffffff)),
    fc.boolean(),
  )
  .map(([low, high, fits]) => {
    const bytes = new Uint8Array(12);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, low, true);
    view.setUint32(4, high, true);
    view.setUint32(8, fits ? maskedCrcOfLength(low, high) : low ^ high, true);
    return bytes;
  });

const file = fc
  .array(
    fc.oneof(
      small.map(fileOf),
      head,
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(40).map((n) => new Uint8Array(n)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

/** Reads what can be read; anything but a coded error fails the test. */
function readWhatCan(data: Uint8Array, options: object): Uint8Array[] {
  const records: Uint8Array[] = [];
  try {
    using reader = TFRecordReader.openSync(data, options);
    for (let i = 0; i < reader.length; i++) {
      try {
        records.push(reader.getSync(i));
      } catch (error) {
        if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
      }
    }
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED", "NTH_NOT_SUPPORTED")) throw error;
  }
  return records;
}

describe("any bytes", () => {
  test("are read or refused with a code, and give no more than they hold", () => {
    fc.assert(
      fc.property(file, checksums, tail, (data, level, policy) => {
        const records = readWhatCan(data, { checksums: level, tail: policy });
        const held = records.reduce((sum, { length }) => sum + length + 16, 0);
        expect(held).toBeLessThanOrEqual(data.length);
      }),
      { ...property, numRuns: property.numRuns * 3 },
    );
  });

  test("are repaired to a file that is sound", async () => {
    await fc.assert(
      fc.asyncProperty(file, async (data) => {
        const store = new MemoryStore({ entries: [["a", data]] });
        const to = { store, name: "b" };
        const report = await TFRecordWriter.repair({ store, name: "a" }, { to });
        using reader = TFRecordReader.openSync(to, { checksums: "payload" });
        expect(reader.length).toBe(report.kept);
        expect(store.openSync("b").size + report.lostBytes).toBe(data.length);
      }),
      property,
    );
  });
});

test("a changed byte is noticed, or the record is as it was", () => {
  fc.assert(
    fc.property(small, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, place, change) => {
      fc.pre(records.length > 0);
      const data = fileOf(records);
      const at = place % data.length;
      data[at] = (data[at] as number) ^ change;
      const known = new Set(records.map(String));
      for (const record of readWhatCan(data, {})) expect(known).toContain(String(record));
    }),
    property,
  );
});

test("what was written is read back, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 }),
      async (records) => {
        const data = fileOf(records);
        using reader = TFRecordReader.openSync(data, { checksums: "payload" });
        expect([...reader]).toStrictEqual(records);
        await using later = await TFRecordReader.open(new Blob([new Uint8Array(data)]));
        expect(await later.getMany(records.keys())).toStrictEqual(records);
      },
    ),
    property,
  );
});
