import type { ByteSource } from "../index.ts";
import { check, checkBytes, checkCoded, checkFails, checkIs, outcomeOf } from "./check.ts";
import { DEFAULT_SEED, Random } from "./random.ts";
import { runCase } from "./run-case.ts";
import { isSyncSource } from "./sync.ts";
import type { ConformanceCase } from "./types.ts";

/** Sizes of the sources that are opened, bytes. */
const SIZES = [0, 1, 7, 300, 200_001];

type Open = (bytes: Uint8Array) => Promise<ByteSource>;
type Body = (source: ByteSource, bytes: Uint8Array, random: Random) => Promise<void>;

/** Options of `sourceCases`. */
export interface SourceCasesOptions {
  /** What every choice follows from. */
  readonly seed?: number | undefined;
}

async function wholeAndParts(source: ByteSource, bytes: Uint8Array, random: Random): Promise<void> {
  checkIs(source.size, bytes.length, "size");
  check(
    typeof source.name === "string" && source.name !== "",
    "a source needs a name for error messages",
  );
  checkBytes(await source.read(0, bytes.length), bytes, "read of all bytes");
  for (const [start, end] of ranges(bytes.length, random)) {
    checkBytes(await source.read(start, end), bytes.subarray(start, end), `read(${start}, ${end})`);
  }
}

/** Borders, and a few dozen ranges at random, some of them empty. */
function ranges(size: number, random: Random): (readonly [number, number])[] {
  const chosen: [number, number][] = [
    [0, 0],
    [size, size],
    [0, Math.min(1, size)],
    [Math.max(0, size - 1), size],
  ];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [random.below(size + 1), random.below(size + 1)];
    chosen.push([Math.min(a, b), Math.max(a, b)]);
  }
  return chosen;
}

async function owned(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const first = await source.read(0, bytes.length);
  first.fill(0xa5);
  checkBytes(
    await source.read(0, bytes.length),
    bytes,
    "a read after the caller changed what another one returned",
  );
  const half = Math.floor(bytes.length / 2);
  const kept = await source.read(half, bytes.length);
  await source.read(0, bytes.length);
  checkBytes(kept, bytes.subarray(half), "the bytes of a read after another one");
}

async function inFlight(source: ByteSource, bytes: Uint8Array, random: Random): Promise<void> {
  const asked = [...ranges(bytes.length, random), ...ranges(bytes.length, random)];
  const answers = await Promise.all(asked.map(([start, end]) => source.read(start, end)));
  for (const [i, [start, end]] of asked.entries()) {
    checkBytes(
      answers[i],
      bytes.subarray(start, end),
      `read(${start}, ${end}) among ${asked.length} in flight`,
    );
  }
}

async function outside(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const size = bytes.length;
  for (const [start, end] of [
    [0, size + 1],
    [size, size + 1],
    [size + 5, size + 9],
    [0, 2 ** 40],
  ] as const) {
    await checkFails(() => source.read(start, end), `read(${start}, ${end}) of ${size} bytes`);
  }
  for (const [start, end] of [
    [-1, 0],
    [1, 0],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ] as const) {
    const outcome = await outcomeOf(() => source.read(start, end));
    check("error" in outcome, `read(${start}, ${end}) of ${size} bytes was answered`);
    if (!(outcome.error instanceof TypeError)) checkCoded(outcome.error, `read(${start}, ${end})`);
  }
  checkBytes(await source.read(0, size), bytes, "a read after refused ones");
}

async function into(source: ByteSource, bytes: Uint8Array, random: Random): Promise<void> {
  for (const [start, end] of ranges(bytes.length, random)) {
    const frame = new Uint8Array(end - start + 8).fill(0xee);
    const target = frame.subarray(4, 4 + end - start);
    if (source.readInto !== undefined) {
      await source.readInto(target, start);
      checkBytes(target, bytes.subarray(start, end), `readInto from ${start} to ${end}`);
    }
    if (isSyncSource(source) && source.readIntoSync !== undefined) {
      target.fill(0);
      source.readIntoSync(target, start);
      checkBytes(target, bytes.subarray(start, end), `readIntoSync from ${start} to ${end}`);
    }
    const around = [...frame.subarray(0, 4), ...frame.subarray(frame.length - 4)];
    check(
      around.every((byte) => byte === 0xee),
      `reading into [${start}, ${end}) wrote outside its target`,
    );
  }
}

