import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AbortOptions,
  BlobSource,
  type ByteSource,
  MemorySink,
  MemorySource,
  MemoryStore,
  PartsSource,
  StreamSink,
  SubSource,
  UrlStore,
} from "../../src/index.ts";
import { FileSink } from "../../src/platform/node/file-sink.ts";
import { FileSource } from "../../src/platform/node/file-source.ts";
import {
  asyncOnly,
  type ConformanceCase,
  FaultSource,
  type SinkUnderTest,
  sinkCases,
  sourceCases,
} from "../../src/testkit/index.ts";
import { TestHttpServer } from "../support/http-server.ts";

const folder = mkdtempSync(join(tmpdir(), "nthrec-"));
const server = await TestHttpServer.start();
let files = 0;

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});

function newPath(): string {
  files++;
  return join(folder, `${files}.bin`);
}

const sources: Readonly<Record<string, (bytes: Uint8Array) => Promise<ByteSource>>> = {
  MemorySource: async (bytes) => new MemorySource(bytes),
  BlobSource: async (bytes) => new BlobSource(new Blob([new Uint8Array(bytes)])),
  SubSource: async (bytes) => {
    const around = new Uint8Array(bytes.length + 7);
    around.set(bytes, 3);
    return new SubSource(new MemorySource(around), 3, 3 + bytes.length);
  },
  PartsSource: async (bytes) => {
    const parts: ByteSource[] = [];
    for (let at = 0; at < bytes.length || parts.length === 0; at += 70_000) {
      parts.push(new MemorySource(bytes.slice(at, at + 70_000)));
    }
    return new PartsSource(parts);
  },
  FileSource: async (bytes) => {
    const path = newPath();
    writeFileSync(path, bytes);
    return FileSource.open(path);
  },
  "an entry of a UrlStore": async (bytes) => {
    files++;
    server.put(`/${files}`, bytes);
    return new UrlStore(`${server.origin}/`).open(`${files}`);
  },
  "an entry of a MemoryStore": async (bytes) => {
    const store = new MemoryStore({ entries: [["a", bytes]] });
    return store.open("a");
  },
};

describe.each(Object.entries(sources))("%s is a source", (_, open) => {
  for (const { name, run } of sourceCases(open)) test(name, run);
});

const sinks: Readonly<Record<string, () => Promise<SinkUnderTest>>> = {
  MemorySink: async () => {
    const sink = new MemorySink();
    return { sink, content: async () => sink.toBytes() };
  },
  FileSink: async () => {
    const path = newPath();
    return { sink: await FileSink.create(path), content: async () => readFileSync(path) };
  },
};

describe.each(Object.entries(sinks))("%s is a sink", (_, open) => {
  for (const { name, run } of sinkCases(open)) test(name, run);
});

describe("StreamSink is a sequential sink", () => {
  const open = async (): Promise<SinkUnderTest> => {
    const written: number[] = [];
    const stream = new WritableStream<Uint8Array>({
      write: (bytes) => void written.push(...bytes),
    });
    return { sink: new StreamSink(stream), content: async () => Uint8Array.from(written) };
  };
  for (const { name, run } of sinkCases(open, { sequential: true })) test(name, run);
});

/** The names of the cases that fail. */
async function failingNames(cases: readonly ConformanceCase[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of cases) {
    await run().catch((error: Error) => {
      expect(error.message).toContain("seed: 20260101");
      failed.push(name);
    });
  }
  return failed;
}

/** A source that answers memory which it uses again. */
class SharingSource extends MemorySource {
  readonly #buffer = new Uint8Array(300_000);

  override async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    this.#buffer.set(await super.read(start, end, options));
    return this.#buffer.subarray(0, end - start);
  }
}

/** A source that fills a byte too many. */
class SpillingSource extends MemorySource {
  override readIntoSync(target: Uint8Array, start: number): void {
    super.readIntoSync(target, start);
    new Uint8Array(target.buffer)[target.byteOffset + target.length] = 1;
  }
}

/** A sink that keeps the caller's buffer. */
class KeepingSink extends MemorySink {
  readonly #kept: [number, Uint8Array][] = [];

  override async write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    if (options?.signal?.aborted) return super.write(position, bytes, options);
    this.#kept.push([position, bytes]);
  }

  override async close(): Promise<void> {
    for (const [position, bytes] of this.#kept.splice(0)) await super.write(position, bytes);
    await super.close();
  }
}

describe("the kit notices a source or sink that breaks its contract", () => {
  test("short reads, and reads past the end that succeed", async () => {
    const short = async (bytes: Uint8Array) => new FaultSource(bytes, { missing: () => 1 });
    expect(await failingNames(sourceCases(short))).toContain(
      "source: reads the whole and every part",
    );
    const lenient = async (bytes: Uint8Array) => asyncOnly(new FaultSource(bytes));
    const failed = await failingNames(sourceCases(lenient));
    expect(failed).toContain("source: refuses ranges outside its bytes, with a code");
    expect(failed).toContain("source: fails with NTH_NOT_OPEN after close, and closes twice");
    expect(failed).toContain("source: ends a read whose signal is aborted");
  });

  test("memory that is not the caller's", async () => {
    const failed = await failingNames(sourceCases(async (bytes) => new SharingSource(bytes)));
    expect(failed).toContain("source: returns bytes that belong to the caller");
    expect(failed).toContain("source: answers many reads in flight");
  });

  test("a buffer that is overrun", async () => {
    const failed = await failingNames(sourceCases(async (bytes) => new SpillingSource(bytes)));
    expect(failed).toContain("source: fills a buffer, and nothing beside it");
  });

  test("a sink that keeps the caller's buffer", async () => {
    const open = async (): Promise<SinkUnderTest> => {
      const sink = new KeepingSink();
      return { sink, content: async () => sink.toBytes() };
    };
    const failed = await failingNames(sinkCases(open));
    expect(failed).toContain("sink: is done with a buffer when write resolves");
    expect(failed).toContain("sink: fails with NTH_NOT_OPEN after close, and closes twice");
  });
});
