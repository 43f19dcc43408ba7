import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { isNthrecError, type NthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { indexFile, indexOf } from "../../../testing/idv1.ts";
import { JsonlReader } from "../src/json/jsonl-reader.ts";
import { LINE_WINDOW } from "../src/lines/line-bytes.ts";
import { collect } from "./support/collect.ts";
import { tempFile } from "./support/temp.ts";

function open(content: string | Uint8Array, options = {}): JsonlReader {
  return JsonlReader.openSync(
    typeof content === "string" ? Buffer.from(content) : content,
    options,
  );
}

function errorOf(run: () => unknown): NthrecError {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("lines", () => {
  test.each([
    ["nothing at all", "", []],
    ["one without a newline", "1", [1]],
    ["the last one without a newline", "1\n2", [1, 2]],
    ["line ends of Windows", '{"a":1}\r\n[2]\r\n', [{ a: 1 }, [2]]],
    ["white space around values", " 1\t\n\t[ 2 ] \n", [1, [2]]],
    ["a lone carriage return inside", '{"a":\r1}\n2\n', [{ a: 1 }, 2]],
    ["a byte order mark first", '\ufeff{"a":1}\n2\n', [{ a: 1 }, 2]],
    ["only a byte order mark before the value", "\ufeff7", [7]],
    ["line separators of Unicode inside a string", '"a\u2028b\u0085c"\n', ["a\u2028b\u0085c"]],
    ["a replacement character of its own", '"\ufffd"\n', ["\ufffd"]],
  ])("%s", async (_, text, values) => {
    using reader = open(text);
    expect([...reader]).toStrictEqual(values);
    await using blob = await JsonlReader.open(new Blob([text]));
    expect(await collect(blob)).toStrictEqual(values);
  });

  test("that cross the borders of what is scanned at once", () => {
    const lengths = [LINE_WINDOW - 1, 1, LINE_WINDOW - 2, LINE_WINDOW + 3, 2, 2 * LINE_WINDOW, 5];
    const lines = lengths.map(
      (length) => `${"7".repeat(Math.min(length, 9))}${" ".repeat(Math.max(0, length - 9))}`,
    );
    const data = Buffer.from(`${lines.join("\n")}\n`);
    using reader = open(data);
    expect([...reader]).toStrictEqual(lines.map(Number));
    const path = tempFile(data);
    JsonlReader.openSync(path).closeSync();
    expect(readFileSync(`${path}.idx`).equals(indexOf(data))).toBe(true);
  });

  test("the bytes of a record are its line, newline and all", async () => {
    using reader = open('{"a":1}\r\n2');
    expect(Buffer.from(reader.getBytesSync(0)).toString()).toBe('{"a":1}\r\n');
    expect(Buffer.from(await reader.getBytes(1)).toString()).toBe("2");
  });

  test("integers are numbers, bigints or text, as asked", () => {
    const text = '{"id":9007199254740993,"n":[1.5,-9007199254740993]}\n';
    expect(open(text).getSync(0)).toStrictEqual({
      id: 9007199254740992,
      n: [1.5, -9007199254740992],
    });
    expect(open(text, { bigints: "bigint" }).getSync(0)).toStrictEqual({
      id: 9007199254740993n,
      n: [1.5, -9007199254740993n],
    });
    expect(open(text, { bigints: "text" }).getSync(0)).toStrictEqual({
      id: "9007199254740993",
      n: [1.5, "-9007199254740993"],
    });
  });

  test("a reviver sees every value, with bigints or without", () => {
    const reviver = (key: string, value: unknown): unknown =>
      key === "at" ? new Date(value as string) : value;
    const at = "2026-01-02T03:04:05.000Z";
    for (const bigints of ["number", "bigint"]) {
      using reader = open(`{"at":"${at}"}\n`, { reviver, bigints });
      expect(reader.getSync(0)).toStrictEqual({ at: new Date(at) });
    }
  });
});

describe("a record that cannot be read", () => {
  test("says where it is, what is wrong, and shows its line", () => {
    const path = tempFile('{"a":1}\n{"a":1,}\n3\n');
    using reader = JsonlReader.openSync(path);
    const error = errorOf(() => reader.getSync(1));
    expect([error.code, error.index, error.offset, error.source]).toStrictEqual([
      "NTH_DECODE_ERROR",
      1,
      8,
      path,
    ]);
    expect(error.message).toContain(`record 1 of ${path} (byte 8): line 2 is not valid JSON: `);
    expect(error.message).toMatch(/position 7.*; the line: \{"a":1,\}$/);
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(reader.getSync(2)).toBe(3);
  });

  test("leaves the records around it readable, by every verb", async () => {
    using reader = open("1\nx\n3\n");
    await expect(reader.get(1)).rejects.toMatchObject({
      code: "NTH_DECODE_ERROR",
      index: 1,
      offset: 2,
    });
    await expect(reader.getMany([0, 1])).rejects.toMatchObject({ code: "NTH_DECODE_ERROR" });
    expect(reader.getManySync([2, 0])).toStrictEqual([3, 1]);
    expect(Buffer.from(reader.getBytesSync(1)).toString()).toBe("x\n");
  });

  test("is shown to its 128th byte, characters whole", () => {
    const long = `${"x".repeat(126)}€€ `;
    expect(errorOf(() => open(`${long}\n`).getSync(0)).message).toContain(
      `the line: ${"x".repeat(126)} ... (133 bytes in total)`,
    );
    const fits = "x".repeat(128);
    expect(errorOf(() => open(`${fits}\n`).getSync(0)).message).toMatch(/: x{128}$/);
  });

  test("cannot steer the terminal that shows it", () => {
    const { message } = errorOf(() => open("\u001b[31mx\u0000\u2028\r\n").getSync(0));
    expect(message).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(message).toContain("the line: \\u001b[31mx\\u0000\\u2028\\u000d");
  });

  test("because it is no UTF-8", () => {
    const { code, message } = errorOf(() => open(Uint8Array.of(0x22, 0xff, 0x22, 10)).getSync(0));
    expect(code).toBe("NTH_DECODE_ERROR");
    expect(message).toContain("it is not UTF-8");
  });

  test("because a byte order mark stands anywhere else", () => {
    expect(errorOf(() => open("1\n\ufeff2\n").getSync(1)).code).toBe("NTH_DECODE_ERROR");
    expect(errorOf(() => open("\ufeff\ufeff2\n").getSync(0)).code).toBe("NTH_DECODE_ERROR");
  });

  test.each(["number", "bigint"] as const)(
    "because the reviver throws (%s), with its error as cause",
    (bigints) => {
      const cause = new RangeError("not mine");
      const reviver = (): never => {
        throw cause;
      };
      const error = errorOf(() => open("[9007199254740993]\n", { reviver, bigints }).getSync(0));
      expect(error.code).toBe("NTH_DECODE_ERROR");
      expect(error.message).toContain("cannot be revived: not mine");
      expect(error.cause).toBe(cause);
    },
  );

  test("because the reviver throws what is no error", () => {
    const reviver = (): never => {
      throw "text";
    };
    expect(errorOf(() => open("1\n", { reviver }).getSync(0)).message).toContain(
      "cannot be revived: text",
    );
  });
});

describe("blank lines", () => {
  const text = '\r\n  \n{"a":1}\n\n\t\n2\n3\r\n   \n4\n \n';
  const values = [{ a: 1 }, 2, 3, 4];

  test("are records that cannot be read, and the message names the option", () => {
    using reader = open(text);
    expect(reader.length).toBe(10);
    expect(reader.getSync(2)).toStrictEqual({ a: 1 });
    for (const blank of [0, 1, 3, 4, 7, 9]) {
      const error = errorOf(() => reader.getSync(blank));
      expect(error.code).toBe("NTH_DECODE_ERROR");
      expect(error.message).toContain('blankLines: "skip"');
      expect(error.index).toBe(blank);
    }
  });

  test("are left out where that is asked for", async () => {
    using reader = open(text, { blankLines: "skip" });
    expect([...reader]).toStrictEqual(values);
    expect(await reader.getMany([3, 0])).toStrictEqual([4, { a: 1 }]);
    expect(reader.verifySync({ level: "full" })).toMatchObject({ ok: true, records: 4 });
    const bytes = Array.from(values, (_, i) => Buffer.from(reader.getBytesSync(i)).toString());
    expect(bytes).toStrictEqual(['{"a":1}\n', "2\n", "3\r\n", "4\n"]);
    expect(reader.locateSync(0)).toStrictEqual({ start: 5, end: 13 });
  });

  test("are counted in the line that an error names", () => {
    using reader = open(`${text}x\n\ny\n`, { blankLines: "skip" });
    expect(errorOf(() => reader.getSync(4)).message).toContain("line 11 is not valid JSON");
    expect(errorOf(() => reader.getSync(5)).message).toContain("line 13 is not valid JSON");
  });

  test("leave no index behind, and trust none", () => {
    const path = tempFile("1\n\n2\n");
    JsonlReader.openSync(path, { blankLines: "skip" }).closeSync();
    expect(existsSync(`${path}.idx`)).toBe(false);
    using all = JsonlReader.openSync(path);
    expect(all.length).toBe(3);
    const index = readFileSync(`${path}.idx`);
    using filtered = JsonlReader.openSync(path, { blankLines: "skip" });
    expect([...filtered]).toStrictEqual([1, 2]);
    expect(readFileSync(`${path}.idx`)).toStrictEqual(index);
  });

  test.each([
    ["", []],
    ["\n", []],
    ["  ", []],
    ["\n\n1", [1]],
    ["1\n\n ", [1]],
    ["1\n\n\n2", [1, 2]],
    ["\ufeff\n1\n", [1]],
    ["\ufeff1\n\n", [1]],
  ])("in %j", (content, expected) => {
    using reader = open(content, { blankLines: "skip" });
    expect([...reader]).toStrictEqual(expected);
  });

  test("a torn last line is told from a blank one", () => {
    expect([...open("1\n\n2", { blankLines: "skip", tail: "ignore" })]).toStrictEqual([1]);
    expect([...open("1\n\n  ", { blankLines: "skip", tail: "error" })]).toStrictEqual([1]);
    expect(errorOf(() => open("1\n\n2", { blankLines: "skip", tail: "error" })).code).toBe(
      "NTH_TRUNCATED",
    );
  });

  test("that cross the borders of what is scanned at once", () => {
    const data = Buffer.from(
      `1\n${" ".repeat(LINE_WINDOW)}\n2${" ".repeat(LINE_WINDOW)}\n${"\n".repeat(9)}3\n`,
    );
    using reader = open(data, { blankLines: "skip" });
    expect([...reader]).toStrictEqual([1, 2, 3]);
    expect(Buffer.from(reader.getBytesSync(1)).length).toBe(LINE_WINDOW + 2);
  });

  test("are found anew when the file has grown", () => {
    const path = tempFile("1\n\n");
    using reader = JsonlReader.openSync(path, { blankLines: "skip" });
    appendTo(path, "\n2\n");
    reader.refreshSync();
    expect([...reader]).toStrictEqual([1, 2]);
    expect(Buffer.from(reader.getBytesSync(0)).toString()).toBe("1\n");
    reader.rebuildIndexSync();
    expect([...reader]).toStrictEqual([1, 2]);
  });
});

describe("the tail", () => {
  test("is a record, is ignored, or is an error", () => {
    expect([...open("1\n2")]).toStrictEqual([1, 2]);
    expect([...open("1\n2", { tail: "ignore" })]).toStrictEqual([1]);
    const error = errorOf(() => open("1\n2", { tail: "error" }));
    expect([error.code, error.offset]).toStrictEqual(["NTH_TRUNCATED", 2]);
  });

  test("that grew is read again", () => {
    const path = tempFile("1\n2");
    using reader = JsonlReader.openSync(path);
    expect([...reader]).toStrictEqual([1, 2]);
    appendTo(path, "3\n4\n");
    reader.refreshSync();
    expect([...reader]).toStrictEqual([1, 23, 4]);
    expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(readFileSync(path)));
  });
});

describe("an index that does not fit its data", () => {
  test.each([
    ["a record that begins inside another", '"aaaa"\n"b"\n', [0, 3]],
    ["two lines as one record", "1\n2\n3\n", [0, 4]],
    ["a line cut in two", '"aaaa"\n"b"\n', [0, 5, 7]],
    ["a last record that begins too early", "1\n2\n3\n", [0, 2]],
    ["a first record that is missing", "1\n2\n3\n", [2, 4]],
    ["an offset behind the end", "1\n2\n3\n", [0, 2, 400]],
    ["falling offsets", "1\n2\n3\n", [0, 4, 2]],
  ])("%s: never a wrong record", (_, text, offsets) => {
    const data = Buffer.from(text);
    const path = tempFile(data);
    writeIndex(path, indexFile(data.length, offsets));
    using reader = JsonlReader.openSync(path);
    expect([...reader]).toStrictEqual(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
    expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(data));
  });

  test("between the records that opening looked at", () => {
    const lines = Array.from({ length: 10_000 }, (_, i) =>
      JSON.stringify({ i, pad: "x".repeat(i % 7) }),
    );
    const data = Buffer.from(`${lines.join("\n")}\n`);
    const path = tempFile(data);
    const offsets = [...indexOf(data).subarray(16).toString("hex").matchAll(/.{16}/g)].map(
      ([hex]) => Number(Buffer.from(hex, "hex").readBigUInt64LE()),
    );
    offsets[5001] = (offsets[5001] as number) + 3;
    writeIndex(path, indexFile(data.length, offsets));
    using reader = JsonlReader.openSync(path);
    for (const i of [5000, 5001, 5002])
      expect(reader.getSync(i)).toStrictEqual(JSON.parse(lines[i] as string));
  });
});

function appendTo(path: string, text: string): void {
  appendFileSync(path, text);
}

function writeIndex(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.idx`, bytes);
}