async function sync(source: ByteSource, bytes: Uint8Array, random: Random): Promise<void> {
  if (!isSyncSource(source)) return;
  for (const [start, end] of ranges(bytes.length, random)) {
    checkBytes(
      source.readSync(start, end),
      bytes.subarray(start, end),
      `readSync(${start}, ${end})`,
    );
  }
  source.readSync(0, bytes.length).fill(0x5a);
  checkBytes(
    source.readSync(0, bytes.length),
    bytes,
    "readSync after the caller changed what another one returned",
  );
  await checkFails(() => source.readSync(0, bytes.length + 1), "readSync past the end");
  check(typeof (source.mayInline?.(1) ?? true) === "boolean", "mayInline answers with a boolean");
}

async function aborted(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const signal = AbortSignal.abort(new Error("the caller changed its mind"));
  const error = await checkFails(
    () => source.read(0, bytes.length, { signal }),
    "read with an aborted signal",
    "NTH_ABORTED",
  );
  checkIs(error.name, "AbortError", "name of the error");
  check(error.cause === signal.reason, "the signal's reason is not the cause of the error");
  const live = new AbortController();
  checkBytes(
    await source.read(0, bytes.length, { signal: live.signal }),
    bytes,
    "a read with a signal that does not fire",
  );
  live.abort();
  checkBytes(await source.read(0, bytes.length), bytes, "a read after an aborted one");
}

async function closed(source: ByteSource, bytes: Uint8Array): Promise<void> {
  await source.close();
  await source.close();
  await checkFails(() => source.read(0, bytes.length), "read after close", "NTH_NOT_OPEN");
  await checkFails(() => source.read(0, 0), "read of nothing after close", "NTH_NOT_OPEN");
  if (isSyncSource(source)) {
    await checkFails(
      () => source.readSync(0, bytes.length),
      "readSync after close",
      "NTH_NOT_OPEN",
    );
    source.closeSync();
  }
  checkIs(source.size, bytes.length, "size after close");
}

async function disposed(source: ByteSource): Promise<void> {
  if (isSyncSource(source)) source[Symbol.dispose]();
  await source[Symbol.asyncDispose]();
  await checkFails(() => source.read(0, 0), "read after disposal", "NTH_NOT_OPEN");
}

const BODIES: Readonly<Record<string, Body>> = {
  "reads the whole and every part": wholeAndParts,
  "returns bytes that belong to the caller": owned,
  "answers many reads in flight": inFlight,
  "refuses ranges outside its bytes, with a code": outside,
  "fills a buffer, and nothing beside it": into,
  "answers at once as it answers later": sync,
  "ends a read whose signal is aborted": aborted,
  "fails with NTH_NOT_OPEN after close, and closes twice": closed,
  "closes by disposal": disposed,
};

/**
 * What every byte source does, as cases for any test runner.
 *
 * @param open Opens a new source over exactly these bytes; each case closes what it opened.
 */
export function sourceCases(
  open: Open,
  options: SourceCasesOptions = {},
): readonly ConformanceCase[] {
  const seed = options.seed ?? DEFAULT_SEED;
  return Object.entries(BODIES).map(([name, body]) => {
    const title = `source: ${name}`;
    return {
      name: title,
      run: () => runCase(title, `seed: ${seed}`, () => onSizes(open, body, seed)),
    };
  });
}

async function onSizes(open: Open, body: Body, seed: number): Promise<void> {
  for (const size of SIZES) {
    const random = new Random(seed + size);
    const bytes = random.bytes(size);
    const source = await open(bytes.slice());
    try {
      await body(source, bytes, random);
    } finally {
      await source.close();
    }
  }
}
