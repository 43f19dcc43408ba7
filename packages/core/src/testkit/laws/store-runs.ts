import {
  type BaseIndexedReader,
  type BaseIndexedWriter,
  isNthrecError,
  type LiveStore,
  MemoryStore,
  type WriterOptions,
} from "../../index.ts";
import { check, checkCoded, fail, outcomeOf } from "../check.ts";
import { FaultStore, type StoreFault } from "../faults/fault-store.ts";
import type { Rig } from "../rig.ts";

const FILE = "stores";
/** Steps of a store that are made to fail, one run for each. */
const MOST_STEPS = 400;

/** What a file may hold after a run of a writer, in the order in which the writer meant to get there. */
interface History<T> {
  readonly states: (readonly T[])[];
  /** The number of the state that was acknowledged last: an earlier one means that records were lost. */
  acknowledged: number;
}

/** Writes the small values, with a commit after every second one, until an error ends it. */
export async function writeUntilError<T>(
  rig: Rig<T>,
  store: LiveStore,
  before: readonly T[],
  options: WriterOptions,
): Promise<History<T>> {
  const history: History<T> = { states: [before], acknowledged: 0 };
  const given: T[] = options.mode === "write" ? [] : [...before];
  const outcome = await outcomeOf(async () => {
    const all = { ...rig.format.writerOptions, ...options };
    const writer = await rig.format.Writer.open({ store, name: FILE }, all);
    try {
      // Beside others a writer publishes each append before it is acknowledged, alone at its commits.
      if (options.mode === "append" && options.exclusive !== true) {
        await feedShared(rig.small, writer, given, history);
      } else {
        await feedAlone(rig.small, writer, given, history);
      }
    } finally {
      // Closing publishes what was appended and not committed.
      history.states.push([...given]);
      const closed = await outcomeOf(() => writer.close());
      if ("error" in closed) checkCoded(closed.error, "close over a store that fails");
    }
  });
  if ("error" in outcome) checkCoded(outcome.error, "a writer over a store that fails");
  return history;
}

async function feedShared<T>(
  values: readonly T[],
  writer: BaseIndexedWriter<T>,
  given: T[],
  history: History<T>,
): Promise<void> {
  for (const value of values) {
    given.push(value);
    history.states.push([...given]);
    await writer.append(value);
    history.acknowledged = history.states.length - 1;
  }
}

async function feedAlone<T>(
  values: readonly T[],
  writer: BaseIndexedWriter<T>,
  given: T[],
  history: History<T>,
): Promise<void> {
  for (const [i, value] of values.entries()) {
    given.push(value);
    await writer.append(value);
    if (i % 2 === 0 && i < values.length - 1) continue;
    history.states.push([...given]);
    await writer.commit();
    history.acknowledged = history.states.length - 1;
  }
}

/** The state that a file is in, which must not be an older one than was acknowledged. */
function stateOf<T>(
  rig: Rig<T>,
  records: readonly T[],
  { states, acknowledged }: History<T>,
  what: string,
): number {
  const same = (state: readonly T[]): boolean =>
    state.length === records.length && state.every((value, i) => rig.same(value, records[i] as T));
  let found = -1;
  for (const [i, state] of states.entries()) if (same(state)) found = i;
  const sizes = states.map((state) => state.length);
  check(found >= 0, `${what}: ${records.length} records that are none of the states of ${sizes}`);
  check(
    found >= acknowledged,
    `${what}: state ${found} (of ${sizes} records), but state ${acknowledged} was acknowledged`,
  );
  return found;
}

/** Reads the file as the next process finds it, and writes nothing; answers its state. */
export async function readLeft<T>(
  rig: Rig<T>,
  store: MemoryStore,
  history: History<T>,
  what: string,
): Promise<number> {
  const opened = await outcomeOf(() => openLeft(rig, store));
  if ("error" in opened) {
    checkCoded(opened.error, what);
    // Before the first commit of a new file there may be none.
    const { states, acknowledged } = history;
    const nothing = states[0]?.length === 0 && acknowledged === 0;
    if (nothing && isNthrecError(opened.error, "NTH_NOT_FOUND")) return 0;
    fail(`${what}: the file cannot be opened any more: ${String(opened.error)}`, opened.error);
  }
  return stateOf(rig, await readOut(opened.value), history, what);
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
export async function continueLeft<T>(
  rig: Rig<T>,
  store: MemoryStore,
  history: History<T>,
  what: string,
): Promise<void> {
  const value = rig.small[0] as T;
  const options = { ...rig.format.writerOptions, mode: "append" } as const;
  const writer = await rig.format.Writer.open({ store, name: FILE }, options);
  await writer.append(value);
  await writer.close();
  const after = await readOut(await openLeft(rig, store));
  stateOf(rig, after.slice(0, -1), history, `${what}, then appended to`);
  rig.checkValue(after.at(-1), value, `${what}, then appended to: the last record`);
  store.removeSync(FILE + rig.format.Reader.indexSuffix);
  rig.checkValues(await readOut(await openLeft(rig, store)), after, `${what}, without its index`);
}

/** Runs a writer for each step of a store, in each mode, with a fault at that step. */
export async function everyStep<T>(
  rig: Rig<T>,
  make: (step: number) => StoreFault,
  what: string,
): Promise<void> {
  const appends = rig.format.lacks?.includes("append") !== true;
  const modes: WriterOptions[] = [{ mode: "write" }];
  if (appends) modes.push({ mode: "append", exclusive: true }, { mode: "append" });
  if (appends) modes.push({ mode: "append", durability: "disk" });
  for (const options of modes) {
    for (const before of [[], rig.small.slice(0, 3)]) {
      for (let step = 1; step <= MOST_STEPS; step++) {
        const disk = new MemoryStore();
        if (before.length > 0) await writeBefore(rig, disk, before);
        const store = new FaultStore(disk, make(step));
        const history = await writeUntilError(rig, store, before, options);
        const name = `${what} at step ${step}, ${JSON.stringify(options)}, ${before.length} records before`;
        history.acknowledged = await readLeft(rig, disk, history, name);
        if (appends) await continueLeft(rig, disk, history, name);
        if (store.steps < step) break;
      }
    }
  }
}

export async function writeBefore<T>(
  rig: Rig<T>,
  store: MemoryStore,
  values: readonly T[],
): Promise<void> {
  const writer = await rig.format.Writer.open({ store, name: FILE }, rig.format.writerOptions);
  await writer.extend(values);
  await writer.close();
}
