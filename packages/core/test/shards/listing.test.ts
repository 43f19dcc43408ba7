import { isNthrecError, MemoryStore } from "@nthrec/core";
import { listShards } from "@nthrec/core/shards";
import { describe, expect, test } from "vitest";

const line = new TextEncoder().encode("a line\n");

describe("the files of a set, none of them opened", () => {
  test("in the order of the set, without what lies beside them", async () => {
    const names = ["t-00001-of-00002", "t-00000-of-00002", "t-00000-of-00002.own", "other"];
    const store = new MemoryStore({ name: "bucket", entries: names.map((name) => [name, line]) });
    const { files, missing } = await listShards({ store, name: "t@2" }, { indexSuffix: ".own" });
    expect(files.map(({ name }) => name)).toEqual(["t-00000-of-00002", "t-00001-of-00002"]);
    expect(missing).toEqual([]);
    const pattern = await listShards({ store, name: "t-00000*" }, { indexSuffix: ".own" });
    expect(pattern.files.map(({ name }) => name)).toEqual(["t-00000-of-00002"]);
  });

  test("one that is missing is an error, or is named", async () => {
    const store = new MemoryStore({ name: "bucket", entries: [["t-00000-of-00002", line]] });
    const failed = await listShards({ store, name: "t@2" }).catch((error: unknown) => error);
    expect(isNthrecError(failed, "NTH_NOT_FOUND")).toBe(true);
    const { files, missing } = await listShards({ store, name: "t@2" }, { missing: "skip" });
    expect(files).toHaveLength(1);
    expect(missing.map(({ number }) => number)).toEqual([1]);
  });

  test("an aborted signal", async () => {
    const signal = AbortSignal.abort();
    const failed = await listShards("t@2", { signal }).catch((error: unknown) => error);
    expect(isNthrecError(failed, "NTH_ABORTED")).toBe(true);
  });
});
