import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { isNthrecError, MemoryStore } from "@nthrec/core";
import { expect, test } from "vitest";
import { indexFile } from "../../../testing/idv1.ts";
import { MsgpackHandle, MsgpackReader, MsgpackWriter } from "../src/index.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

// The names of the Python original's own tests, and what they ask for. Its modes `w`, `a` and `r` are the writer's two
// modes and the reader, `w+` and `a+` the handle; its S3 is a store.

const values: unknown[] = [{ key: 1 }, [2, "zwei"], "drei", 4];
const data = Buffer.concat([
  Buffer.from("dd00000004", "hex"),
  ...values.map((each) => encode(each)),
]);
const index = indexFile(data.length, [5, 11, 18, 23]);
const fresh = (): string => join(tempFolder(), "data.msg");

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error)) return error.code;
    throw error;
  }
  return undefined;
}

function expectWritten(path: string): void {
  expect(readFileSync(path).equals(data)).toBe(true);
  expect(readFileSync(`${path}.idx`)).toStrictEqual(index);
}

function written(): string {
  const path = fresh();
  using writer = MsgpackWriter.openSync(path);
  writer.extendSync(values);
  return path;
}

test("indexed_msgpack_s3_write", async () => {
  const store = new MemoryStore();
  await using writer = await MsgpackWriter.open({ store, name: "data.msg" });
  await writer.extend(values);
  await writer.commit();
  using source = store.openSync("data.msg");
  expect(Buffer.from(source.readSync(0, source.size)).equals(data)).toBe(true);
});

test("indexed_msgpack_writer", async () => {
  const path = fresh();
  const writer = await MsgpackWriter.open(path);
  for (const [i, value] of values.entries()) expect(await writer.append(value)).toBe(i);
  await writer.close();
  expectWritten(path);
});

test("indexed_msgpack_writer_tell", () => {
  using writer = MsgpackWriter.openSync(fresh());
  expect(values.map((value) => [writer.appendSync(value), writer.length])).toStrictEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
});

test("indexed_msgpack_writer_with_context_manager_without_close, _auto_close", () => {
  const path = fresh();
  const writer = MsgpackWriter.openSync(path);
  {
    using disposed = writer;
    disposed.extendSync(values);
  }
  expect(writer.closed).toBe(true);
  expectWritten(path);
});

test("indexed_msgpack_writer_with_context_manager_do_close_in_context, _after_context, _do_multiple_close", async () => {
  const path = fresh();
  const writer = await MsgpackWriter.open(path);
  {
    await using disposed = writer;
    await disposed.extend(values);
    await disposed.close();
    await disposed.close();
  }
  await writer.close();
  expect(codeOf(() => writer.appendSync(1))).toBe("NTH_NOT_OPEN");
  expectWritten(path);
});

test("indexed_msgpack_writer_without_context_manager", () => {
  const path = fresh();
  const writer = MsgpackWriter.openSync(path);
  for (const value of values) writer.appendSync(value);
  writer.commitSync();
  expectWritten(path);
  writer.closeSync();
});

test("indexed_msgpack_writer_append_mode, _append_mode_2", () => {
  const path = fresh();
  for (const value of values) {
    using writer = MsgpackWriter.openSync(path, { mode: "append" });
    writer.appendSync(value);
  }
  expectWritten(path);
});

test("indexed_msgpack_reader_without_index, _with_index", () => {
  const path = tempFile(data);
  for (let i = 0; i < 2; i++) {
    using reader = MsgpackReader.openSync(path);
    expect([...reader]).toStrictEqual(values);
    expect(readFileSync(`${path}.idx`)).toStrictEqual(index);
  }
});

test("indexed_msgpack_reader_read_by_slice", () => {
  using reader = MsgpackReader.openSync(written());
  expect([...reader.slice(1, 3)]).toStrictEqual(values.slice(1, 3));
  expect([...reader.slice(-1)]).toStrictEqual(values.slice(-1));
  expect([...reader.slice(undefined, undefined, -2)]).toStrictEqual([values[3], values[1]]);
});

test("indexed_msgpack_reader_cross_iter", () => {
  using reader = MsgpackReader.openSync(written());
  const [a, b] = [reader[Symbol.iterator](), reader[Symbol.iterator]()];
  for (const value of values) {
    expect(a.next().value).toStrictEqual(value);
    expect(reader.getSync(2)).toBe("drei");
    expect(b.next().value).toStrictEqual(value);
  }
});

test("indexed_msgpack_reader_with_non_array32_header", () => {
  using reader = MsgpackReader.openSync(encode(values));
  expect([...reader]).toStrictEqual(values);
});

test("indexed_msgpack_reader_read_invalid, _with_over_length_header", () => {
  using over = MsgpackReader.openSync(
    Buffer.concat([Buffer.from("dd000000ff", "hex"), data.subarray(5)]),
  );
  expect([...over]).toStrictEqual(values);
  const cut = data.subarray(0, -2);
  expect(codeOf(() => MsgpackReader.openSync(cut))).toBe("NTH_TRUNCATED");
  using short = MsgpackReader.openSync(cut, { tail: "ignore" });
  expect([...short]).toStrictEqual(values.slice(0, 2));
  expect(codeOf(() => short.getSync(3))).toBe("NTH_OUT_OF_RANGE");
});

test("indexed_msgpack_reader_with_invalid_array_header", () => {
  expect(codeOf(() => MsgpackReader.openSync(encode({ no: "array" })))).toBe("NTH_CORRUPTION");
});

test("indexed_msgpack_reader_with_invalid_indicated_index", () => {
  const path = written();
  const other = join(tempFolder(), "other.idx");
  writeFileSync(other, "no index");
  using reader = MsgpackReader.openSync(path, { index: other });
  expect([...reader]).toStrictEqual(values);
});

test("indexed_msgpack_reader_close_after_exit, _auto_close, _close_before_exit, _with_multiple_close", () => {
  const reader = MsgpackReader.openSync(written());
  {
    using disposed = reader;
    expect(disposed.getSync(3)).toBe(4);
  }
  reader.closeSync();
  expect(codeOf(() => reader.getSync(0))).toBe("NTH_NOT_OPEN");
});

test("indexed_msgpack_handler_with_index, _without_index, _without_index_2, _read_by_slice", () => {
  const path = written();
  for (const forget of [false, true]) {
    if (forget) rmSync(`${path}.idx`);
    using handle = MsgpackHandle.openSync(path, { mode: "append" });
    const next = handle.length;
    expect(handle.appendSync("more")).toBe(next);
    expect(handle.getSync(next)).toBe("more");
    expect([...handle.slice(0, 4)]).toStrictEqual(values);
  }
});

test("indexed_msgpack_open_fix_index, _fix_index_2, indexed_msgpack_open", () => {
  const path = written();
  appendFileSync(path, encode("foreign"));
  using grown = MsgpackReader.openSync(path);
  expect(grown.getSync(3)).toBe(4);
  using writer = MsgpackWriter.openSync(path, { mode: "append" });
  expect(writer.appendSync("ours")).toBe(5);
  using reader = MsgpackReader.openSync(path);
  expect([...reader]).toStrictEqual([...values, "foreign", "ours"]);
  expect(reader.head?.count).toBe(6);
});
