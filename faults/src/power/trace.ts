import { isNthrecError, type LiveStore, MemoryStore, type WriterOptions } from "@nthrec/core";
import type { AnyReader, AnyWriter, Kind } from "../formats/kinds.ts";
import { pause } from "../harness/children.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { type DiskEvent, TraceStore } from "./trace-store.ts";

/** A program whose writes are traced. */
export interface Plan {
  readonly kind: Kind;
  readonly name: string;
  readonly options: WriterOptions;
  /** Records that are there before. */
  readonly before: number;
  /** Payload sizes, batch by batch. */
  readonly batches: readonly (readonly number[])[];
}

/** What happened to the disk, and what was told when. */
export interface Trace {
  readonly plan: Plan;
  readonly events: readonly DiskEvent[];
  /** The records of each state of the file, from the one before the program on. */
  readonly states: readonly (readonly string[])[];
  /** Events that had happened when each state was told. */
  readonly told: readonly number[];
  /** Events after which each state must survive a power cut: when it was told, or flushed, or never. */
  readonly sure: readonly number[];
}

const NAME = "data";

/** Runs a program in memory. */
export async function traceOf(plan: Plan): Promise<Trace> {
  const { kind, options, before } = plan;
  let now = 0;
  const store = new TraceStore(new MemoryStore({ now: () => ++now }));
  const states: string[][] = [await fillBefore(store, kind, before)];
  // Who looks at this file next finds nothing missing of what was before.
  const told = [store.events.length];
  const sure = [store.events.length];
  const writer = await open(kind, store, options);
  let number = 0;
  for (const sizes of plan.batches) {
    const from = options.mode === "write" && states.length === 1 ? [] : (states.at(-1) as string[]);
    states.push([...from, ...sizes.map((_, i) => `w ${number + i}`)]);
    const records = sizes.map((size) => kind.record({ writer: "w", number: number++, size }));
    await Promise.all(records.map((record) => writer.append(record)));
    await writer.commit();
    told.push(store.events.length);
    sure.push(await sureFrom(store, options));
  }
  await writer.close();
  return { plan, events: store.events, states, told, sure };
}

async function fillBefore(store: TraceStore, kind: Kind, count: number): Promise<string[]> {
  if (count === 0) return [];
  const old = await open(kind, store, { mode: "append", durability: "disk" });
  const names: string[] = [];
  for (let number = 0; number < count; number++) {
    await old.append(kind.record({ writer: "old", number, size: 10 }));
    names.push(`old ${number}`);
  }
  await old.close();
  // All of it is old: on disk for long.
  for (const name of store.listSync()) {
    const file = store.editSync(name);
    file.flushSync();
    file.closeSync();
  }
  store.flushSync();
  return names;
}

/** The event after which what was just told survives a power cut. */
async function sureFrom(store: TraceStore, { durability }: WriterOptions): Promise<number> {
  if (durability === "disk") return store.events.length;
  if (typeof durability !== "object") return Number.POSITIVE_INFINITY;
  const from = store.events.length;
  while (store.events.length === from) await pause(durability.everyMs);
  return store.events.length;
}

async function open(kind: Kind, store: LiveStore, options: WriterOptions): Promise<AnyWriter> {
  return (await kind.Writer.open({ store, name: NAME }, options)) as unknown as AnyWriter;
}

/** The names of all records, or what reading them threw. */
export function readNames(kind: Kind, store: LiveStore, options = {}): string {
  try {
    const all = { ...kind.unclosed, ...options };
    const reader = kind.Reader.openSync({ store, name: NAME }, all) as AnyReader;
    const names = [...reader].map((record) => {
      const { writer, number } = kind.mark(record);
      return `${writer} ${number}`;
    });
    reader.closeSync();
    return names.join();
  } catch (error) {
    return isNthrecError(error, "NTH_NOT_FOUND") ? "" : String(error);
  }
}

/** Recovers, appends a record, and answers the names of those before it. */
export function goOn(kind: Kind, store: LiveStore): string {
  try {
    const options = { mode: "append" } as const;
    const writer = kind.Writer.openSync({ store, name: NAME }, options) as unknown as AnyWriter;
    writer.appendSync(kind.record({ writer: "next", number: 0, size: 4 }));
    writer.closeSync();
    const names = readNames(kind, store, { onStaleIndex: "throw" });
    return names === "next 0" ? "" : names.replace(/,next 0$/, "");
  } catch (error) {
    return String(error);
  }
}

/** Opens for appending, and closes: a recovery, if one is needed. */
export function recover(kind: Kind, store: LiveStore): void {
  const options = { mode: "append" } as const;
  const writer = kind.Writer.openSync({ store, name: NAME }, options) as unknown as AnyWriter;
  writer.closeSync();
}

/** The index must be what a rebuild from the data alone gives; without one, the data alone must hold the same records. */
export function checkIndex(verdicts: Verdicts, kind: Kind, store: LiveStore, what: string): void {
  const fresh = new MemoryStore({ entries: [[NAME, bytesOf(store, NAME)]] });
  if (kind.ownIndex === true) {
    const [alone, all] = [readNames(kind, fresh), readNames(kind, store)];
    verdicts.check(alone === all, `${what}: the data alone hold ${alone}, not ${all}`);
    return;
  }
  (kind.Reader.openSync({ store: fresh, name: NAME }) as AnyReader).closeSync();
  const index = NAME + kind.Reader.indexSuffix;
  const same = bytesOf(store, index).equals(bytesOf(fresh, index));
  verdicts.check(same, `${what}: the index is not what a rebuild gives`);
}

function bytesOf(store: LiveStore, name: string): Buffer {
  const source = store.openSync(name);
  return Buffer.from(source.readSync(0, source.size));
}
