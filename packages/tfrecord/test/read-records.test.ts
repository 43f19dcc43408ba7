import { createReadStream } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Loss, MemorySource } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ReadRecordsOptions, type RecordStreamInput, readTFRecords } from "../src/index.ts";
import { fileOf, filled, prints, walk } from "./support/frames.ts";
import { type Outcome, outcomeOf } from "./support/outcome.ts";
import { property } from "./support/seed.ts";
import { allFiles, bytesOf, digest, pathOf, plainFiles } from "./support/vectors.ts";

const read = (data: RecordStreamInput, options?: ReadRecordsOptions): Promise<Outcome> =>
  outcomeOf(readTFRecords(data, options));

async function* pieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.slice(at, at + step);
}

describe.each(allFiles)("$file", (vector) => {
  const bytes = bytesOf(vector);

  test('gives what TensorFlow reads, and an error where TensorFlow has one, with tail "ignore"', async () => {
    const { records, code } = await read(bytes, { tail: "ignore" });
    if (vector.file.endsWith("gz_bad_trailer.gz.tfrecord")) {
      // TensorFlow gives no record of a small file whose trailer is damaged; ours come before the error.
      expect([records.length, code]).toStrictEqual([3, "NTH_CORRUPTION"]);
      return;
    }
    expect([records.length, digest(records)]).toStrictEqual([
      vector.tf_records,
      vector.records_sha256,
    ]);
    const cut = /^truncated record|incorrect header check/.test(vector.tf_error?.message ?? "");
    expect(code).toBe(vector.tf_error === null || cut ? undefined : "NTH_CORRUPTION");
  });

  test("is refused for every byte that is no record", async () => {
    const { records, code } = await read(bytes);
    expect(records.length).toBeGreaterThanOrEqual(vector.tf_records);
    const whole = await read(bytes, { tail: "ignore" });
    const wholeBytes = whole.records.reduce((sum, { length }) => sum + length + 16, 0);
    if (whole.code !== undefined) expect(code).toBe(whole.code);
    else if (vector.compression === "") {
      expect(code).toBe(wholeBytes === bytes.length ? undefined : "NTH_TRUNCATED");
    } else {
      const sound = vector.tf_error === null && !/trunc|concatenated/.test(vector.file);
      expect(code).toBe(sound ? undefined : "NTH_TRUNCATED");
    }
  });

  test("is the same as a stream, in pieces of any size, and by path", async () => {
    const options = { tail: "ignore" } as const;
    const { records, code } = await read(bytes, options);
    const steps = bytes.length < 10_000 ? [1, 5, 64] : [1000, 65_536];
    for (const step of steps) {
      const found = await read(pieces(bytes, step), options);
      // A stream does not know that it is shorter than a record of 2^31 bytes, which is more than it reads.
      const long = vector.file.endsWith("length_2p31_valid_crc.tfrecord");
      expect([prints(found.records), found.code]).toStrictEqual([
        prints(records),
        long ? "NTH_CORRUPTION" : code,
      ]);
    }
    const file = await read(createReadStream(pathOf(vector)), options);
    expect(prints(file.records)).toStrictEqual(prints(records));
    const path = await read(pathOf(vector), options);
    expect(prints(path.records)).toStrictEqual(prints(records));
    const web = await read(new Blob([new Uint8Array(bytes)]).stream(), options);
    expect(prints(web.records)).toStrictEqual(prints(records));
  });
});

const list = [filled(10, 1), filled(300_000, 2), filled(0), filled(20, 3), filled(5, 4)];
const file = fileOf(list);
const offsets = [...walk(file), file.length];

function damagedAt(...places: number[]): Uint8Array {
  const copy = file.slice();
  for (const at of places) copy[at] = (copy[at] as number) ^ 0x55;
  return copy;
}

