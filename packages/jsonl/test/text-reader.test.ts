import { isNthrecError, type NthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { TextReader } from "../src/text/text-reader.ts";
import { collect } from "./support/collect.ts";
import { tempFile } from "./support/temp.ts";

function open(content: string | Uint8Array, options = {}): TextReader {
  return TextReader.openSync(typeof content === "string" ? Buffer.from(content) : content, options);
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
    ["an empty one", "\n", [""]],
    ["the last one without a newline", "a\nb", ["a", "b"]],
    ["empty and blank ones", "a\n\n  \n\n", ["a", "", "  ", ""]],
    ["carriage returns stay", "a\r\n\r\nb\rc\r\r\n", ["a\r", "\r", "b\rc\r\r"]],
    ["a byte order mark stays", "\ufeffa\n\ufeffb\n", ["\ufeffa", "\ufeffb"]],
    ["other line separators stay", "a\u2028b\u0085c\fd\n", ["a\u2028b\u0085c\fd"]],
    ["every width of UTF-8", "aé€😀\n", ["aé€😀"]],
  ])("%s", async (_, text, values) => {
    using reader = open(text);
    expect([...reader]).toStrictEqual(values);
    await using blob = await TextReader.open(new Blob([text]));
    expect(await collect(blob)).toStrictEqual(values);
  });

  test("one carriage return goes where that is asked for", () => {
    using reader = open("a\r\n\r\nb\rc\r\r\nd\r", { crlf: "strip" });
    expect([...reader]).toStrictEqual(["a", "", "b\rc\r", "d"]);
  });

  test("the bytes of a record are its line, newline and all", () => {
    using reader = open("a\r\nb");
    expect(Buffer.from(reader.getBytesSync(0)).toString()).toBe("a\r\n");
    expect(Buffer.from(reader.getBytesSync(1)).toString()).toBe("b");
  });
});

describe("bytes that are not UTF-8", () => {
  const data = Buffer.from([
    0x6f, 0x6b, 10, 0x61, 0xff, 0xe2, 0x82, 0x62, 10, 0xef, 0xbf, 0xbd, 10, 0xc3,
  ]);

  test("are an error of their record", () => {
    const path = tempFile(data, "data.txt");
    using reader = TextReader.openSync(path);
    expect(reader.getSync(0)).toBe("ok");
    expect(reader.getSync(2)).toBe("\ufffd");
    const error = errorOf(() => reader.getSync(1));
    expect([error.code, error.index, error.offset]).toStrictEqual(["NTH_DECODE_ERROR", 1, 3]);
    expect(error.message).toContain("line 2 is not UTF-8: byte 0xff at position 1");
    expect(error.message).toContain('errors: "replace"');
    expect(errorOf(() => reader.getSync(3)).message).toContain("byte 0xc3 at position 0");
  });

  // As Python 3.11 decodes them.
  test("are replaced, one U+FFFD for each piece", () => {
    expect([...open(data, { errors: "replace" })]).toStrictEqual([
      "ok",
      "a\ufffd\ufffdb",
      "\ufffd",
      "\ufffd",
    ]);
  });

  test("are ignored, and U+FFFD itself stays", () => {
    expect([...open(data, { errors: "ignore" })]).toStrictEqual(["ok", "ab", "\ufffd", ""]);
  });
});

test("a line cut in two by a wrong index is no record", () => {
  using reader = open("one\ntwo\n");
  expect(reader.getSync(1)).toBe("two");
  const bytes = Buffer.from("on");
  const hook = reader as unknown as { _get(bytes: Uint8Array, index: number): string };
  expect(errorOf(() => hook._get(bytes, 0)).code).toBe("NTH_CORRUPTION");
});
