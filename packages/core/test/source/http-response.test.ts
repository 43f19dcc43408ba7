import { describe, expect, test } from "vitest";
import { discard, parseContentRange, retryAfter } from "../../src/source/http-response.ts";

describe("Content-Range", () => {
  test.each([
    ["bytes 0-0/1", { range: { start: 0, end: 1 }, total: 1 }],
    [" Bytes 5-9/10 ", { range: { start: 5, end: 10 }, total: 10 }],
    ["bytes 5-9/*", { range: { start: 5, end: 10 }, total: undefined }],
    ["bytes */0", { range: undefined, total: 0 }],
    ["bytes */*", { range: undefined, total: undefined }],
  ])("%j", (value, expected) => {
    expect(parseContentRange(value)).toEqual(expected);
  });

  test.each([null, "", "bytes", "bytes 1-0/5", "bytes 0-5/5", "bytes -5/10", "bytes 0-1", "0-1/2"])(
    "%j is none",
    (value) => {
      expect(parseContentRange(value)).toBeUndefined();
    },
  );
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-20T10:00:00Z");
  test.each([
    [null, undefined],
    ["0", 0],
    ["12", 12_000],
    ["Fri, 20 Nov 2026 10:00:05 GMT", 5000],
    ["Fri, 20 Nov 2026 09:59:00 GMT", 0],
    ["soon", undefined],
  ])("%j is %j ms", (value, expected) => {
    expect(retryAfter(value, now)).toBe(expected);
  });
});

describe("a body of no use", () => {
  test("is cancelled", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true;
      },
    });
    await discard(new Response(body));
    expect(cancelled).toBe(true);
  });

  test("that has failed, is missing or is being read does no harm", async () => {
    const failed = new ReadableStream({ start: (controller) => controller.error(new Error("no")) });
    await discard(new Response(failed));
    await discard(new Response(null));
    const locked = new Response("x");
    locked.body?.getReader();
    await discard(locked);
  });
});