describe('damage: "skip"', () => {
  /** Reads past damage, plain and compressed, in one piece and in many; all must be the same. */
  async function skipping(bytes: Uint8Array): Promise<{ records: string[]; losses: Loss[] }> {
    const ways: RecordStreamInput[] = [
      bytes,
      gzipSync(bytes),
      pieces(bytes, 1000),
      new MemorySource(bytes),
    ];
    const found: { records: string[]; losses: Loss[] }[] = [];
    for (const way of ways) {
      const losses: Loss[] = [];
      const onLoss = (loss: Loss): void => void losses.push(loss);
      const { records, code } = await read(way, { damage: "skip", onLoss });
      expect(code).toBeUndefined();
      found.push({ records: prints(records), losses });
    }
    const places = found.map(({ losses }) => losses.map(({ start, end }) => [start, end]));
    expect(found.map(({ records }) => records)).toStrictEqual(ways.map(() => found[0]?.records));
    expect(places).toStrictEqual(ways.map(() => places[0]));
    return found[0] as { records: string[]; losses: Loss[] };
  }

  test.each([0, 1, 3, 4])("a damaged payload costs record %i, and no other", async (i) => {
    const { records, losses } = await skipping(damagedAt((offsets[i] as number) + 14));
    expect(records).toStrictEqual(prints(list.filter((_, k) => k !== i)));
    const [start, end] = [offsets[i], offsets[i + 1]];
    expect(losses).toStrictEqual([{ start, end, reason: "its payload does not fit its checksum" }]);
  });

  test("a damaged payload costs one record even if it holds records itself", async () => {
    const nested = fileOf([filled(3, 1), file, filled(4, 2)]);
    nested[19 + 12 + 100] = 0xee;
    const { records } = await skipping(nested);
    expect(records).toStrictEqual(prints([filled(3, 1), filled(4, 2)]));
  });

  test.each([0, 1, 2, 3, 4])("a damaged length costs record %i, and no other", async (i) => {
    const { records, losses } = await skipping(damagedAt((offsets[i] as number) + 1));
    expect(records).toStrictEqual(prints(list.filter((_, k) => k !== i)));
    expect(losses).toMatchObject([{ start: offsets[i], end: offsets[i + 1] }]);
  });

  test("gets past a head that promises more than there is", async () => {
    const torn = file.slice(0, (offsets[1] as number) + 500);
    const whole = fileOf([filled(30, 8), filled(40, 9)]);
    const { records, losses } = await skipping(new Uint8Array([...torn, ...whole]));
    expect(records).toStrictEqual(prints([filled(10, 1), filled(30, 8), filled(40, 9)]));
    expect(losses).toMatchObject([{ start: offsets[1], end: torn.length }]);
  });

  test("reports what the end cuts, and what is no record at all", async () => {
    const cut = await skipping(file.slice(0, -1));
    expect(cut.records).toStrictEqual(prints(list.slice(0, -1)));
    expect(cut.losses).toMatchObject([{ start: offsets[4], end: file.length - 1 }]);
    const junk = await skipping(new Uint8Array(100).fill(0xdd));
    expect(junk.losses).toMatchObject([{ start: 0, end: 100 }]);
    expect((await skipping(new Uint8Array(5))).losses).toMatchObject([{ start: 0, end: 5 }]);
  });

  test("keeps what is sound of any file with holes and junk in it", async () => {
    const part = fc.oneof(
      { weight: 3, arbitrary: fc.uint8Array({ maxLength: 60 }).map((value) => ({ value })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }).map((junk) => ({ junk })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const bytes = parts.flatMap((each) =>
          "junk" in each ? [...filled(each.junk, 0xfe)] : [...fileOf([each.value])],
        );
        const { records, losses } = await skipping(Uint8Array.from(bytes));
        const sound = parts.flatMap((each) => ("value" in each ? [each.value] : []));
        expect(records).toStrictEqual(prints(sound));
        const kept = sound.reduce((sum, { length }) => sum + length + 16, 0);
        const lost = losses.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(kept + lost).toBe(bytes.length);
      }),
      { ...property, numRuns: property.numRuns / 4 },
    );
  });
});

