import type { ByteSource, DataInput } from "../../index.ts";
import { check, checkCoded, checkIs, type Outcome, outcomeOf } from "../check.ts";
import { asyncOnly, FaultSource, type SourceFaults } from "../faults/fault-source.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { checkSurvey, type Survey, surveyReader } from "../survey.ts";

const FILE = "sources";
/** Reads made to fail, one opening for each. */
const FAILED_READS = 60;

/** A source over the bytes, that answers at once or later. */
type Wrap = (source: FaultSource) => ByteSource;
const WRAPS: readonly { readonly name: string; readonly wrap: Wrap }[] = [
  { name: "a source that answers at once", wrap: (source) => source },
  { name: "a source that answers later", wrap: asyncOnly },
];

async function files<T>(rig: Rig<T>): Promise<
  {
    readonly values: readonly T[];
    readonly data: Uint8Array;
    readonly index: Uint8Array | undefined;
  }[]
> {
  const all = [];
  for (const values of [rig.small, rig.values]) {
    const made = await rig.made(FILE, values);
    all.push({ values, data: made.data, index: made.index });
  }
  return all;
}

/** Opens `input` and reads it by every verb that reads several or one. */
async function surveyInput<T>(rig: Rig<T>, input: DataInput): Promise<Survey<T>> {
  const opened = await outcomeOf(() => rig.openInput(input, { index: "memory" }));
  if ("error" in opened) return opened;
  const reader = opened.value;
  try {
    const records = await surveyReader(reader);
    const many = await outcomeOf(() => reader.getMany([...records.keys()]));
    if ("error" in many) checkCoded(many.error, "getMany over a source that fails");
    else return { records: [...records, ...many.value.map((value): Outcome<T> => ({ value }))] };
    return { records };
  } finally {
    await reader.close();
  }
}

async function slowReads<T>(rig: Rig<T>): Promise<void> {
  for (const { values, data } of await files(rig)) {
    const source = asyncOnly(new FaultSource(data, { delay: () => rig.random.below(4) }));
    const reader = await rig.openInput(source, { index: "memory" });
    await rig.checkReader(reader, values, "a source whose answers overtake each other");
    const order = rig.random.shuffle([...values.keys(), ...values.keys()]);
    const got = await Promise.all(order.map((i) => reader.get(i)));
    rig.checkValues(
      got,
      order.map((i) => values[i] as T),
      "reads in flight over a slow source",
    );
    const seen: T[] = [];
    for await (const value of reader) seen.push(value);
    rig.checkValues(seen, values, "for await…of over a slow source");
    await reader.close();
  }
}

/** Runs one survey for each read that may go wrong, until a survey needs fewer reads. */
async function eachRead<T>(
  rig: Rig<T>,
  fault: (bad: number) => SourceFaults,
  what: string,
): Promise<void> {
  for (const { values, data } of await files(rig)) {
    // Every verb once over `values`, then getMany of them all.
    const expected = [...values, ...values];
    for (const { name, wrap } of WRAPS) {
      for (let bad = 1; bad <= FAILED_READS; bad++) {
        const source = new FaultSource(data, fault(bad));
        const found = await surveyInput(rig, wrap(source));
        checkSurvey(rig, found, expected, `${name}, ${what} ${bad}`, { prefix: true });
        if (source.reads < bad) break;
      }
    }
  }
}

const failsOnce = (bad: number): SourceFaults => ({
  before: (read) => {
    if (read === bad) throw new Error("the cable was pulled");
  },
});

/** An error without a code comes out with one, and with its cause. */
async function failedRead<T>(rig: Rig<T>): Promise<void> {
  await eachRead(rig, failsOnce, "failing read");
  const [, { values, data }] = (await files(rig)) as [
    unknown,
    { values: readonly T[]; data: Uint8Array },
  ];
  for (const { name, wrap } of WRAPS) {
    let broken = false;
    const cause = new Error("the cable was pulled");
    const source = new FaultSource(data, {
      before: () => {
        if (broken) throw cause;
      },
    });
    const reader = await rig.openInput(wrap(source), { index: "memory" });
    broken = true;
    const record = await outcomeOf(() => reader.get(0));
    check("error" in record, `${name}: get over a source that fails came to a value`);
    const error = checkCoded(record.error, `${name}: get over a source that fails`, "NTH_IO_ERROR");
    check(
      hasCause(error, cause),
      `${name}: the source's own error is not the cause of the reader's`,
    );
    broken = false;
    await rig.checkReader(reader, values, `${name}: a reader whose source works again`);
    await reader.close();
  }
}

function hasCause(error: unknown, cause: Error): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at === cause) return true;
  return false;
}

async function shortRead<T>(rig: Rig<T>): Promise<void> {
  const missing =
    (amount: number) =>
    (bad: number): SourceFaults => ({ missing: (read) => (read === bad ? amount : 0) });
  await eachRead(rig, missing(1), "one byte short in read");
  await eachRead(rig, missing(2 ** 31), "nothing at all in read");
}

/** A source that always holds a byte back: nothing can be read, and nothing wrong is. */
async function alwaysShort<T>(rig: Rig<T>): Promise<void> {
  for (const { values, data } of await files(rig)) {
    for (const { name, wrap } of WRAPS) {
      const source = wrap(new FaultSource(data, { missing: () => 1 }));
      checkSurvey(
        rig,
        await surveyInput(rig, source),
        [...values, ...values],
        `${name}, always one byte short`,
        { prefix: true },
      );
    }
  }
}

/** The format keeps to the range that it was given: what lies outside the records is never needed twice. */
async function reads<T>(rig: Rig<T>): Promise<void> {
  const [, { values, data }] = (await files(rig)) as [
    unknown,
    { values: readonly T[]; data: Uint8Array },
  ];
  const source = new FaultSource(data);
  const reader = await rig.openInput(source, { index: "memory" });
  const opened = source.bytesRead;
  check(
    opened <= 3 * data.length + 4096,
    `opening ${data.length} bytes without an index read ${opened} bytes`,
  );
  for (let i = 0; i < values.length; i++) {
    const { start, end } = await reader.locate(i);
    const before = source.bytesRead;
    await reader.get(i);
    const read = source.bytesRead - before;
    check(read <= 2 * (end - start) + 64, `get(${i}) of ${end - start} bytes read ${read} bytes`);
  }
  await reader.close();
  checkIs(source.closed, 0, "times that a source that was passed in was closed");
}

/** Slow, failing and short sources change nothing but time and codes. */
export const sources: readonly LawCase[] = [
  { name: "law 9: a slow source reads the same", anywhere: true, run: slowReads },
  {
    name: "law 9: a read that fails gives NTH_IO_ERROR with its cause, and the next one works",
    anywhere: true,
    run: failedRead,
  },
  { name: "law 9: a read that is short is never taken for data", anywhere: true, run: shortRead },
  {
    name: "law 9: a source that is always short gives codes only",
    anywhere: true,
    run: alwaysShort,
  },
  { name: "law 9: a record costs its own bytes", anywhere: true, run: reads },
];
