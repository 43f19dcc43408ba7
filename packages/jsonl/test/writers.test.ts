import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNthrecError, type NthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { indexOf } from "../../../testing/idv1.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../src/index.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

function errorOf(run: () => unknown): NthrecError {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("JSON lines", () => {
  test("are written by the rules of JSON.stringify, one a line", () => {
    const path = join(tempFolder(), "data.jsonl");
    {
      using writer = JsonlWriter.openSync(path);
      writer.extendSync([
        { a: undefined, b: new Date(0) },
        [undefined, -0, 1.0],
        "two\nlines",
        null,
      ]);
    }
    expect(readFileSync(path, "utf8")).toBe(
      '{"b":"1970-01-01T00:00:00.000Z"}\n[null,0,1]\n"two\\nlines"\nnull\n',
    );
  });

  test("take a replacer and bigints", () => {
    const path = join(tempFolder(), "data.jsonl");
    const replacer = (key: string, value: unknown): unknown =>
      key === "secret" ? undefined : value;
    {
      using writer = JsonlWriter.openSync(path, { replacer, bigints: "bigint" });
      writer.appendSync({ id: 2n ** 60n, secret: "x" });
    }
    expect(readFileSync(path, "utf8")).toBe('{"id":1152921504606846976}\n');
    using reader = JsonlReader.openSync(path, { bigints: "bigint" });
    expect(reader.getSync(0)).toStrictEqual({ id: 2n ** 60n });
  });

  test("a refused record rejects its own append and leaves the others alone", async () => {
    const path = join(tempFolder(), "data.jsonl");
    {
      await using writer = await JsonlWriter.open(path, { mode: "append" });
      const results = await Promise.allSettled(
        [1, undefined, "\ud800", 3n, 2].map((v) => writer.append(v)),
      );
      expect(results.map((result) => result.status)).toStrictEqual([
        "fulfilled",
        "rejected",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      await expect(writer.append(() => 1)).rejects.toMatchObject({ code: "NTH_INVALID_VALUE" });
    }
    using reader = JsonlReader.openSync(path);
    expect([...reader]).toStrictEqual([1, 2]);
  });
});

describe("text lines", () => {
  test("are written as they are", () => {
    const path = join(tempFolder(), "data.txt");
    {
      using writer = TextWriter.openSync(path);
      writer.extendSync(["", "é\r", "\u2028"]);
      expect(errorOf(() => writer.appendSync("a\nb")).message).toContain("newline");
      expect(errorOf(() => writer.appendSync("a\udc00")).message).toContain("lone surrogate");
      expect(errorOf(() => writer.appendSync(7 as unknown as string)).message).toContain(
        "not number",
      );
    }
    expect(readFileSync(path, "utf8")).toBe("\né\r\n\u2028\n");
  });
});

describe("appending to a file whose last line has no newline", () => {
  const cases = [
    // What is at the end, what reads as a record when nobody sealed the file, and when a seal says that it ended before.
    ["a number", "12", true, false],
    ["a constant", "true", true, false],
    ["an object", '{"a":1}', true, true],
    ["an array with white space", " [1] \r", true, true],
    ["a string", '"x"', true, true],
    ["half an object", '{"a":', false, false],
    ["half a string", '"x', false, false],
    ["white space", "  ", false, false],
    ["bytes that are no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), false, false],
  ] as const;

  test.each(cases)("JSON: %s", (_, rest, unsealed, sealed) => {
    const bare = tempFile(Buffer.concat([Buffer.from("1\n"), Buffer.from(rest)]));
    const shared = join(tempFolder(), "data.jsonl");
    JsonlWriter.openSync(shared, { mode: "append" })[Symbol.dispose]();
    {
      using writer = JsonlWriter.openSync(shared, { mode: "append" });
      writer.appendSync(1);
    }
    appendFileSync(shared, rest);
    for (const [path, kept] of [
      [bare, unsealed],
      [shared, sealed],
    ] as const) {
      {
        using writer = JsonlWriter.openSync(path, { mode: "append" });
        writer.appendSync("next");
      }
      using reader = JsonlReader.openSync(path);
      expect(reader.length).toBe(kept ? 3 : 2);
      expect([reader.getSync(0), reader.atSync(-1)]).toStrictEqual([1, "next"]);
      expect(existsSync(`${path}.torn`)).toBe(!kept);
      expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(readFileSync(path)));
    }
  });

  test("JSON: a first line that begins with a byte order mark is kept", () => {
    const path = tempFile('\ufeff{"a":1}');
    {
      using writer = JsonlWriter.openSync(path, { mode: "append" });
      writer.appendSync(2);
    }
    using reader = JsonlReader.openSync(path);
    expect([...reader]).toStrictEqual([{ a: 1 }, 2]);
  });

  test.each([
    ["text", "two", true],
    ["text in another encoding", Uint8Array.of(0xe9, 0x61), true],
    ["text that ends inside a character", Uint8Array.of(0x61, 0xe2, 0x82), false],
  ])("text: %s", (_, rest, kept) => {
    const path = tempFile(Buffer.concat([Buffer.from("one\n"), Buffer.from(rest)]), "data.txt");
    {
      using writer = TextWriter.openSync(path, { mode: "append" });
      writer.appendSync("next");
    }
    using reader = TextReader.openSync(path, { errors: "ignore" });
    expect(reader.length).toBe(kept ? 3 : 2);
    expect(reader.atSync(-1)).toBe("next");
    appendFileSync(path, "unfinished");
    {
      using writer = TextWriter.openSync(path, { mode: "append" });
      writer.appendSync("last");
    }
    reader.refreshSync();
    expect([reader.atSync(-2), reader.atSync(-1)]).toStrictEqual(["next", "last"]);
    expect(readFileSync(`${path}.torn`, "utf8")).toContain("unfinished");
  });
});
