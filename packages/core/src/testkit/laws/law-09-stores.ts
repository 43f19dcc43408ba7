import { type LiveStore, MemoryStore } from "../../index.ts";
import { check, checkCoded, fail, outcomeOf } from "../check.ts";
import { FaultStore, type StoreFault } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { putEntry, readAllEntries } from "../store-files.ts";

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

async function copyOf(store: MemoryStore): Promise<MemoryStore> {
  const copy = new MemoryStore();
  for (const [name, bytes] of readAllEntries(store)) putEntry(copy, name, bytes);
  return copy;
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

/** Reads the file as the next process finds it; the records must be a whole number of batches, none acknowledged missing. */
async function checkLeft<T>(
  rig: Rig<T>,
  store: MemoryStore,
  told: Told<T>,
  what: string,
): Promise<void> {
  const options = { ...rig.format.readerOptions };
  const opened = await outcomeOf(() => rig.format.Reader.open({ store, name: FILE }, options));
  if ("error" in opened) {
    const nothing = told.before.length === 0 && told.acknowledged === 0;
    if (!nothing)
      fail(`${what}: the file cannot be opened any more: ${String(opened.error)}`, opened.error);
    checkCoded(opened.error, what);
    return;
  }
  const reader = opened.value;
  const records = await reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
  await reader.close();
  const added = records.length - told.before.length;
  check(
    added >= told.acknowledged,
    `${what}: ${told.acknowledged} records were acknowledged, ${added} are there`,
  );
  check(
    told.borders.includes(added),
    `${what}: ${added} records are there, commits were at ${told.borders}`,
  );
  rig.checkValues(records, [...told.before, ...told.given].slice(0, records.length), what);
}

/** Appends once more, as the next process would, and looks at the file and its index. */
async function checkContinues<T>(rig: Rig<T>, store: MemoryStore, what: string): Promise<void> {
  if (rig.format.lacks?.includes("append")) return;
  const entry = { store, name: FILE };
  const opened = await outcomeOf(() =>
    rig.format.Reader.open(entry, { ...rig.format.readerOptions, onStaleIndex: "memory" }),
  );
  const before =
    "error" in opened
      ? []
      : await opened.value.getMany(Array.from({ length: opened.value.length }, (_, i) => i));
  if (!("error" in opened)) await opened.value.close();
  const value = rig.small[0] as T;
  const writer = await rig.format.Writer.open(entry, {
    ...rig.format.writerOptions,
    mode: "append",
  });
  await writer.append(value);
  await writer.close();
  const reader = await rig.format.Reader.open(entry, { ...rig.format.readerOptions });
  const after = await reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
  await reader.close();
  // A batch that was whole in the file, but not yet published, is rolled forward by the next writer.
  check(
    after.length > before.length,
    `${what}, then appended to: ${after.length} records, there were ${before.length}`,
  );
  rig.checkValues(after.slice(0, before.length), before, `${what}, then appended to`);
  rig.checkValue(after.at(-1), value, `${what}, then appended to, the last record`);
}

/** Tries a fault at every step: `make(n)` is the fault at step n. */
async function everyStep<T>(
  rig: Rig<T>,
  make: (step: number) => StoreFault,
  what: string,
): Promise<void> {
  for (const before of [[], rig.small.slice(0, 3)]) {
    if (before.length > 0 && rig.format.lacks?.includes("append")) continue;
    const start = new MemoryStore();
    const entry = { store: start, name: FILE };
    if (before.length > 0) {
      const writer = await rig.format.Writer.open(entry, rig.format.writerOptions);
      await writer.extend(before);
      await writer.close();
    }
    for (let step = 1; step <= MOST_STEPS; step++) {
      const disk = await copyOf(start);
      const store = new FaultStore(disk, make(step));
      const told = await appendUntilError(rig, store, before);
      const name = `${what} at step ${step}, ${before.length} records before`;
      const found = await copyOf(disk);
      await checkLeft(rig, found, told, name);
      await checkContinues(rig, await copyOf(disk), name);
      if (store.steps < step) break;
    }
  }
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
