import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { MsgpackHandle, MsgpackReader, MsgpackWriter } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { copyCase, type MegstoreCase, megstoreCases } from "./support/megstore-vectors.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

const fresh = (): string => join(tempFolder(), "data.msg");

describe("a handle reads what it appends", () => {
  test("asynchronously", async () => {
    await using handle = await MsgpackHandle.open<number>(fresh());
    for (let i = 0; i < 10; i++) {
      expect(await handle.append(i * i)).toBe(i);
      expect(await handle.get(i)).toBe(i * i);
      expect(handle.length).toBe(i + 1);
    }
    expect(await handle.at(-1)).toBe(81);
    expect(await handle.extend([100, 121])).toBe(2);
    expect(await handle.getMany([11, 0, 10])).toStrictEqual([121, 0, 100]);
    expect(await collect(handle)).toHaveLength(12);
    expect(await handle.at(12)).toBeUndefined();
    await expect(handle.get(12)).rejects.toMatchObject({ code: "NTH_OUT_OF_RANGE" });
    await expect(handle.get(-1)).rejects.toMatchObject({ code: "NTH_OUT_OF_RANGE" });
  });

  test("at once", () => {
    const path = fresh();
    using handle = MsgpackHandle.openSync<unknown>(path);
    expect(handle.name).toBe(path);
    expect(handle.appendSync({ a: 1 })).toBe(0);
    expect(handle.getSync(0)).toStrictEqual({ a: 1 });
    expect(handle.extendSync([2, 3, 4])).toBe(3);
    expect([...handle]).toStrictEqual([{ a: 1 }, 2, 3, 4]);
    expect([...handle.slice(-1, undefined, -2)]).toStrictEqual([4, 2]);
    expect(handle.atSync(-1)).toBe(4);
    expect(handle.getSync(3)).toBe(4);
    expect(decode(readFileSync(path))).toStrictEqual([{ a: 1 }, 2, 3, 4]);
  });
});

test("what nobody awaited is there after a commit", async () => {
  await using handle = await MsgpackHandle.open<number>(fresh(), { mode: "append" });
  const appends = [handle.append(1), handle.append(2)];
  expect(handle.length).toBe(2);
  await handle.commit();
  expect(await handle.getMany([0, 1])).toStrictEqual([1, 2]);
  await Promise.all(appends);
});

describe("modes", () => {
  test("write puts an empty file in place at once; append goes on", async () => {
    const path = fresh();
    {
      await using handle = await MsgpackHandle.open(path, { mode: "append" });
      expect(existsSync(path)).toBe(true);
      await handle.extend(["a", "b"]);
    }
    {
      using handle = MsgpackHandle.openSync(path, { mode: "append" });
      expect([...handle]).toStrictEqual(["a", "b"]);
      handle.appendSync("c");
    }
    expect(decode(readFileSync(path))).toStrictEqual(["a", "b", "c"]);
    using handle = MsgpackHandle.openSync(path);
    expect([...handle]).toStrictEqual([]);
    expect(decode(readFileSync(path))).toStrictEqual([]);
  });

  test("the original's file is continued, and its index is right afterwards", () => {
    const vector = megstoreCases.find(({ name }) => name === "handler") as MegstoreCase;
    const path = copyCase(vector);
    {
      using handle = MsgpackHandle.openSync(path, { mode: "append" });
      expect(handle.getSync(2)).toStrictEqual([3]);
      handle.appendSync("more");
    }
    using reader = MsgpackReader.openSync(path, { onStaleIndex: "throw" });
    expect([...reader]).toStrictEqual([1, "two", [3], "more"]);
  });

  test("an array with a short head is refused and left as it is", async () => {
    const path = tempFile(Buffer.from("93010203", "hex"));
    const append = async (): Promise<void> => {
      await using handle = await MsgpackHandle.open(path, { mode: "append" });
      await handle.append(9);
    };
    await expect(append()).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED" });
    expect(() => MsgpackHandle.openSync(path, { mode: "append" }).appendSync(9)).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
    expect(readFileSync(path, "hex")).toBe("93010203");
  });
});

test("records of other writers are seen", async () => {
  const path = fresh();
  await using handle = await MsgpackHandle.open(path, { mode: "append" });
  await using other = await MsgpackWriter.open(path, { mode: "append" });
  await other.append("theirs");
  expect(await handle.get(0)).toBe("theirs");
  expect(await handle.append("ours")).toBe(1);
  await other.append("again");
  expect([...handle]).toStrictEqual(["theirs", "ours", "again"]);
});

test("a closed handle says so, and closing twice is no error", async () => {
  const handle = await MsgpackHandle.open(fresh());
  await handle.close();
  await handle.close();
  handle.closeSync();
  await expect(handle.get(0)).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  expect(() => handle.appendSync(1)).toThrow(expect.objectContaining({ code: "NTH_NOT_OPEN" }));
});
