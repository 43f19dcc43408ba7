import { MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { JsonlReader, JsonlWriter, TextReader } from "../src/index.ts";

const data = new TextEncoder().encode("1\n\n2\n");

describe("an option that is mistyped means no other one", () => {
  test.each([
    ["blankLines", "skp", 'blankLines is one of "error", "skip", not "skp"'],
    ["bigints", "exact", 'bigints is one of "number", "bigint", "text", not "exact"'],
    ["bigints", true, 'bigints is one of "number", "bigint", "text", not true'],
  ])("of JSON lines: %s %j", async (name, value, message) => {
    const options = { [name]: value };
    await expect(JsonlReader.open(data, options)).rejects.toThrow(new TypeError(message));
    expect(() => JsonlReader.openSync(data, options)).toThrow(new TypeError(message));
  });

  test.each([
    ["errors", "ingore", 'errors is one of "strict", "replace", "ignore", not "ingore"'],
    ["crlf", "remove", 'crlf is one of "keep", "strip", not "remove"'],
  ])("of text: %s %j", async (name, value, message) => {
    const options = { [name]: value };
    await expect(TextReader.open(data, options)).rejects.toThrow(new TypeError(message));
  });

  test("of a writer, which touches nothing", async () => {
    const store = new MemoryStore({ entries: [["a.jsonl", data]] });
    const entry = { store, name: "a.jsonl" };
    const open = JsonlWriter.open(entry, { bigints: "text" as "bigint" });
    const message = 'bigints is one of "number", "bigint", not "text"';
    await expect(open).rejects.toThrow(new TypeError(message));
    await using reader = await JsonlReader.open(entry);
    expect(reader.length).toBe(3);
  });
});
