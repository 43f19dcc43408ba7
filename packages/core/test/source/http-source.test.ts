import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { HttpOptions } from "../../src/source/http-options.ts";
import { openHttpSource } from "../../src/source/pinned-http-source.ts";
import {
  ignoringRanges,
  some,
  status,
  TestHttpServer,
  type Twist,
  withHeaders,
} from "../support/http-server.ts";
import { describeSource, sampleBytes } from "../support/source-law.ts";

let server: TestHttpServer;
beforeAll(async () => {
  server = await TestHttpServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => {
  server.twist = (reply) => reply;
  server.requests.length = 0;
});

const content = sampleBytes(1000);
/** Serves `bytes` anew and opens them. */
async function open(bytes: Uint8Array = content, options: HttpOptions = {}) {
  return openHttpSource(server.put("/a.bin", bytes), { headBytes: 100, ...options });
}
/** The ranges asked for so far. */
const ranges = () => server.requests.map(({ range }) => range);

describeSource("a URL", { runs: 40, open });
describeSource("a URL that came whole with the opening", {
  open: (bytes) => open(bytes, { headBytes: 2000 }),
});
describeSource("a URL opened by its tail", {
  runs: 40,
  open: (bytes) => open(bytes, { tailBytes: 300 }),
});
describeSource("a URL whose server does not answer ranges", {
  open: async (bytes) => {
    server.twist = ignoringRanges(() => bytes);
    return open(bytes);
  },
});
describeSource("a URL whose Content-Range and ETag a browser hides", {
  runs: 40,
  open: async (bytes) => {
    server.twist = withHeaders({ "content-range": undefined, etag: undefined });
    return open(bytes);
  },
});

describe("opening a URL", () => {
  test("takes one trip, and what it brought needs no other", async () => {
    await using source = await open();
    expect(source.size).toBe(1000);
    expect(await source.read(0, 100)).toEqual(content.slice(0, 100));
    expect(await source.read(40, 50)).toEqual(content.slice(40, 50));
    expect(ranges()).toEqual(["bytes=0-99"]);
    expect(await source.read(50, 101)).toEqual(content.slice(50, 101));
    expect(ranges()).toEqual(["bytes=0-99", "bytes=50-100"]);
  });

  test("brings 64 KiB unless told otherwise", async () => {
    const bytes = sampleBytes(70_000);
    await using source = await openHttpSource(server.put("/a.bin", bytes));
    expect(await source.read(65_000, 65_536)).toEqual(bytes.slice(65_000, 65_536));
    expect(ranges()).toEqual(["bytes=0-65535"]);
  });

  test("may bring the tail instead", async () => {
    await using source = await open(content, { tailBytes: 50 });
    expect(source.size).toBe(1000);
    expect(await source.read(950, 1000)).toEqual(content.slice(950));
    expect(ranges()).toEqual(["bytes=-50"]);
    await source.read(0, 1);
    expect(ranges()).toEqual(["bytes=-50", "bytes=0-0"]);
  });

  test.each([100, 1000, 5000])("of a file smaller than its tail of %d", async (tailBytes) => {
    await using source = await open(content.slice(0, 60), { tailBytes });
    expect(await source.read(0, 60)).toEqual(content.slice(0, 60));
    expect(ranges()).toHaveLength(1);
  });

  test.each<[string, Twist]>([
    ["refuses suffixes", status(416, { "content-range": "bytes */1000" })],
    ["fails on suffixes", status(501)],
    ["is busy once", status(503)],
    ["sends the whole and it is too long", ignoringRanges(() => new Uint8Array(2000))],
    ["sends another range", (reply) => ({ ...reply, body: reply.body.subarray(1) })],
  ])("falls back to the head when the server %s", async (_, other) => {
    server.twist = some(({ range }) => range === "bytes=-50", other);
    await using source = await open(content, { tailBytes: 50, maxWholeBytes: 1999 });
    expect(await source.read(0, 1000)).toEqual(content);
    expect(ranges().slice(0, 2)).toEqual(["bytes=-50", "bytes=0-99"]);
  });

  test("by the tail does not fall back from a missing file", async () => {
    const missing = openHttpSource(`${server.origin}/none`, { tailBytes: 50 });
    await expect(missing).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    expect(ranges()).toEqual(["bytes=-50"]);
  });

  test.each([403, 404, 410])("with status %d is NTH_NOT_FOUND", async (code) => {
    server.twist = status(code);
    await expect(open()).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
      source: `${server.origin}/a.bin`,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([400, 401, 418, 204])("with status %d is NTH_IO_ERROR, not retried", async (code) => {
    server.twist = status(code);
    await expect(open()).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
      message: expect.stringContaining(`${code}`),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("sends the headers that were given, and no compression is asked for", async () => {
    await using source = await open(content, { headers: { authorization: "Bearer x" } });
    await source.read(500, 600);
    for (const { headers } of server.requests) {
      expect(headers.authorization).toBe("Bearer x");
      expect(headers["accept-encoding"]).toMatch(/^identity(, ?identity)?$/);
    }
  });

  test("leaves an Accept-Encoding of the user's alone", async () => {
    let seen: string | null = null;
    await open(content, {
      headers: { "accept-encoding": "gzip" },
      fetch: (url, init) => {
        seen = new Headers(init.headers).get("accept-encoding");
        return fetch(url, init);
      },
    });
    expect(seen).toBe("gzip");
  });

  test("sends through the fetch that was given, by default through the platform's", async () => {
    const urls: string[] = [];
    const signed = (url: string, init: RequestInit) => {
      urls.push(url);
      return fetch(`${url}?signed`, init);
    };
    await using source = await open(content, { fetch: signed });
    expect(await source.read(200, 300)).toEqual(content.slice(200, 300));
    expect(urls).toEqual([`${server.origin}/a.bin`, `${server.origin}/a.bin`]);
    expect(server.requests.map(({ query }) => query)).toEqual(["?signed", "?signed"]);
  });

  test("keeps the query out of names and messages", async () => {
    const url = `${server.put("/a.bin", content)}?signature=secret`;
    await using source = await openHttpSource(url);
    expect(source.name).toBe(`${server.origin}/a.bin?…`);
    expect(server.requests[0]?.query).toBe("?signature=secret");
    const error = await openHttpSource(url.replace("a.bin", "none")).catch(String);
    expect(error).toContain("/none?…");
    expect(error).not.toContain("secret");
  });

  test.each<[string, HttpOptions]>([
    ["ftp://x/", {}],
    ["file:///etc/passwd", {}],
    ["http://user:word@127.0.0.1/", {}],
    ["nonsense", {}],
    ["http://x/", { headBytes: 0 }],
    ["http://x/", { tailBytes: -1 }],
    ["http://x/", { retries: 0.5 }],
    ["http://x/", { maxWholeBytes: Number.NaN }],
  ])("%s with %j is a TypeError", async (url, options) => {
    await expect(openHttpSource(url, options)).rejects.toThrow(TypeError);
  });

  test("does not repeat the password", async () => {
    const error = await openHttpSource("http://user:word@127.0.0.1/").catch(String);
    expect(error).toContain("headers");
    expect(error).not.toContain("word@");
  });
});

describe("a server without ranges", () => {
  test("is read once, and then never asked again", async () => {
    server.twist = ignoringRanges(() => content);
    await using source = await open();
    await source.read(0, 1000);
    await source.read(500, 501);
    expect(server.requests).toHaveLength(1);
  });

  test.each([false, true])("is refused past the limit (chunked: %s)", async (chunked) => {
    server.twist = (reply, request) => ({
      ...ignoringRanges(() => content)(reply, request),
      chunked,
    });
    expect((await open(content, { maxWholeBytes: 1000 })).size).toBe(1000);
    await expect(open(content, { maxWholeBytes: 999 })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
      message: expect.stringContaining("download"),
    });
  });

  test("may send an empty file", async () => {
    server.twist = ignoringRanges(() => new Uint8Array(0));
    expect((await open(new Uint8Array(0))).size).toBe(0);
  });

  test("that cuts the body is not a short file", async () => {
    server.twist = (reply, request) => ({
      ...ignoringRanges(() => content)(reply, request),
      cutAfter: 400,
    });
    await expect(open(content, { retries: 1 })).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    expect(server.requests).toHaveLength(2);
  });

  test("whose body is shorter than it says is short", async () => {
    const lying = async () =>
      new Response(content.slice(0, 900), { headers: { "content-length": "1000" } });
    await expect(open(content, { fetch: lying })).rejects.toMatchObject({
      code: "NTH_SHORT_READ",
    });
  });

  test("may decode a whole body, whose stated length is then another", async () => {
    const decoded = async () =>
      new Response(content, { headers: { "content-length": "10", "content-encoding": "gzip" } });
    expect((await open(content, { fetch: decoded })).size).toBe(1000);
  });
});

describe("the size", () => {
  test("is asked for by HEAD where Content-Range is hidden", async () => {
    server.twist = withHeaders({ "content-range": undefined });
    await using source = await open();
    expect(source.size).toBe(1000);
    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "HEAD"]);
  });

  test("is asked for by HEAD for the tail and for an empty file too", async () => {
    server.twist = withHeaders({ "content-range": undefined });
    await using source = await open(content, { tailBytes: 50 });
    expect(await source.read(0, 1000)).toEqual(content);
    expect((await open(new Uint8Array(0))).size).toBe(0);
  });

  test.each<[string, Twist]>([
    ["no HEAD", status(405)],
    ["HEAD without length", (reply) => ({ ...reply, chunked: true })],
    ["a compressed HEAD", withHeaders({ "content-encoding": "gzip" })],
  ])("that nothing tells (%s) is an error with the remedy", async (_, head) => {
    const hidden = withHeaders({ "content-range": undefined });
    server.twist = (reply, request) =>
      request.method === "HEAD" ? head(reply, request) : hidden(reply, request);
    await expect(open()).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
      message: expect.stringContaining("Access-Control-Expose-Headers"),
    });
  });

  test.each(["", "x", "9".repeat(20)])("is not %j", async (length) => {
    server.twist = withHeaders({ "content-range": undefined });
    const odd = async (url: string, init: RequestInit) =>
      init.method === "HEAD"
        ? new Response(null, { headers: { "content-length": length } })
        : fetch(url, init);
    await expect(open(content, { fetch: odd })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
  });

  test("that the server does not know is an error", async () => {
    server.twist = withHeaders({ "content-range": "bytes 0-99/*" });
    await expect(open()).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED" });
  });
});

describe("a first answer that does not add up", () => {
  const cases: [string, string, Twist][] = [
    ["another start", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 1-100/1000" })],
    ["more than asked", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 0-100/1000" })],
    ["no range", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes */1000" })],
    ["a range that is none", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 5-4/1000" })],
    ["an end past the size", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 0-99/50" })],
    ["another unit", "NTH_IO_ERROR", withHeaders({ "content-range": "rows 0-99/1000" })],
    [
      "a huge size",
      "NTH_IO_ERROR",
      withHeaders({ "content-range": `bytes 0-99/${"9".repeat(20)}` }),
    ],
    [
      "huge bounds",
      "NTH_IO_ERROR",
      withHeaders({ "content-range": `bytes 0-${"9".repeat(20)}/*` }),
    ],
    ["a shorter range", "NTH_SHORT_READ", withHeaders({ "content-range": "bytes 0-49/1000" })],
    ["a shorter body", "NTH_SHORT_READ", (reply) => ({ ...reply, body: reply.body.subarray(1) })],
    ["a longer body", "NTH_IO_ERROR", (reply) => ({ ...reply, body: new Uint8Array(101) })],
    ["compression", "NTH_NOT_SUPPORTED", withHeaders({ "content-encoding": "br" })],
    ["416 for a file with bytes", "NTH_IO_ERROR", status(416, { "content-range": "bytes */5" })],
  ];
  test.each(cases)("%s is %s", async (what, code, twist) => {
    // A shorter range comes with as many bytes as it says.
    server.twist = (reply, request) => {
      const changed = twist(reply, request);
      return what === "a shorter range" ? { ...changed, body: content.subarray(0, 50) } : changed;
    };
    await expect(open(content, { retries: 0 })).rejects.toMatchObject({ code });
  });
});

describe("a later answer", () => {
  const at = { source: expect.stringContaining("/a.bin"), offset: 300 };

  test.each<[string, string, Twist]>([
    ["another ETag", "NTH_SOURCE_CHANGED", withHeaders({ etag: '"other"' })],
    ["no ETag", "NTH_SOURCE_CHANGED", withHeaders({ etag: undefined })],
    ["another size", "NTH_SOURCE_CHANGED", withHeaders({ "content-range": "bytes 300-399/1001" })],
    ["another start", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 299-399/1000" })],
    ["a longer range", "NTH_IO_ERROR", withHeaders({ "content-range": "bytes 300-400/1000" })],
    ["a shorter range", "NTH_SHORT_READ", withHeaders({ "content-range": "bytes 300-398/1000" })],
    ["no range", "NTH_IO_ERROR", withHeaders({ "content-range": undefined })],
    ["a shorter body", "NTH_SHORT_READ", (reply) => ({ ...reply, body: reply.body.slice(1) })],
    ["a longer body", "NTH_IO_ERROR", (reply) => ({ ...reply, body: new Uint8Array(101) })],
    ["an empty body", "NTH_SHORT_READ", (reply) => ({ ...reply, body: new Uint8Array(0) })],
    ["compression", "NTH_NOT_SUPPORTED", withHeaders({ "content-encoding": "gzip" })],
    ["416", "NTH_SOURCE_CHANGED", status(416)],
    ["404", "NTH_NOT_FOUND", status(404)],
    ["403", "NTH_NOT_FOUND", status(403)],
    ["401", "NTH_IO_ERROR", status(401)],
    ["200", "NTH_IO_ERROR", ignoringRanges(() => content)],
    ["200 of another length", "NTH_SOURCE_CHANGED", ignoringRanges(() => sampleBytes(999))],
  ])("with %s is %s", async (_, code, twist) => {
    await using source = await open(content, { retries: 0 });
    server.twist = twist;
    await expect(source.read(300, 400)).rejects.toMatchObject({ code, ...at });
    await expect(source.readInto(new Uint8Array(100), 300)).rejects.toMatchObject({ code, ...at });
    server.twist = (reply) => reply;
    expect(await source.read(300, 400)).toEqual(content.slice(300, 400));
  });

  test("may leave the size open", async () => {
    await using source = await open();
    server.twist = withHeaders({ "content-range": "bytes 300-399/*" });
    expect(await source.read(300, 400)).toEqual(content.slice(300, 400));
  });

  test("of a file replaced under the reader is never mixed with the old one", async () => {
    await using source = await open();
    const replaced = sampleBytes(1000, 5);
    server.put("/a.bin", replaced);
    await expect(source.read(300, 400)).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    expect(await source.read(0, 100)).toEqual(content.slice(0, 100));
  });

  test("is told apart by Last-Modified where there is no ETag", async () => {
    const version = { "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT" };
    await using source = await openHttpSource(server.put("/b.bin", content, version), {
      headBytes: 10,
    });
    expect(await source.read(300, 400)).toEqual(content.slice(300, 400));
    server.put("/b.bin", content, { "last-modified": "Fri, 20 Nov 2026 10:00:01 GMT" });
    await expect(source.read(300, 400)).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });
});

describe("a transient failure", () => {
  const busy: [string, Twist][] = [
    ...[408, 429, 500, 502, 503, 504].map((code): [string, Twist] => [
      `status ${code}`,
      status(code),
    ]),
    ["a dropped connection", (reply) => ({ ...reply, drop: true })],
    ["a cut body", (reply) => ({ ...reply, cutAfter: 30 })],
  ];

  test.each(busy)("(%s) is met again", async (_, failure) => {
    server.twist = some(({ number }) => number === 1 || number === 3, failure);
    await using source = await open();
    expect(await source.read(300, 400)).toEqual(content.slice(300, 400));
    expect(server.requests).toHaveLength(4);
  });

  test("is given up after as many retries as allowed", async () => {
    await using source = await open(content, { retries: 1 });
    server.twist = status(503);
    await expect(source.read(300, 400)).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
      offset: 300,
      message: expect.stringContaining("503"),
    });
    expect(server.requests).toHaveLength(3);
  });

  test("keeps its cause", async () => {
    const cause = new TypeError("fetch failed");
    const failing = () => Promise.reject(cause);
    await expect(open(content, { retries: 0, fetch: failing })).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
      cause,
    });
  });

  test.each([
    [1000, { "retry-after": "1" }],
    [30_000, { "retry-after": "30" }],
    [150, {}],
  ])("waits %d ms when told %j", async (milliseconds, headers) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let calls = 0;
      const busyOnce = async () =>
        ++calls === 1 ? new Response(null, { status: 503, headers }) : new Response(content);
      const opening = open(content, { fetch: busyOnce });
      await vi.advanceTimersByTimeAsync(milliseconds * 0.6);
      expect(calls).toBe(1);
      await vi.advanceTimersByTimeAsync(milliseconds * 0.4);
      expect((await opening).size).toBe(1000);
      expect(calls).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("that asks for minutes ends the read at once, and says so", async () => {
    server.twist = status(429, { "retry-after": "3600" });
    await expect(open()).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
      message: expect.stringContaining("3600 s"),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("can be left while it waits", async () => {
    server.twist = status(503, { "retry-after": "20" });
    const controller = new AbortController();
    const opening = open(content, { signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort("enough");
    await expect(opening).rejects.toMatchObject({ code: "NTH_ABORTED", cause: "enough" });
  });

  test("does not keep a closed source waiting", async () => {
    await using source = await open();
    server.twist = status(503, { "retry-after": "20" });
    const read = source.read(300, 400);
    await expect.poll(() => server.requests.length).toBe(2);
    await source.close();
    await expect(read).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });
});

describe("many reads at once", () => {
  test("need one listener on their signal, and leave none that matters", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    await using source = await open();
    const controller = new AbortController();
    const { signal } = controller;
    const reads = Array.from({ length: 40 }, (_, i) => source.read(i + 200, i + 300, { signal }));
    expect((await Promise.all(reads))[39]).toEqual(content.slice(239, 339));
    server.twist = (reply) => ({ ...reply, delayMs: 5000 });
    const left = Array.from({ length: 40 }, (_, i) => source.read(i + 200, i + 300, { signal }));
    await expect.poll(() => server.requests.length).toBe(81);
    controller.abort();
    for (const result of await Promise.allSettled(left)) {
      expect(result).toMatchObject({ reason: { code: "NTH_ABORTED" } });
    }
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});

describe("leaving a read", () => {
  test.each<[string, Twist]>([
    ["before the head", (reply) => ({ ...reply, delayMs: 10_000 })],
    ["in the middle of the body", (reply) => ({ ...reply, pauseMs: 10_000 })],
  ])("%s, by a signal or by closing", async (_, slow) => {
    await using source = await open();
    server.twist = slow;
    const controller = new AbortController();
    const aborted = source.read(300, 400, { signal: controller.signal });
    const closed = source.read(500, 600);
    await expect.poll(() => server.requests.length).toBe(3);
    controller.abort("enough");
    await expect(aborted).rejects.toMatchObject({ code: "NTH_ABORTED", cause: "enough" });
    await source.close();
    await expect(closed).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });

  test("works with a fetch that does not know signals, and nothing is written afterwards", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = async (url: string, init: RequestInit) => {
      const { signal: _, ...rest } = init;
      const response = await fetch(url, rest);
      if (server.requests.length === 1) return response;
      const body = new ReadableStream({
        async start(controller) {
          await gate;
          controller.enqueue(
            (await response.bytes?.()) ?? new Uint8Array(await response.arrayBuffer()),
          );
          controller.close();
        },
      });
      return new Response(body, response);
    };
    await using source = await open(content, { fetch: late });
    const controller = new AbortController();
    const target = new Uint8Array(100);
    const read = source.readInto(target, 300, { signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(2);
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: "NTH_ABORTED" });
    release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(target).toEqual(new Uint8Array(100));
  });

  test("an aborted signal keeps even the opening from being sent", async () => {
    await expect(open(content, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    expect(server.requests).toHaveLength(0);
  });

  test("the signal of the opening does not reach later reads", async () => {
    const controller = new AbortController();
    await using source = await open(content, { signal: controller.signal });
    controller.abort();
    expect(await source.read(300, 400)).toEqual(content.slice(300, 400));
  });
});

describe("opening again", () => {
  const grown = sampleBytes(1500);
  grown.set(content);

  test("a file that did not change gives the same file", async () => {
    await using source = await open();
    await using again = await source.reopen();
    expect(again.size).toBe(1000);
    expect(await again.read(0, 1000)).toEqual(content);
    expect(await source.read(0, 1000)).toEqual(content);
  });

  test("a file that grew gives the new bytes; the old source keeps to the old version", async () => {
    await using source = await open();
    await source.read(900, 1000);
    server.put("/a.bin", grown);
    await using again = await source.reopen();
    expect(again.size).toBe(1500);
    expect(await again.read(0, 1500)).toEqual(grown);
    expect(source.size).toBe(1000);
    await expect(source.read(300, 400)).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });

  test("works again and again, in one request each", async () => {
    let source = await open(content.slice(0, 90));
    for (let size = 100; size <= 1000; size += 90) {
      server.put("/a.bin", content.slice(0, size));
      server.requests.length = 0;
      const again = await source.reopen();
      await source.close();
      source = again;
      expect(source.size).toBe(size);
      expect(server.requests).toHaveLength(1);
    }
    expect(await source.read(0, source.size)).toEqual(content.slice(0, source.size));
  });

  test("the end is remembered from the smallest read that touched it", async () => {
    await using source = await open();
    await source.read(999, 1000);
    await using same = await source.reopen();
    server.put("/a.bin", grown);
    expect((await same.reopen()).size).toBe(1500);
  });

  test.each<[string, Uint8Array]>([
    ["a longer file with another end in its place", sampleBytes(1500, 5)],
    ["a shorter file", content.slice(0, 990)],
    ["a much shorter file", content.slice(0, 10)],
    ["an empty file", new Uint8Array(0)],
    ["another file of the same size", sampleBytes(1000, 5)],
  ])("%s is NTH_SOURCE_CHANGED", async (_, bytes) => {
    await using source = await open();
    await source.read(900, 1000);
    server.put("/a.bin", bytes);
    await expect(source.reopen()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });

  test("a file that grew, but whose end was never read, is not taken on trust", async () => {
    await using source = await open();
    server.put("/a.bin", grown);
    await expect(source.reopen()).rejects.toMatchObject({
      code: "NTH_SOURCE_CHANGED",
      message: expect.stringContaining("never read"),
    });
  });

  test("a file that was empty may become anything", async () => {
    await using source = await open(new Uint8Array(0));
    server.put("/a.bin", content);
    expect(await (await source.reopen()).read(0, 1000)).toEqual(content);
  });

  test("without validators the old end decides", async () => {
    const url = server.put("/c.bin", content, {});
    await using source = await openHttpSource(url, { headBytes: 10 });
    expect((await source.reopen()).size).toBe(1000);
    await source.read(990, 1000);
    expect((await source.reopen()).size).toBe(1000);
    server.put("/c.bin", sampleBytes(1000, 5), {});
    await expect(source.reopen()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });

  test("a server without ranges sends the whole, which must begin with the old whole", async () => {
    let now: Uint8Array = content;
    server.twist = ignoringRanges(() => now);
    await using source = await open();
    now = grown;
    server.put("/a.bin", now);
    await using again = await source.reopen();
    expect(await again.read(0, 1500)).toEqual(grown);
    now = sampleBytes(1600, 5);
    server.put("/a.bin", now);
    await expect(again.reopen()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });

  test("a server may learn or forget ranges in between", async () => {
    server.twist = ignoringRanges(() => content);
    await using whole = await open();
    server.twist = (reply) => reply;
    server.put("/a.bin", grown);
    await using ranged = await whole.reopen();
    expect(await ranged.read(0, 1500)).toEqual(grown);
    await ranged.read(1400, 1500);
    const more = sampleBytes(1600);
    more.set(grown);
    server.put("/a.bin", more);
    server.twist = ignoringRanges(() => more);
    expect(await (await ranged.reopen()).read(0, 1600)).toEqual(more);
  });

  test("a closed source cannot", async () => {
    const source = await open();
    await source.close();
    await expect(source.reopen()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });
});
