import { MemoryStore } from "@nthrec/core";
import { expect, test } from "vitest";
import { MsgpackHandle, MsgpackReader, MsgpackStreamReader } from "../src/index.ts";

const wrong: [string, string, string][] = [
  ["bigints", "exact", 'bigints is one of "number", "bigint", "text", not "exact"'],
  ["maps", "maps", 'maps is one of "auto", "map", "object", not "maps"'],
  ["timestamps", "Date", 'timestamps is one of "date", "exact", not "Date"'],
  ["errors", "ignore", 'errors is one of "strict", "replace", not "ignore"'],
];

test.each(wrong)("a mistyped option means no other one: %s %j", async (name, value, message) => {
  const options = { [name]: value };
  const expected = new TypeError(message);
  await expect(MsgpackReader.open(Uint8Array.of(0x91, 1), options)).rejects.toThrow(expected);
  expect(() => MsgpackStreamReader.openSync(Uint8Array.of(1), options)).toThrow(expected);
});

test.each(wrong)("and a handle empties no file for it: %s %j", async (name, value, message) => {
  const store = new MemoryStore({ entries: [["a", Uint8Array.of(0x91, 1)]] });
  const entry = { store, name: "a" };
  const options = { [name]: value };
  await expect(MsgpackHandle.open(entry, options)).rejects.toThrow(new TypeError(message));
  expect(() => MsgpackHandle.openSync(entry, options)).toThrow(new TypeError(message));
  await using reader = await MsgpackReader.open(entry);
  expect(reader.length).toBe(1);
});