describe("options", () => {
  test("checksums: how much is looked at", async () => {
    const bytes = damagedAt(14);
    expect((await read(bytes)).code).toBe("NTH_CORRUPTION");
    expect((await read(bytes, { checksums: "frame" })).records.length).toBe(list.length);
    const heads = damagedAt(8);
    expect((await read(heads, { checksums: "frame" })).code).toBe("NTH_CORRUPTION");
    expect((await read(heads, { checksums: "none" })).records.length).toBe(list.length);
    await expect(read(bytes, { checksums: "all" as "none" })).rejects.toThrow(TypeError);
    await expect(read(bytes, { damage: "all" as "skip" })).rejects.toThrow(TypeError);
  });

  test("compression: named, it is not looked for", async () => {
    const gzip = gzipSync(file);
    expect((await read(gzip, { compression: "GZIP" })).records.length).toBe(list.length);
    expect((await read(gzip, { compression: "none" })).code).toBe("NTH_NOT_SUPPORTED");
    expect((await read(gzip, { compression: "ZLIB" })).code).toBe("NTH_CORRUPTION");
    expect((await read(file, { compression: "GZIP" })).code).toBe("NTH_CORRUPTION");
  });

  test("maxRecordBytes: longer records are refused before anything is held for them", async () => {
    const options = { maxRecordBytes: 1000 };
    const found = await read(file, options);
    expect(found).toMatchObject({ code: "NTH_CORRUPTION", offset: offsets[1] });
    expect(found.records.length).toBe(1);
    const skipped = await read(file, { ...options, damage: "skip" });
    expect(prints(skipped.records)).toStrictEqual(prints(list.filter((_, i) => i !== 1)));
  });

  test("signal: an aborted read stops, of data and of a stream", async () => {
    for (const data of [file, pieces(file, 1000), gzipSync(file)]) {
      const controller = new AbortController();
      const records = readTFRecords(data, { signal: controller.signal });
      await records.next();
      controller.abort();
      // What is in memory already may still come.
      const rest = await outcomeOf(records);
      expect(rest.code === "NTH_ABORTED" || rest.records.length === list.length - 1).toBe(true);
    }
    const aborted = await read(file, { signal: AbortSignal.abort() });
    expect(aborted.code).toBe("NTH_ABORTED");
  });

  test("a loop that ends early closes what was opened", async () => {
    let closed = 0;
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(file, 10);
      } finally {
        closed++;
      }
    };
    for await (const record of readTFRecords(stream())) {
      expect(record.length).toBe(10);
      break;
    }
    expect(closed).toBe(1);
    const source = new MemorySource(file);
    for await (const _ of readTFRecords(source)) break;
    expect((await source.read(0, 1)).length).toBe(1);
    await expect(read("/no/such/file.tfrecord")).resolves.toMatchObject({ code: "NTH_NOT_FOUND" });
  });
});

test("a web stream is read where the browser does not make it iterable", async () => {
  let cancelled = 0;
  const plain = (): ReadableStream<Uint8Array> => {
    const reader = new Blob([new Uint8Array(file)]).stream().getReader();
    const read = () => reader.read();
    return { getReader: () => ({ read, cancel: async () => void cancelled++ }) } as never;
  };
  expect(prints((await read(plain())).records)).toStrictEqual(prints(list));
  for await (const _ of readTFRecords(plain())) break;
  expect(cancelled).toBe(2);
});

test("a length that no file has allocates nothing", async () => {
  const hostile = plainFiles.filter(({ file: name }) => /length_2p/.test(name));
  expect(hostile.length).toBe(5);
  for (const vector of hostile) {
    const bytes = bytesOf(vector);
    for (const data of [bytes, gzipSync(bytes), pieces(bytes, 20)]) {
      const before = process.memoryUsage().arrayBuffers;
      const { records, code } = await read(data);
      expect(records.length).toBe(3);
      expect(code).toMatch(/^NTH_(CORRUPTION|TRUNCATED)$/);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
    }
  }
});
