// What the page of the browser tests can do; the tests call it by name.
import { ArrayRecordReader, RiegeliReader } from "@nthrec/arrayrecord";

const readers = new Map<string, ArrayRecordReader>();

async function blobOf(url: string): Promise<Blob> {
  return await (await fetch(url)).blob();
}

const text = (record: Uint8Array): string => new TextDecoder().decode(record);

const page = {
  /** Opens a file, as a Blob or by ranges, and keeps it open under its URL. */
  async open(kind: "blob" | "http", url: string): Promise<{ length: number; options: string }> {
    const reader = await ArrayRecordReader.open(kind === "blob" ? await blobOf(url) : url);
    readers.set(kind + url, reader);
    return { length: reader.length, options: reader.writerOptions ?? "" };
  },

  async get(kind: "blob" | "http", url: string, index: number): Promise<string> {
    return text(await (readers.get(kind + url) as ArrayRecordReader).get(index));
  },

  async getMany(kind: "blob" | "http", url: string, indices: number[]): Promise<string[]> {
    return (await (readers.get(kind + url) as ArrayRecordReader).getMany(indices)).map(text);
  },

  /** Counts all records in order; answers how many there were, and the last one. */
  async all(kind: "blob" | "http", url: string): Promise<[number, string]> {
    let count = 0;
    let last = "";
    for await (const record of readers.get(kind + url) as ArrayRecordReader) {
      count++;
      last = text(record);
    }
    return [count, last];
  },

  /** Reads the same file as plain Riegeli. */
  async riegeli(url: string, index: number): Promise<string> {
    await using reader = await RiegeliReader.open(await blobOf(url), { index: "memory" });
    return text(await reader.get(index));
  },
};

/** What the tests find on the page. */
export type Page = typeof page;

(globalThis as typeof globalThis & { page: Page }).page = page;
