import { describe, expect, test } from "vitest";
import { StreamSink } from "../../src/sink/stream-sink.ts";

/** A stream that keeps what it gets, each write as `write` says. */
function collecting(write: (chunk: Uint8Array) => unknown = () => undefined, highWaterMark = 1) {
  const chunks: Uint8Array[] = [];
  const ends: unknown[] = [];
  const stream = new WritableStream<Uint8Array>(
    {
      write: async (chunk) => {
        await write(chunk);
        chunks.push(chunk);
      },
      close: () => void ends.push("closed"),
      abort: (reason) => void ends.push(reason),
    },
    { highWaterMark },
  );
  return { stream, chunks, ends, bytes: () => Uint8Array.from(chunks.flatMap((c) => [...c])) };
}

const of = (...bytes: number[]) => Uint8Array.from(bytes);

describe("a stream", () => {
  test("gets the bytes in order, and is closed with the sink", async () => {
    const { stream, bytes, ends } = collecting();
    const sink = new StreamSink(stream);
    expect(sink.name).toBe("stream");
    await sink.write(0, of(1, 2));
    await sink.write(2, of());
    await sink.truncate(2);
    await sink.write(2, of(3));
    await sink.flush();
    expect(bytes()).toEqual(of(1, 2, 3));
    await sink.close();
    await sink.close();
    expect(ends).toEqual(["closed"]);
    expect(stream.locked).toBe(false);
  });

  test("keeps call order when nobody waits", async () => {
    const { stream, bytes } = collecting((chunk) => {
      const wait = 3 - (chunk[0] as number);
      return new Promise((resolve) => setTimeout(resolve, wait));
    });
    const sink = new StreamSink(stream);
    await Promise.all([sink.write(0, of(0)), sink.write(1, of(1)), sink.write(2, of(2))]);
    expect(bytes()).toEqual(of(0, 1, 2));
    await sink.write(3, of(3));
    const last = sink.write(4, of(4));
    await sink.close();
    await last;
    expect(bytes()).toEqual(of(0, 1, 2, 3, 4));
  });

  test("that is full makes the writer wait", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { stream, chunks } = collecting(() => gate);
    const sink = new StreamSink(stream);
    let done = 0;
    const writes = [0, 1, 2].map((i) => sink.write(i, of(i)).then(() => done++));
    const flushed = sink.flush().then(() => done);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toBe(0);
    expect(chunks).toEqual([]);
    release();
    await Promise.all(writes);
    expect(await flushed).toBe(3);
  });

  test("keeps its bytes when the caller reuses the buffer", async () => {
    const { readable, writable } = new TransformStream<Uint8Array>(undefined, undefined, {
      highWaterMark: 10,
    });
    const sink = new StreamSink(writable);
    const buffer = of(1, 2, 3);
    await sink.write(0, buffer);
    buffer.fill(0);
    await sink.close();
    expect((await readable.getReader().read()).value).toEqual(of(1, 2, 3));
  });

  test("is written front to back only", async () => {
    const { stream, bytes } = collecting();
    const sink = new StreamSink(stream, { name: "response" });
    await sink.write(0, of(1, 2));
    const error = { code: "NTH_NOT_SUPPORTED", source: "response" };
    for (const position of [0, 1, 3, -1, Number.NaN]) {
      await expect(sink.write(position, of(9))).rejects.toMatchObject(error);
    }
    await expect(sink.truncate(0)).rejects.toMatchObject({ ...error, offset: 0 });
    await sink.write(2, of(3));
    expect(bytes()).toEqual(of(1, 2, 3));
  });

  test("may stay open for its owner", async () => {
    const { stream, ends, bytes } = collecting();
    await using sink = new StreamSink(stream, { preventClose: true });
    await sink.write(0, of(1));
    await sink.close();
    expect(ends).toEqual([]);
    await stream.getWriter().write(of(2));
    expect(bytes()).toEqual(of(1, 2));
  });

  test("that fails fails every verb from then on, and is aborted", async () => {
    const cause = new Error("no");
    let writes = 0;
    const { stream } = collecting(() => {
      if (++writes === 2) throw cause;
    });
    const sink = new StreamSink(stream);
    await sink.write(0, of(1, 2));
    const error = { code: "NTH_IO_ERROR", offset: 2, cause };
    const second = sink.write(2, of(3));
    const third = sink.write(3, of(4));
    const flushed = sink.flush();
    await expect(second).rejects.toMatchObject(error);
    await expect(third).rejects.toMatchObject(error);
    await expect(flushed).rejects.toMatchObject(error);
    await expect(sink.write(4, of(5))).rejects.toMatchObject(error);
    await expect(sink.truncate(4)).rejects.toMatchObject(error);
    await expect(sink.close()).rejects.toMatchObject(error);
    await expect(sink.flush()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
    expect(stream.locked).toBe(false);
  });

  test("that its other end cancelled fails with that reason", async () => {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const sink = new StreamSink(writable);
    await readable.cancel("enough");
    await expect(sink.write(0, of(1))).rejects.toMatchObject({
      code: "NTH_IO_ERROR",
      cause: "enough",
    });
  });

  test("that cannot be closed says so", async () => {
    const cause = new Error("no");
    const stream = new WritableStream<Uint8Array>({
      close: () => {
        throw cause;
      },
    });
    const sink = new StreamSink(stream);
    await expect(sink.close()).rejects.toMatchObject({ code: "NTH_IO_ERROR", cause });
  });

  test("left before a write goes on; left in a write it is cut, and its reader learns", async () => {
    const { stream, ends } = collecting(() => new Promise(() => undefined));
    const sink = new StreamSink(stream);
    const gone = AbortSignal.abort();
    await expect(sink.write(0, of(1), { signal: gone })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    const controller = new AbortController();
    const write = sink.write(0, of(1), { signal: controller.signal });
    const next = sink.write(1, of(2));
    controller.abort();
    await expect(write).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect(next).rejects.toMatchObject({ code: "NTH_IO_ERROR", offset: 0 });
    await expect(sink.close()).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    expect(ends).toMatchObject([{ code: "NTH_IO_ERROR" }]);
  });

  test("aborted by the sink tells the other end why", async () => {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const sink = new StreamSink(writable);
    const controller = new AbortController();
    const write = sink.write(0, of(1), { signal: controller.signal });
    controller.abort();
    await expect(write).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await expect(sink.close()).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    await expect(readable.getReader().read()).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
  });
});
