import { type BaseIndexedReader, isNthrecError, type LiveStore, MemoryStore } from "../../index.ts";
import { check, checkCoded, fail, outcomeOf } from "../check.ts";
import { FaultStore, type StoreFault } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";

const FILE = "stores";
/** Steps of a store that are made to fail, one run for each. */
const MOST_STEPS = 400;

/** A run of a writer over a store that fails: what it was told, and what it was promised. */
interface Told<T> {
  /** Values in the file before the run. */
  readonly before: readonly T[];
  /** Values handed over, in order. */
  readonly given: readonly T[];
  /** How many of the values were acknowledged by `commit` or `close`. */
  readonly acknowledged: number;
  /** Sizes of `given` at which a commit was asked for: a batch is whole or absent. */
  readonly borders: readonly number[];
}

/** Appends the small values with a commit after every second one, until an error ends it. */
async function appendUntilError<T>(
  rig: Rig<T>,
  store: LiveStore,
  before: readonly T[],
): Promise<Told<T>> {
  const given: T[] = [];
  const borders: number[] = [0];
  let acknowledged = 0;
  const outcome = await outcomeOf(async () => {
    const mode = rig.format.lacks?.includes("append") ? "write" : "append";
    const writer = await rig.format.Writer.open(
      { store, name: FILE },
      { ...rig.format.writerOptions, mode, exclusive: true },
    );
    try {
      for (const [i, value] of rig.small.entries()) {
        given.push(value);
        await writer.append(value);
        if (i % 2 === 1) {
          borders.push(given.length);
          await writer.commit();
          acknowledged = given.length;
        }
      }
      borders.push(given.length);
      await writer.commit();
      acknowledged = given.length;
    } finally {
      borders.push(given.length);
      const closed = await outcomeOf(() => writer.close());
      if (!("error" in closed)) acknowledged = given.length;
      else checkCoded(closed.error, "close over a store that fails");
    }
  });
  if ("error" in outcome) checkCoded(outcome.error, "a writer over a store that fails");
  return { before, given, acknowledged, borders };
}

/**
 * Reads the file as the next process finds it, and writes nothing: the records must be a whole number of batches,
 * with none missing that was acknowledged. Answers how many there are.
 */
async function checkLeft<T>(
  rig: Rig<T>,
  store: MemoryStore,
  told: Told<T>,
  what: string,
): Promise<number> {
  const { before, given, acknowledged, borders } = told;
  const opened = await outcomeOf(() => openLeft(rig, store));
  if ("error" in opened) {
    // Before the first commit there may be no file at all.
    checkCoded(opened.error, what);
    if (before.length + acknowledged === 0 && isNthrecError(opened.error, "NTH_NOT_FOUND"))
      return 0;
    fail(`${what}: the file cannot be opened any more: ${String(opened.error)}`, opened.error);
  }
  const records = await readOut(opened.value);
  const added = records.length - before.length;
  check(
    added >= acknowledged,
    `${what}: of ${acknowledged} acknowledged records ${added} are there`,
  );
  check(borders.includes(added), `${what}: ${added} records are there, commits at ${borders}`);
  rig.checkValues(records, [...before, ...given].slice(0, records.length), what);
  return records.length;
}

function openLeft<T>(rig: Rig<T>, store: MemoryStore): Promise<BaseIndexedReader<T>> {
  const options = { ...rig.format.readerOptions, onStaleIndex: "memory" } as const;
  return rig.format.Reader.open({ store, name: FILE }, options);
}

async function readOut<T>(reader: BaseIndexedReader<T>): Promise<T[]> {
  const records = await reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
  await reader.close();
  return records;
}

/** Appends once more, as the next process would. A batch that was whole but not published may come back then. */
async function checkContinues<T>(
  rig: Rig<T>,
  store: MemoryStore,
  told: Told<T>,
  left: number,
  what: string,
): Promise<void> {
  if (rig.format.lacks?.includes("append")) return;
  const entry = { store, name: FILE };
  const value = rig.small[0] as T;
  const writer = await rig.format.Writer.open(entry, {
    ...rig.format.writerOptions,
    mode: "append",
  });
  await writer.append(value);
  await writer.close();
  const after = await readOut(await openLeft(rig, store));
  const kept = after.length - 1;
  const { before, given, borders } = told;
  check(
    kept >= left,
    `${what}, then appended to: ${kept} records before the new one, were ${left}`,
  );
  check(borders.includes(kept - before.length), `${what}, then appended to: ${kept} are kept`);
  rig.checkValues(after.slice(0, -1), [...before, ...given].slice(0, kept), `${what}, continued`);
  rig.checkValue(after.at(-1), value, `${what}, continued, the last record`);
  store.removeSync(FILE + rig.format.Reader.indexSuffix);
  rig.checkValues(await readOut(await openLeft(rig, store)), after, `${what}, without its index`);
}

/** Tries a fault at every step: `make(n)` is the fault at step n. */
async function everyStep<T>(
  rig: Rig<T>,
  make: (step: number) => StoreFault,
  what: string,
): Promise<void> {
  for (const before of [[], rig.small.slice(0, 3)]) {
    if (before.length > 0 && rig.format.lacks?.includes("append")) continue;
    for (let step = 1; step <= MOST_STEPS; step++) {
      const disk = new MemoryStore();
      if (before.length > 0) await writeBefore(rig, disk, before);
      const store = new FaultStore(disk, make(step));
      const told = await appendUntilError(rig, store, before);
      const name = `${what} at step ${step}, ${before.length} records before`;
      const left = await checkLeft(rig, disk, told, name);
      await checkContinues(rig, disk, told, left, name);
      if (store.steps < step) break;
    }
  }
}

async function writeBefore<T>(
  rig: Rig<T>,
  store: MemoryStore,
  values: readonly T[],
): Promise<void> {
  const writer = await rig.format.Writer.open({ store, name: FILE }, rig.format.writerOptions);
  await writer.extend(values);
  await writer.close();
}

/** The process dies: from one step on nothing reaches the disk, and of that step perhaps a part. */
async function dies<T>(rig: Rig<T>): Promise<void> {
  await everyStep(
    rig,
    (bad) =>
      ({ step }) =>
        step >= bad ? 0 : undefined,
    "a writer killed",
  );
  const torn =
    (bad: number): StoreFault =>
    ({ step, bytes }) => {
      if (step < bad) return undefined;
      return step === bad ? rig.random.below(bytes + 1) : 0;
    };
  await everyStep(rig, torn, "a writer killed in the middle of a write");
}

/** The disk is full for a moment: one change fails, the next ones work. */
async function fullDisk<T>(rig: Rig<T>): Promise<void> {
  await everyStep(
    rig,
    (bad) =>
      ({ step }) =>
        step === bad ? 0 : undefined,
    "a full disk",
  );
  const part =
    (bad: number): StoreFault =>
    ({ step, bytes }) =>
      step === bad ? Math.floor(bytes / 2) : undefined;
  await everyStep(rig, part, "a disk that fills up in the middle of a write");
}

/** A store that fails, or a process that dies, costs at most what was not acknowledged. */
export const stores: readonly LawCase[] = [
  {
    name: "law 9: a writer that dies at any step loses nothing acknowledged",
    anywhere: true,
    run: dies,
  },
  {
    name: "law 9: a change that fails at any step loses nothing acknowledged",
    anywhere: true,
    run: fullDisk,
  },
];
