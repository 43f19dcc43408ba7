import { describe, expect, test } from "vitest";
import { MemorySource, type MemoryStore } from "../../src/index.ts";
import { PAGE_LENGTH } from "../../src/offsets/offset-table.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { type BlobFormat, disk, NAME, openWriter } from "../support/crash.ts";
import { asyncOnly } from "../support/fault-source.ts";

const COUNT = 2 * PAGE_LENGTH + 3;
const value = (i: number): Uint8Array => Uint8Array.of(i & 0xff, i >> 8);

function written(format: BlobFormat): MemoryStore {
  const store = disk();
  const writer = openWriter(format, store, { mode: "write" });
  // Records in front, so that pages end in the middle of a chunk.
  writer.extendSync([value(0), value(1)]);
  writer.commitSync();
  writer.extendSync(Array.from({ length: COUNT - 2 }, (_, i) => value(i + 2)));
  writer.closeSync();
  return store;
}

describe.each(Object.entries(blobFormats))(
  "%s records whose offsets come page by page",
  (_, format) => {
    const store = written(format);
    const entry = { store, name: NAME };
    const near = [0, 1, COUNT - 1];
    for (const border of [PAGE_LENGTH, 2 * PAGE_LENGTH]) {
      for (let i = border - 6; i < border + 3; i++) near.push(i);
    }

    test("are read one by one, each with no page at hand", async () => {
      for (const i of near) {
        const reader = format.Reader.openSync(entry, { offsets: "paged" });
        expect(reader.getSync(i), `record ${i}`).toEqual(value(i));
        reader.closeSync();
        const again = await format.Reader.open(entry, { offsets: "paged" });
        expect(await again.get(i), `record ${i}`).toEqual(value(i));
        await again.close();
      }
    });

    test("in batches, and in order", async () => {
      const reader = format.Reader.openSync(entry, { offsets: "paged" });
      expect(reader.getManySync(near)).toEqual(near.map(value));
      expect([...reader.slice(PAGE_LENGTH - 9, PAGE_LENGTH + 9)].length).toBe(18);
      reader.closeSync();
      const source = asyncOnly(
        new MemorySource(store.openSync(NAME).readSync(0, store.openSync(NAME).size)),
      );
      const index = { store, name: `${NAME}.idx` };
      const far = await format.Reader.open(source, { offsets: "paged", index, remoteScan: true });
      expect((await far.getMany(near)).map((each) => Uint8Array.from(each))).toEqual(
        near.map(value),
      );
      let i = 0;
      for await (const each of far) expect(Uint8Array.from(each)).toEqual(value(i++));
      expect(i).toBe(COUNT);
      await far.close();
    });
  },
);
