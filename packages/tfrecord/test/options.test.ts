import { expect, test } from "vitest";
import {
  decodeExample,
  decodeSequenceExample,
  indexTFRecordStream,
  readTFRecords,
} from "../src/index.ts";

const none = new Uint8Array(0);

test.each([
  ["tail", "skip", 'tail is one of "error", "ignore", not "skip"'],
  ["compression", "gzip", 'compression is one of "auto", "none", "GZIP", "ZLIB", not "gzip"'],
])("a mistyped option of a stream means no other one: %s %j", async (name, value, message) => {
  const records = readTFRecords(none, { [name]: value });
  await expect(records.next()).rejects.toThrow(new TypeError(message));
});

test("nor does one of an index or an Example", async () => {
  const entries = indexTFRecordStream([none], { tail: "skip" as "ignore" });
  await expect(entries.next()).rejects.toThrow('tail is one of "error", "ignore", not "skip"');
  const options = { names: "utf-8" as "utf8" };
  const message = 'names is one of "utf8", "any", not "utf-8"';
  expect(() => decodeExample(none, options)).toThrow(new TypeError(message));
  expect(() => decodeSequenceExample(none, options)).toThrow(new TypeError(message));
});
