import { describe, expect, test } from "vitest";
import type { LiveStore, SyncByteSource } from "../../src/index.ts";
import { blobs } from "../support/blobs.ts";
import { CountedReader, CountedWriter } from "../support/counted-format.ts";
import { type BlobFormat, disk, NAME, openWriter } from "../support/crash.ts";
import { FootedReader, FootedWriter } from "../support/footed-format.ts";

/** A store in which a writer gets in before the first reads of each source of the data, `times` times in all. */
function busy(store: LiveStore, times: number, write: () => void): LiveStore {
  let left = times;
  const held = (source: SyncByteSource): SyncByteSource =>
    new Proxy(source, {
      get(target, key) {
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        if (/^read/.test(String(key)) && left-- > 0) write();
        return value.bind(target);
      },
    });
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key !== "openSync") return value.bind(target);
      return (name: string) => {
        const source = target.openSync(name);
        return name === NAME ? held(source) : source;
      };
    },
  });
}

const formats: { name: string; format: BlobFormat }[] = [
  { name: "counted", format: { Reader: CountedReader, Writer: CountedWriter } },
  { name: "footed", format: { Reader: FootedReader, Writer: FootedWriter } },
];

describe.each(formats)("$name", ({ format }) => {
  test("what is outside of the records belongs to the same commit as they", async () => {
    for (const times of [1, 2, 7]) {
      const store = disk();
      const writer = openWriter(format, store, { mode: "append" });
      writer.extendSync(blobs(1, 30, 5));
      const place = {
        store: busy(store, times, () => writer.appendSync(Uint8Array.of(9))),
        name: NAME,
      };
      const reader = (await format.Reader.open(place)) as unknown as FootedReader;
      expect(reader.length).toBeGreaterThan(3);
      expect(reader.count).toBe(reader.length);
      expect([...reader].length).toBe(reader.length);
      reader.closeSync();
      writer.closeSync();
    }
  });

  test("a footer that moves is not followed as a record", async () => {
    const store = disk();
    const writer = openWriter(format, store, { mode: "append" });
    writer.appendSync(Uint8Array.of(1));
    let number = 1;
    const write = (): void => {
      writer.appendSync(Uint8Array.of(++number));
    };
    const reader = await format.Reader.open({ store: busy(store, 40, write), name: NAME });
    const seen: number[] = [];
    for await (const record of reader.follow({ from: 0, pollMs: 1 })) {
      seen.push((record as Uint8Array)[0] as number);
      if (seen.length === 20) break;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    await reader.close();
    writer.closeSync();
  });
});
