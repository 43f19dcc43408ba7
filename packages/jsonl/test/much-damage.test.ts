import { isNthrecError, MemoryStore, OffsetTable } from "@nthrec/core";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { expect, test } from "vitest";

const bad = `${"x\n".repeat(150)}1\n`;

test("of much damage the first hundred places are listed, and all are counted", async () => {
  const store = new MemoryStore({ entries: [["a", new TextEncoder().encode(bad)]] });
  const reader = JsonlReader.openSync({ store, name: "a" });
  const report = await reader.verify({ level: "full" });
  expect(report).toMatchObject({ ok: false, problemCount: 150, records: 151 });
  expect(report.problems).toHaveLength(100);
  expect((await reader.verify()).level).toBe("sample");
  expect(reader.verifySync().problemCount).toBe(150);
  reader.closeSync();
  const to = { store, name: "b" };
  const repaired = await JsonlWriter.repair({ store, name: "a" }, { to });
  expect(repaired).toMatchObject({ kept: 1, lostPlaces: 150 });
  expect(repaired.losses).toHaveLength(100);
});

test("what is no input is a type error, and what is no error of ours is none", () => {
  for (const input of [5, null, undefined, {}, { store: null, name: "a" }, { name: "a" }]) {
    expect(() => JsonlReader.openSync(input as never)).toThrow(TypeError);
  }
  for (const value of [null, undefined, "NTH_NOT_FOUND", new Error("NTH_NOT_FOUND")]) {
    expect(isNthrecError(value)).toBe(false);
  }
  expect(new OffsetTable().pop()).toBe(undefined);
});
