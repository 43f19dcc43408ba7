import type { ByteSink } from "../index.ts";
import { check, checkBytes, checkFails, checkIs } from "./check.ts";
import { DEFAULT_SEED, Random } from "./random.ts";
import { runCase } from "./run-case.ts";
import { isSyncSink } from "./sync.ts";
import type { ConformanceCase } from "./types.ts";

/** A new, empty sink, and what came out of it. */
export interface SinkUnderTest {
  readonly sink: ByteSink;
  /** The bytes that the sink holds by now; called after `flush` or `close`. */
  content(): Promise<Uint8Array>;
}

/** Options of `sinkCases`. */
export interface SinkCasesOptions {
  /** Whether the sink takes bytes in order only, as a stream does. @default false */
  readonly sequential?: boolean | undefined;
  /** What every choice follows from. */
  readonly seed?: number | undefined;
}

type Body = (under: SinkUnderTest, random: Random) => Promise<void>;

async function inOrder({ sink, content }: SinkUnderTest, random: Random): Promise<void> {
  check(
    typeof sink.name === "string" && sink.name !== "",
    "a sink needs a name for error messages",
  );
  const bytes = random.bytes(100_000);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + random.below(20_000));
    await sink.write(at, bytes.subarray(at, end));
    at = end;
  }
  await sink.close();
  checkBytes(await content(), bytes, "bytes written in order");
}

async function nothing({ sink, content }: SinkUnderTest): Promise<void> {
  await sink.write(0, new Uint8Array(0));
  await sink.close();
  checkIs((await content()).length, 0, "bytes after a write of nothing");
}

async function reusedBuffer({ sink, content }: SinkUnderTest, random: Random): Promise<void> {
  const bytes = random.bytes(3000);
  const buffer = new Uint8Array(1000);
  for (let at = 0; at < bytes.length; at += buffer.length) {
    buffer.set(bytes.subarray(at, at + buffer.length));
    await sink.write(at, buffer);
  }
  buffer.fill(0);
  await sink.flush();
  await sink.close();
  checkBytes(await content(), bytes, "bytes written from a buffer that is used again");
}

async function atOnce({ sink, content }: SinkUnderTest, random: Random): Promise<void> {
  if (!isSyncSink(sink)) return sink.close();
  const bytes = random.bytes(5000);
  sink.writeSync(0, bytes.subarray(0, 2000));
  sink.writeSync(2000, bytes.subarray(2000));
  sink.flushSync();
  sink.closeSync();
  checkBytes(await content(), bytes, "bytes written by writeSync");
}

async function aborted({ sink, content }: SinkUnderTest): Promise<void> {
  const signal = AbortSignal.abort();
  await checkFails(
    () => sink.write(0, new Uint8Array(3), { signal }),
    "write with an aborted signal",
    "NTH_ABORTED",
  );
  await sink.write(0, Uint8Array.of(1, 2));
  await sink.close();
  checkBytes(await content(), Uint8Array.of(1, 2), "bytes after an aborted write");
}

async function closed({ sink, content }: SinkUnderTest): Promise<void> {
  await sink.write(0, Uint8Array.of(1));
  await sink.close();
  await sink.close();
  await checkFails(() => sink.write(1, Uint8Array.of(2)), "write after close", "NTH_NOT_OPEN");
  await checkFails(() => sink.truncate(0), "truncate after close", "NTH_NOT_OPEN");
  await checkFails(() => sink.flush(), "flush after close", "NTH_NOT_OPEN");
  if (isSyncSink(sink)) {
    await checkFails(
      () => sink.writeSync(1, Uint8Array.of(2)),
      "writeSync after close",
      "NTH_NOT_OPEN",
    );
    sink.closeSync();
  }
  checkBytes(await content(), Uint8Array.of(1), "bytes after calls that came too late");
}

async function disposed({ sink }: SinkUnderTest): Promise<void> {
  if (isSyncSink(sink)) sink[Symbol.dispose]();
  await sink[Symbol.asyncDispose]();
  await checkFails(() => sink.write(0, Uint8Array.of(1)), "write after disposal", "NTH_NOT_OPEN");
}

async function anywhere({ sink, content }: SinkUnderTest, random: Random): Promise<void> {
  const expected = random.bytes(4000);
  const order = random.shuffle([0, 1000, 2000, 3000]);
  for (const at of order) await sink.write(at, expected.subarray(at, at + 1000));
  for (let i = 0; i < 30; i++) {
    const at = random.below(3900);
    const patch = random.bytes(random.below(100));
    expected.set(patch, at);
    await sink.write(at, patch);
  }
  await sink.close();
  checkBytes(await content(), expected, "bytes written in any order, some of them twice");
}

async function gaps({ sink, content }: SinkUnderTest): Promise<void> {
  await sink.write(5, Uint8Array.of(9));
  await sink.flush();
  checkBytes(
    await content(),
    Uint8Array.of(0, 0, 0, 0, 0, 9),
    "bytes before a write that skipped them",
  );
  await sink.close();
}

async function truncates({ sink, content }: SinkUnderTest): Promise<void> {
  await sink.write(0, Uint8Array.of(1, 2, 3, 4, 5, 6));
  await sink.truncate(2);
  await sink.write(3, Uint8Array.of(7));
  await sink.truncate(5);
  await sink.flush();
  checkBytes(
    await content(),
    Uint8Array.of(1, 2, 0, 7, 0),
    "bytes after truncate(2), a write at 3, truncate(5)",
  );
  await sink.truncate(0);
  await sink.close();
  checkIs((await content()).length, 0, "bytes after truncate(0)");
}

async function inFlight({ sink, content }: SinkUnderTest, random: Random): Promise<void> {
  const bytes = random.bytes(20_000);
  const starts = random.shuffle(Array.from({ length: 20 }, (_, i) => i * 1000));
  await Promise.all(starts.map((at) => sink.write(at, bytes.slice(at, at + 1000))));
  await sink.close();
  checkBytes(await content(), bytes, "bytes of 20 writes in flight");
}

const SEQUENTIAL: Readonly<Record<string, Body>> = {
  "writes bytes in order": inOrder,
  "writes nothing": nothing,
  "is done with a buffer when write resolves": reusedBuffer,
  "writes before it returns as it does later": atOnce,
  "refuses a write whose signal is aborted": aborted,
  "fails with NTH_NOT_OPEN after close, and closes twice": closed,
  "closes by disposal": disposed,
};

const POSITIONAL: Readonly<Record<string, Body>> = {
  "writes anywhere, and over what is there": anywhere,
  "fills what a write skips with zeros": gaps,
  "truncates, shorter and longer": truncates,
  "takes many writes in flight": inFlight,
};

/** What every byte sink does, as cases for any test runner. Each case gets a new, empty sink and closes it. */
export function sinkCases(
  open: () => Promise<SinkUnderTest>,
  options: SinkCasesOptions = {},
): readonly ConformanceCase[] {
  const seed = options.seed ?? DEFAULT_SEED;
  const bodies = options.sequential === true ? SEQUENTIAL : { ...SEQUENTIAL, ...POSITIONAL };
  return Object.entries(bodies).map(([name, body]) => {
    const title = `sink: ${name}`;
    const run = async (): Promise<void> => {
      const under = await open();
      try {
        await body(under, new Random(seed));
      } finally {
        await under.sink.close();
      }
    };
    return { name: title, run: () => runCase(title, `seed: ${seed}`, run) };
  });
}
