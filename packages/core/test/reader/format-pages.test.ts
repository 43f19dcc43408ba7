import { expect, test } from "vitest";
import {
  BaseIndexedReader,
  BlobSource,
  type ByteRange,
  MemorySource,
  type OffsetTable,
  PageMiss,
  type ReadPlan,
} from "../../src/index.ts";

const PAGE = 4;

/** Bytes before a list of where each begins; the list is looked at four entries at a time, of which one run is kept. */
class ListedReader extends BaseIndexedReader<number> {
  protected override readonly ownIndex: boolean = true;
  loads = 0;
  #count = 0;
  #page = -1;
  #entries: readonly number[] = [];

  protected override *_open(): ReadPlan<void> {
    const tail = yield { start: this.source.size - 4, end: this.source.size };
    this.#count = u32(tail, 0);
    this.end = this.source.size - 4 - 4 * this.#count;
    this.paged = true;
  }

  protected override *_buildIndex(offsets: OffsetTable): ReadPlan<number> {
    offsets.declare(this.#count);
    return this.end;
  }

  protected override *_loadPage(page: number): ReadPlan<void> {
    const start = this.end + 4 * PAGE * page;
    const end = Math.min(start + 4 * PAGE, this.source.size - 4);
    const bytes = yield { start, end };
    this.loads++;
    this.#page = page;
    this.#entries = Array.from({ length: (end - start) / 4 }, (_, i) => u32(bytes, 4 * i));
  }

  protected override _locate(index: number): ByteRange {
    const page = Math.floor(index / PAGE);
    if (page !== this.#page) throw new PageMiss(page);
    const start = this.#entries[index % PAGE] as number;
    return { start, end: start + 1 };
  }

  protected override _get(bytes: Uint8Array, index: number): number {
    // A decoder that looks at the list misses pages, too.
    this._locate(index);
    return bytes[0] as number;
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

const COUNT = 30;
const values = Array.from({ length: COUNT }, (_, i) => (i * 37) % 256);

function file(): Uint8Array {
  const bytes = new Uint8Array(COUNT + 4 * COUNT + 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < COUNT; i++) {
    // Records lie in another order than they are numbered.
    const at = (i * 7) % COUNT;
    bytes[at] = values[i] as number;
    view.setUint32(COUNT + 4 * i, at, true);
  }
  view.setUint32(bytes.length - 4, COUNT, true);
  return bytes;
}

const sources = {
  "in memory": () => new MemorySource(file()),
  "in a Blob": () => new BlobSource(new Blob([file() as Uint8Array<ArrayBuffer>])),
};

test.each(Object.entries(sources))("an index of the file's own, in pages: %s", async (_, make) => {
  await using reader = await ListedReader.open(make());
  expect(reader.length).toBe(COUNT);
  for (const i of [0, 29, 5, 4, 3, 17]) expect(await reader.get(i)).toBe(values[i]);
  const scattered = [29, 0, 13, 0, 28, 7];
  expect(await reader.getMany(scattered)).toEqual(scattered.map((i) => values[i]));
  expect(await Promise.all(values.map((_, i) => reader.get(i)))).toEqual(values);
  const all: number[] = [];
  for await (const value of reader) all.push(value);
  expect(all).toEqual(values);
  expect(await reader.locate(9)).toEqual({ start: 3, end: 4 });
  expect(await reader.getBytes(9)).toEqual(Uint8Array.of(values[9] as number));
  for (const level of ["quick", "sample", "full"] as const) {
    expect(await reader.verify({ level })).toMatchObject({ ok: true, records: COUNT });
  }
  expect(reader.loads).toBeGreaterThan(0);
});

test("an index of the file's own, in pages: before a verb returns", () => {
  using reader = ListedReader.openSync(new MemorySource(file()));
  for (const i of [0, 29, 5, 4, 3, 17]) expect(reader.getSync(i)).toBe(values[i]);
  expect(reader.loads).toBe(5);
  expect(reader.getManySync([29, 0, 13])).toEqual([29, 0, 13].map((i) => values[i]));
  expect([...reader]).toEqual(values);
  expect([...reader.slice(undefined, undefined, -3)]).toEqual(
    values.filter((_, i) => (COUNT - 1 - i) % 3 === 0).reverse(),
  );
  expect(reader.locateSync(9)).toEqual({ start: 3, end: 4 });
  reader.rebuildIndexSync();
  expect(reader.getSync(11)).toBe(values[11]);
});

test("records are shown to a listener page by page", async () => {
  const seen: number[] = [];
  const onIndexRecord = (bytes: Uint8Array): void => void seen.push(bytes[0] as number);
  await using reader = await ListedReader.open(new MemorySource(file()), { onIndexRecord });
  expect(seen).toEqual(values);
  expect(reader.length).toBe(COUNT);
});
