import { describe, expect, test } from "vitest";
import {
  buildIndex,
  buildIndexSync,
  verifyIndex,
  verifyIndexSync,
} from "../../src/reader/index-maintenance.ts";
import { indexBytes, plainData, put, storeWith } from "../support/index-files.ts";
import { PlainReader } from "../support/plain-format.ts";

const sizes = Array.from({ length: 300 }, (_, i) => (i * 7) % 100);
const { data, offsets } = plainData(sizes);
const sound = indexBytes(offsets, data.length);

function written(store: ReturnType<typeof storeWith>, name = "data.idx"): number[] {
  const source = store.openSync(name);
  return [...source.readSync(0, source.size)];
}

function fresh(index?: Uint8Array) {
  const store = storeWith(new Uint8Array(0));
  put(store, "data", data);
  if (index !== undefined) put(store, "data.idx", index);
  return { store, entry: { store, name: "data" } };
}

describe("an index is built for data", () => {
  test("that have none, before it returns or later", async () => {
    const a = fresh();
    expect(await buildIndex(PlainReader, a.entry)).toBe(300);
    expect(written(a.store)).toEqual([...sound]);
    const b = fresh();
    expect(buildIndexSync(PlainReader, b.entry)).toBe(300);
    expect(written(b.store)).toEqual([...sound]);
  });

  test("anew where it is asked for, and with a magic of its own", async () => {
    const { store, entry } = fresh(sound);
    const seen: number[] = [];
    const onIndexRecord = (_: Uint8Array, index: number): void => {
      seen.push(index);
    };
    await buildIndex(PlainReader, entry, { onIndexRecord });
    expect(seen).toEqual([]);
    await buildIndex(PlainReader, entry, { onIndexRecord, anew: true });
    expect(seen).toEqual(offsets.map((_, i) => i));
    await buildIndex(PlainReader, entry, { magic: "MINE", index: { store, name: "other" } });
    expect(String.fromCharCode(...written(store, "other").slice(0, 4))).toBe("MINE");
    await expect(buildIndex(PlainReader, entry, { magic: "no" })).rejects.toBeInstanceOf(TypeError);
  });

  test("and fails where there is no place for it, or the signal has fired", async () => {
    await expect(buildIndex(PlainReader, data)).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
    const { entry } = fresh();
    const signal = AbortSignal.abort();
    await expect(buildIndex(PlainReader, entry, { signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
  });
});

describe("an index is verified against its data, and nothing is changed", () => {
  test("a sound one, at every level", async () => {
    const { store, entry } = fresh(sound);
    for (const level of ["quick", "sample", "full"] as const) {
      const report = await verifyIndex(PlainReader, entry, { level });
      expect(report).toMatchObject({ ok: true, level, records: 300 });
      expect(verifyIndexSync(PlainReader, entry, { level })).toEqual(report);
    }
    expect(store.listSync()).toEqual(["data", "data.idx"]);
  });

  test("one that lies", async () => {
    const wrong = indexBytes(
      offsets.map((offset, i) => (i === 150 ? offset + 1 : offset)),
      data.length,
    );
    const { store, entry } = fresh(wrong);
    const report = await verifyIndex(PlainReader, entry);
    expect(report.indexState).not.toBe(undefined);
    expect(written(store)).toEqual([...wrong]);
  });
});
