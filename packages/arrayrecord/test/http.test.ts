import { MemoryStore } from "@nthrec/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHttpServer } from "../../core/test/support/http-server.ts";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";

let server: TestHttpServer;
beforeAll(async () => {
  server = await TestHttpServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** The requests for a file while it is opened, and while one record is read. */
async function requestsFor(count: number, options: object): Promise<string[][]> {
  const store = new MemoryStore();
  const writer = await ArrayRecordWriter.open({ store, name: "rows" }, options);
  await writer.extend(Array.from({ length: count }, (_, i) => Buffer.from(`record ${i}`)));
  await writer.close();
  const source = store.openSync("rows");
  const url = server.put("/rows", source.readSync(0, source.size));
  const before = server.requests.length;
  await using reader = await ArrayRecordReader.open(url);
  const opened = server.requests.length;
  const middle = count >> 1;
  expect(Buffer.from(await reader.get(middle)).toString()).toBe(`record ${middle}`);
  const asked = server.requests.map(({ method, range }) => `${method} ${range}`);
  return [asked.slice(before, opened), asked.slice(opened)];
}

const tail = "GET bytes=-131072";

test("a file with a short footer is opened in one request", async () => {
  expect(await requestsFor(3000, { groupSize: 100 })).toEqual([[tail], []]);
});

test.each([
  [60_000, { compression: "none" }],
  [120_000, { compression: "none" }],
  [120_000, { compression: "zstd" }],
])("%i chunks, %j: the tail, the footer, and one request for a record", async (count, options) => {
  const [opening = [], reading = []] = await requestsFor(count, options);
  expect([opening[0], opening.length, reading.length]).toEqual([tail, 2, 1]);
});
