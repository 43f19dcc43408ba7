import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, decodeMulti, encode } from "@msgpack/msgpack";
import { type ByteWriter, isNthrecError, MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import {
  MsgpackReader,
  MsgpackStreamReader,
  MsgpackStreamWriter,
  MsgpackWriter,
} from "../src/index.ts";
import { copyCase, megstoreCases } from "./support/megstore-vectors.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

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

describe("an array file", () => {
  test("is one array to any decoder after every commit", async () => {
    const path = fresh();
    const all: unknown[] = [];
    await using writer = await MsgpackWriter.open(path, { mode: "append" });
    for (let i = 0; i < 20; i++) {
      await writer.append({ i });
      all.push({ i });
      expect(decode(readFileSync(path))).toStrictEqual(all);
    }
  });

  test("of two writers keeps the records of both, and their number", async () => {
    const path = fresh();
    const writers = await Promise.all(
      [0, 1].map(() => MsgpackWriter.open(path, { mode: "append" })),
    );
    const appends = writers.flatMap((writer, w) =>
      Array.from({ length: 50 }, (_, n) => writer.append([w, n])),
    );
    const numbers = await Promise.all(appends);
    expect([...numbers].sort((a, b) => a - b)).toStrictEqual(numbers.map((_, i) => i));
    await Promise.all(writers.map((writer) => writer.close()));
    expect((decode(readFileSync(path)) as unknown[]).length).toBe(100);
  });

  test("of no records is five bytes", () => {
    const path = fresh();
    MsgpackWriter.openSync(path).closeSync();
    expect(readFileSync(path, "hex")).toBe("dd00000000");
    using reader = MsgpackReader.openSync(path);
    expect([reader.length, reader.head]).toStrictEqual([0, { kind: "array32", size: 5, count: 0 }]);
  });

  test("that is empty or ends within its head has no records, and can be continued", () => {
    for (const start of ["", "dd", "dd0000"]) {
      const path = tempFile(Buffer.from(start, "hex"));
      using reader = MsgpackReader.openSync(path, { tail: "ignore" });
      expect([reader.length, reader.head]).toStrictEqual([0, undefined]);
      {
        using writer = MsgpackWriter.openSync(path, { mode: "append" });
        writer.appendSync("first");
      }
      expect(decode(readFileSync(path))).toStrictEqual(["first"]);
    }
  });

  test("counts no more than 32 bits", () => {
    class Full extends MsgpackWriter {
      fill(out: ByteWriter): void {
        this._commit(out, 2 ** 32);
      }
    }
    const out = undefined as unknown as ByteWriter;
    expect(codeOf(() => new Full().fill(out))).toBe("NTH_INVALID_VALUE");
  });

  test("a file that is none is told with its first byte", () => {
    for (const value of [{ a: 1 }, "text", 7]) {
      const path = tempFile(encode(value));
      expect(codeOf(() => MsgpackReader.openSync(path))).toBe("NTH_CORRUPTION");
      // The second opening is as clear as the first: no index was left behind.
      expect(existsSync(`${path}.idx`)).toBe(false);
      expect(codeOf(() => MsgpackReader.openSync(path))).toBe("NTH_CORRUPTION");
      expect(codeOf(() => MsgpackWriter.openSync(path, { mode: "append" }).appendSync(1))).toBe(
        "NTH_CORRUPTION",
      );
      expect(decode(readFileSync(path))).toStrictEqual(value);
    }
  });

  test("a byte that begins no value stops the scan, and repair keeps what is before it", async () => {
    const path = tempFile(Buffer.from("dd000000030102c103", "hex"));
    expect(codeOf(() => MsgpackReader.openSync(path))).toBe("NTH_CORRUPTION");
    const report = await MsgpackWriter.repair(path, { to: `${path}.new` });
    expect(report.losses.length).toBe(1);
    expect(decode(readFileSync(`${path}.new`))).toStrictEqual([1, 2]);
  });
});

test("repair of a stream ends at damage, and drops what cannot be decoded on request", async () => {
  const path = tempFile(Buffer.from("01a2c32802c103", "hex"));
  const kept = await MsgpackStreamWriter.repair(path, { to: `${path}.all` });
  expect([kept.kept, kept.lostBytes]).toStrictEqual([3, 2]);
  expect(readFileSync(`${path}.all`, "hex")).toBe("01a2c32802");
  await MsgpackStreamWriter.repair(path, { to: `${path}.some`, undecodable: "drop" });
  expect(readFileSync(`${path}.some`, "hex")).toBe("0102");
});

describe("a short head", () => {
  const short = megstoreCases.filter(({ name }) => name.startsWith("foreign_"));

  test.each(short)("$name is never destroyed: an append is refused", (vector) => {
    const path = copyCase(vector);
    const before = readFileSync(path);
    const append = (): void => {
      using writer = MsgpackWriter.openSync(path, { mode: "append" });
      writer.appendSync(9);
    };
    expect(codeOf(append)).toBe("NTH_NOT_SUPPORTED");
    expect(readFileSync(path).equals(before)).toBe(true);
    using reader = MsgpackReader.openSync(path);
    expect([...reader]).toStrictEqual(decode(before));
  });

  test.each(short)("$name is copied to a file that can grow", async (vector) => {
    const path = copyCase(vector);
    const records = decode(readFileSync(path)) as unknown[];
    const report = await MsgpackWriter.repair(path, { to: `${path}.grown` });
    expect(report.losses).toStrictEqual([]);
    expect(decode(readFileSync(`${path}.grown`))).toStrictEqual(records);
    await MsgpackWriter.repair(path, { inPlace: true });
    await using writer = await MsgpackWriter.open(path, { mode: "append" });
    expect(await writer.append("next")).toBe(records.length);
    expect(decode(readFileSync(path))).toStrictEqual([...records, "next"]);
  });
});

describe("a stream of values", () => {
  test("is what any decoder of streams reads", () => {
    const path = fresh();
    const values = [1, "two", [3], { four: 4 }, null];
    {
      using writer = MsgpackStreamWriter.openSync(path);
      writer.extendSync(values.slice(0, 3));
    }
    {
      using writer = MsgpackStreamWriter.openSync(path, { mode: "append" });
      writer.extendSync(values.slice(3));
    }
    expect([...decodeMulti(readFileSync(path))]).toStrictEqual(values);
    using reader = MsgpackStreamReader.openSync(path);
    expect([...reader]).toStrictEqual(values);
  });

  test("is read where another program wrote it, from memory and as a Blob", async () => {
    const bytes = Buffer.concat([encode({ a: 1 }), encode([1, 2]), encode("x")]);
    using reader = MsgpackStreamReader.openSync<unknown>(bytes);
    expect([...reader]).toStrictEqual([{ a: 1 }, [1, 2], "x"]);
    await using blob = await MsgpackStreamReader.open<string>(new Blob([new Uint8Array(bytes)]));
    expect(await blob.get(2)).toBe("x");
  });

  test("and an array file are not taken for each other once a writer of ours has sealed them", () => {
    const store = new MemoryStore();
    {
      using writer = MsgpackWriter.openSync({ store, name: "a" }, { mode: "append" });
      writer.appendSync(1);
    }
    const append = (): void => {
      using writer = MsgpackStreamWriter.openSync({ store, name: "a" }, { mode: "append" });
      writer.appendSync(2);
    };
    expect(codeOf(append)).toBe("NTH_INVALID_VALUE");
  });
});

test("a record larger than the original's buffer of 100 MiB is found and hopped over", () => {
  const big = Buffer.alloc(101 * 1024 * 1024 + 5);
  big[0] = 0xc6;
  big.writeUInt32BE(big.length - 5, 1);
  const path = tempFile(Buffer.concat([Buffer.from("dd0000000301", "hex"), big, Buffer.of(3)]));
  using reader = MsgpackReader.openSync(path);
  expect(reader.length).toBe(3);
  expect(reader.getSync(2)).toBe(3);
  expect((reader.getSync(1) as Uint8Array).length).toBe(big.length - 5);
});

test("an index that lies is found out, whatever verb looks", () => {
  const path = fresh();
  {
    using writer = MsgpackWriter.openSync(path);
    writer.extendSync([[1, [2, 3]], "abc", { k: [4, 5] }]);
  }
  const index = readFileSync(`${path}.idx`);
  index.writeBigUInt64LE(index.readBigUInt64LE(24) + 1n, 24);
  writeFileSync(`${path}.idx`, index);
  using reader = MsgpackReader.openSync(path);
  expect(reader.getSync(1)).toBe("abc");
  expect(Buffer.from(reader.getBytesSync(0)).toString("hex")).toBe("9201920203");
});
