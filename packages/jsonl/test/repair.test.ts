import { MemoryStore } from "@nthrec/core";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "@nthrec/jsonl";
import { describe, expect, test } from "vitest";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function storeWith(text: string): MemoryStore {
  return new MemoryStore({ entries: [["a", bytes(text)]] });
}

function textOf(store: MemoryStore, name: string): string {
  const source = store.openSync(name);
  return new TextDecoder().decode(source.readSync(0, source.size));
}

describe("repair", () => {
  test("keeps every whole record byte for byte, the one behind a torn one too, and says what was lost", async () => {
    const torn = '{"i": 1, "p": "ab';
    const store = storeWith(`{"i":0}\n${torn}{"i":2}\n\n{"i": 3}\n[4]`);
    const report = await JsonlWriter.repair({ store, name: "a" }, { to: { store, name: "b" } });
    expect(textOf(store, "b")).toBe('{"i":0}\n{"i":2}\n{"i": 3}\n[4]\n');
    expect(report).toMatchObject({ kept: 4, lostPlaces: 2, lostBytes: torn.length + 1 });
    expect(report.losses[0]).toMatchObject({ start: 8, end: 8 + torn.length });
    const reader = JsonlReader.openSync({ store, name: "b" });
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
    expect([...reader]).toEqual([{ i: 0 }, { i: 2 }, { i: 3 }, [4]]);
    expect(textOf(store, "a")).toContain(torn);
  });

  test("in place keeps the damaged file beside the repaired one", async () => {
    const damaged = '{"i":0}\nnot json\n{"i":2}\n{"i":';
    const store = storeWith(damaged);
    const report = await JsonlWriter.repair({ store, name: "a" }, { inPlace: true });
    expect(textOf(store, "a")).toBe('{"i":0}\n{"i":2}\n');
    expect(textOf(store, "a.bak")).toBe(damaged);
    expect(report).toMatchObject({ kept: 2, lostPlaces: 2, backup: "a.bak" });
  });

  test("keeps records whose content is not sound when it is told to", async () => {
    const store = new MemoryStore({
      entries: [["a", Uint8Array.of(0x6f, 0x6b, 0x0a, 0xff, 0x0a, 0x6f, 0x0a)]],
    });
    const to = { store, name: "b" };
    expect((await TextWriter.repair({ store, name: "a" }, { to })).kept).toBe(2);
    const all = await TextWriter.repair({ store, name: "a" }, { to, undecodable: "keep" });
    expect(all).toMatchObject({ kept: 3, lostBytes: 0 });
    const reader = TextReader.openSync(to, { errors: "replace" });
    expect([...reader]).toEqual(["ok", "\ufffd", "o"]);
  });

  test("a sound file loses nothing", async () => {
    const store = storeWith("1\n2\n3\n");
    const report = await JsonlWriter.repair({ store, name: "a" }, { to: { store, name: "b" } });
    expect(report).toMatchObject({ kept: 3, lostBytes: 0, lostPlaces: 0, backup: undefined });
    expect(textOf(store, "b")).toBe("1\n2\n3\n");
  });

  test("wants exactly one place to go", async () => {
    const store = storeWith("1\n");
    await expect(JsonlWriter.repair({ store, name: "a" }, {})).rejects.toBeInstanceOf(TypeError);
    const both = { to: { store, name: "b" }, inPlace: true };
    await expect(JsonlWriter.repair({ store, name: "a" }, both)).rejects.toBeInstanceOf(TypeError);
    expect(store.listSync()).toEqual(["a"]);
  });
});
