import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JsonlReader, JsonlWriter } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

test("a new file on disk takes one commit after another", async () => {
  const path = join(tempFolder(), "new.jsonl");
  await using writer = await JsonlWriter.open(path);
  for (let i = 0; i < 3; i++) {
    await writer.append({ i });
    await writer.commit();
    await using reader = await JsonlReader.open(path, { onStaleIndex: "throw" });
    expect([...reader]).toEqual(Array.from({ length: i + 1 }, (_, n) => ({ i: n })));
  }
  writer.appendSync({ i: 3 });
  writer.commitSync();
  expect(readFileSync(path, "utf8")).toBe('{"i":0}\n{"i":1}\n{"i":2}\n{"i":3}\n');
});
