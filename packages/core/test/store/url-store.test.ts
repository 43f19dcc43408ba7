import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isLiveStore, isSyncStore } from "../../src/store/byte-store.ts";
import { UrlStore } from "../../src/store/url-store.ts";
import { TestHttpServer } from "../support/http-server.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

let server: TestHttpServer;
beforeAll(async () => {
  server = await TestHttpServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => {
  server.requests.length = 0;
});

describeSource("an entry of a URL store", {
  runs: 20,
  open: (bytes) => {
    const { store, name } = UrlStore.entry(server.put("/data/a.bin", bytes), { headBytes: 10 });
    return store.open(name);
  },
});

describe("a URL prefix", () => {
  test("names its entries with the same query, and no fragment", () => {
    const { store, name } = UrlStore.entry("https://h.example/d/e/a.jsonl?sig=1&x=%20#top");
    expect(name).toBe("a.jsonl");
    expect(store.name).toBe("https://h.example/d/e/");
    expect(store.url(name).href).toBe("https://h.example/d/e/a.jsonl?sig=1&x=%20");
    expect(store.url(`${name}.idx`).href).toBe("https://h.example/d/e/a.jsonl.idx?sig=1&x=%20");
  });

  test.each([
    ["https://h.example", "", "https://h.example/", "https://h.example/.idx"],
    ["https://h.example/d/?id=7", "", "https://h.example/d/?id=7", "https://h.example/d/.idx?id=7"],
    ["http://h.example/a%2Fb", "a%2Fb", "http://h.example/a%2Fb", "http://h.example/a%2Fb.idx"],
  ])("%s", (url, name, data, index) => {
    const entry = UrlStore.entry(url);
    expect(entry.name).toBe(name);
    expect(entry.store.url(entry.name).href).toBe(data);
    expect(entry.store.url(`${entry.name}.idx`).href).toBe(index);
  });

  test("encodes what would end the path", () => {
    const store = new UrlStore("https://h.example/d/");
    expect(store.url("a b?c#d").href).toBe("https://h.example/d/a%20b%3Fc%23d");
  });

  test.each(["../a", "..", ".", "a/b", "/etc", "a\\b", "%2e%2e", "%2E."])(
    "has no entry %j",
    async (name) => {
      const store = new UrlStore("https://h.example/d/e/");
      expect(() => store.url(name)).toThrow(TypeError);
      await expect(store.open(name)).rejects.toThrow(TypeError);
    },
  );

  test("is an http(s) URL", () => {
    expect(() => new UrlStore("file:///d/")).toThrow(TypeError);
    expect(() => UrlStore.entry("nonsense")).toThrow(TypeError);
  });

  test("opens entries with its headers, its query and the caller's hint", async () => {
    const bytes = sampleBytes(1000);
    const url = server.put("/data/a.bin", bytes);
    const http = { headers: { "x-key": "k" }, tailBytes: 20 };
    const { store, name } = UrlStore.entry(`${url}?q=1`, http);
    await using one = await store.open(name);
    await using two = await store.open(name, { tailBytes: 30 });
    expect(one.size).toBe(1000);
    expect(await two.read(970, 1000)).toEqual(bytes.slice(970));
    const seen = server.requests.map(({ range, query, headers }) => [
      range,
      query,
      headers["x-key"],
    ]);
    expect(seen).toEqual([
      ["bytes=-20", "?q=1", "k"],
      ["bytes=-30", "?q=1", "k"],
    ]);
    const aborted = store.open(name, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect(store.open("none")).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
  });

  test("can only be read, and not be listed", async () => {
    const store = new UrlStore("https://h.example/d/");
    const error = { code: "NTH_READONLY", source: "https://h.example/d/" };
    await expect(store.create("a")).rejects.toMatchObject(error);
    await expect(store.rename("a", "b")).rejects.toMatchObject(error);
    await expect(store.remove("a")).rejects.toMatchObject(error);
    expect(() => store.list()).toThrow(expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }));
    expect(isSyncStore(store)).toBe(false);
    expect(isLiveStore(store)).toBe(false);
  });
});
