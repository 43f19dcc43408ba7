// What the page of the browser tests can do; the tests call it by name.
import { isNthrecError, MemoryStore } from "@nthrec/core";
import { formatCases, type PlaceMaker } from "@nthrec/core/testkit";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "@nthrec/jsonl";
import { jsonFormat, textFormat } from "../../support/formats.ts";
import { isRecord, linesOf, numbered, someNumbers } from "./record.ts";

/** What reading the first, the last and a thousand records came to. */
interface Reading {
  readonly length: number;
  /** Numbers of records that were not what they should be. */
  readonly wrong: readonly number[];
}

/** A Blob of lines, and how many there are. */
interface Large {
  readonly blob: Blob;
  readonly records: number;
}

const LINES_A_PART = 10_000;
let large: Large | undefined;

/** A Blob of at least `bytes`, made at the first call. */
function largeBlob(bytes: number): Large {
  if (large !== undefined) return large;
  const parts: Blob[] = [];
  for (let size = 0; size < bytes; size += (parts.at(-1) as Blob).size) {
    const from = parts.length * LINES_A_PART;
    parts.push(new Blob([linesOf(from, from + LINES_A_PART)]));
  }
  large = { blob: new Blob(parts), records: parts.length * LINES_A_PART };
  return large;
}

async function read(reader: JsonlReader): Promise<Reading> {
  const { length } = reader;
  const some = someNumbers(1000, length);
  const numbers = [0, length - 1, ...some, ...some];
  const values = [
    await reader.get(0),
    await reader.at(-1),
    ...(await Promise.all(some.map((i) => reader.get(i)))),
    ...(await reader.getMany(some)),
  ];
  return { length, wrong: numbers.filter((number, i) => !isRecord(values[i], number)) };
}

/** The code of the error that `job` ends with, and whether it is named as the platform names an abort. */
async function failure(job: () => unknown): Promise<string> {
  try {
    await job();
    return "it did not fail";
  } catch (error) {
    if (!isNthrecError(error)) return String(error);
    return error.name === "AbortError" ? `${error.code} as ${error.name}` : error.code;
  }
}

const page = {
  async blob(bytes: number): Promise<Reading & { readonly size: number; readonly made: number }> {
    const { blob, records } = largeBlob(bytes);
    await using reader = await JsonlReader.open(blob);
    return { ...(await read(reader)), size: blob.size, made: records };
  },

  async slices(bytes: number): Promise<Reading> {
    await using reader = await JsonlReader.open(largeBlob(bytes).blob);
    const start = reader.length >> 1;
    const forward = start + 25_000;
    const wrong: number[] = [];
    let next = start;
    for await (const value of reader.slice(start, forward)) {
      if (!isRecord(value, next)) wrong.push(next);
      next++;
    }
    next = forward;
    for await (const value of reader.slice(forward, start, -1000)) {
      if (!isRecord(value, next)) wrong.push(next);
      next -= 1000;
    }
    return { length: reader.length, wrong };
  },

  async http(url: string): Promise<Reading> {
    await using reader = await JsonlReader.open(url);
    return await read(reader);
  },

  /** Aborts an opening while it scans, an iteration half-way, and a read before it begins. */
  async aborts(bytes: number): Promise<readonly string[]> {
    const { blob } = largeBlob(bytes);
    const scan = new AbortController();
    setTimeout(() => scan.abort(), 20);
    const opened = await failure(() => JsonlReader.open(blob, { signal: scan.signal }));
    await using reader = await JsonlReader.open(blob);
    const iteration = new AbortController();
    let seen = 0;
    const iterated = await failure(async () => {
      for await (const _ of reader.values({ signal: iteration.signal })) {
        if (++seen === 30_000) iteration.abort();
      }
    });
    const late = await failure(() => reader.get(0, { signal: AbortSignal.abort() }));
    return [opened, iterated, seen < reader.length ? "half-way" : "at the end", late];
  },

  async refusals(missing: string, large: string): Promise<readonly string[]> {
    await using reader = await JsonlReader.open(new Blob(["1\n"]));
    return [
      await failure(() => JsonlReader.open("/a/path")),
      await failure(() => JsonlReader.open(missing)),
      await failure(() => JsonlReader.open(large)),
      await failure(() => reader.getSync(0)),
      await failure(() => reader.get(1)),
    ];
  },

  async writes(): Promise<readonly unknown[]> {
    const entry = { store: new MemoryStore(), name: "new.jsonl" };
    await using writer = await JsonlWriter.open(entry, { mode: "append" });
    await Promise.all([0, 1, 2].map((i) => writer.append(numbered(i))));
    await writer.extend([numbered(3)]);
    await using reader = await JsonlReader.open(entry);
    return [...reader].map((value, i) => isRecord(value, i));
  },

  /** Runs the kit's cases whose names match, in memory or over Blobs, and answers what did not hold. */
  async laws(place: "memory" | "Blob", names: string): Promise<{ ran: number; broken: string[] }> {
    const wanted = new RegExp(names);
    const options = place === "Blob" ? { place: blobs } : {};
    const json = { ...jsonFormat, Reader: JsonlReader, Writer: JsonlWriter };
    const text = { ...textFormat, Reader: TextReader, Writer: TextWriter };
    const cases = [...formatCases(json, options), ...formatCases(text, options)];
    const broken: string[] = [];
    const chosen = cases.filter(({ name }) => wanted.test(name));
    for (const { name, run } of chosen) {
      await run().catch((error: unknown) => broken.push(`${name}: ${error}`));
    }
    return { ran: chosen.length, broken };
  },
};

/** Files that are written in memory and read as Blobs. */
const blobs: PlaceMaker = {
  name: "Blob",
  async make() {
    const store = new MemoryStore();
    const input = (name: string): Blob => {
      const source = store.openSync(name);
      return new Blob([source.readSync(0, source.size) as Uint8Array<ArrayBuffer>]);
    };
    return { store, input };
  },
};

/** What the tests find on the page. */
export type Page = typeof page;

(globalThis as typeof globalThis & { page: Page }).page = page;
