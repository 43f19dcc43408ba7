import { isNthrecError, type LiveStore, MemoryStore, type WriterOptions } from "@nthrec/core";
import { type AnyReader, type AnyWriter, type Kind, kindNames, kindOf } from "../formats/kinds.ts";
import { Random } from "../harness/random.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { cutPower } from "../power/platter.ts";
import { type DiskEvent, TraceStore } from "../power/trace-store.ts";

/** A program whose writes are traced. */
interface Plan {
  readonly kind: Kind;
  readonly name: string;
  readonly options: WriterOptions;
  /** Records that are there before. */
  readonly before: number;
}

/** What happened to the disk, and what was told when. */
interface Trace {
  readonly plan: Plan;
  readonly events: readonly DiskEvent[];
  /** The records of each state of the file, from the one before the program on. */
  readonly states: readonly (readonly string[])[];
  /** Events that had happened when each state was told. */
  readonly told: readonly number[];
}

const NAME = "data";
const BATCHES = [[5], [1, 60], [200, 3, 90]];

const programs: readonly Omit<Plan, "kind">[] = [
  { name: "shared", options: { mode: "append", durability: "disk" }, before: 0 },
  { name: "shared, to a file", options: { mode: "append", durability: "disk" }, before: 3 },
  {
    name: "exclusive, written ahead",
    options: { mode: "append", durability: "disk", exclusive: true, highWaterMark: 50 },
    before: 2,
  },
  { name: "a new file", options: { mode: "write", durability: "disk" }, before: 2 },
  {
    name: "a new file, written ahead",
    options: { mode: "write", durability: "disk", highWaterMark: 50 },
    before: 0,
  },
];

/** The machine loses its power: unsynced writes are missing, in any combination, or cut. */
export const powerCut: Scenario = {
  name: "power-cut",
  title: "any subset of unsynced writes missing, one of them cut at any byte",
  async run(context) {
    for (const name of kindNames) {
      for (const program of programs) {
        const plan = { ...program, kind: kindOf(name) };
        const what = `${name}, ${program.name}`;
        await context.attempt(what, async () => cutAll(context, await record(plan)));
      }
    }
  },
};

async function record(plan: Plan): Promise<Trace> {
  const { kind, options, before } = plan;
  let now = 0;
  const store = new TraceStore(new MemoryStore({ now: () => ++now }));
  const states: string[][] = [[]];
  if (before > 0) {
    const old = (await open(kind, store, { mode: "append", durability: "disk" })) as AnyWriter;
    for (let number = 0; number < before; number++) {
      await old.append(kind.record({ writer: "old", number, size: 10 }));
      states[0]?.push(`old ${number}`);
    }
    await old.close();
    store.flushSync();
  }
  // Who looks at this file next finds nothing missing of what was before.
  const told = [store.events.length];
  const writer = await open(kind, store, options);
  let number = 0;
  for (const sizes of BATCHES) {
    const from = options.mode === "write" && states.length === 1 ? [] : (states.at(-1) as string[]);
    const state = [...from];
    sizes.forEach((_, i) => {
      state.push(`w ${number + i}`);
    });
    await Promise.all(
      sizes.map((size) => writer.append(kind.record({ writer: "w", number: number++, size }))),
    );
    await writer.commit();
    states.push(state);
    told.push(store.events.length);
  }
  await writer.close();
  return { plan, events: store.events, states, told };
}

async function open(kind: Kind, store: LiveStore, options: WriterOptions): Promise<AnyWriter> {
  return (await kind.Writer.open({ store, name: NAME }, options)) as unknown as AnyWriter;
}

function cutAll(context: Context, trace: Trace): void {
  const { events, told, plan } = trace;
  const tries = context.long ? 400 : 25;
  for (let count = told[0] as number; count <= events.length; count++) {
    for (let i = 0; i < tries; i++) {
      cutOnce(context, trace, count);
      if (isPlain(plan)) loseFlushes(context, trace, count);
    }
  }
}

/**
 * Whether what is left without flushes can be told: a file that begins with nothing may lose the seal that tells a torn
 * first line from one without its newline, and a footer that was half overwritten looks like a record of a format
 * that has no checksums.
 */
function isPlain({ kind, options, before }: Plan): boolean {
  const overwrites = kind.name === "counted" || kind.name === "footed";
  return options.mode === "append" && before > 0 && !overwrites;
}

/** With flushes: the state that was told last, or the next one. */
function cutOnce(context: Context, { plan, events, states, told }: Trace, count: number): void {
  const state = told.filter((each) => each <= count).length - 1;
  const allowed = states.slice(state, state + 2).map((each) => each.join());
  const seed = context.random.below(2 ** 32);
  const survival = { safe: told[0] as number, synced: true };
  const disk = (): MemoryStore => cutPower(events.slice(0, count), new Random(seed), survival);
  const what = `${plan.kind.name}, ${plan.name}: cut after event ${count}, seed ${seed}`;
  context.verdicts.count("power cuts");
  const reader = read(plan.kind, disk(), { onStaleIndex: "memory" });
  context.verdicts.check(allowed.includes(reader), `${what}: a reader sees ${reader}`);
  const recovered = disk();
  const after = goOn(plan.kind, recovered);
  context.verdicts.check(allowed.includes(after), `${what}: after recovery ${after}`);
  checkIndex(context, plan.kind, recovered, what);
}

/** Without flushes nobody knows how much is left; but what is left is a beginning, and whole. */
function loseFlushes(context: Context, { plan, events, states, told }: Trace, count: number): void {
  const seed = context.random.below(2 ** 32);
  const survival = { safe: told[0] as number, synced: false };
  const disk = cutPower(events.slice(0, count), new Random(seed), survival);
  const what = `${plan.kind.name}, ${plan.name}: no flushes, cut after event ${count}, seed ${seed}`;
  context.verdicts.count("power cuts without flushes");
  const after = goOn(plan.kind, disk);
  const all = (states.at(-1) as string[]).join();
  context.verdicts.check(all.startsWith(after), `${what}: after recovery ${after}`);
  checkIndex(context, plan.kind, disk, what);
}

/** The names of all records, or what reading them threw. */
function read(kind: Kind, store: LiveStore, options = {}): string {
  try {
    const reader = kind.Reader.openSync({ store, name: NAME }, options) as AnyReader;
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
function goOn(kind: Kind, store: LiveStore): string {
  try {
    const options = { mode: "append" } as const;
    const writer = kind.Writer.openSync({ store, name: NAME }, options) as unknown as AnyWriter;
    writer.appendSync(kind.record({ writer: "next", number: 0, size: 4 }));
    writer.closeSync();
    const names = read(kind, store, { onStaleIndex: "throw" });
    return names === "next 0" ? "" : names.replace(/,next 0$/, "");
  } catch (error) {
    return String(error);
  }
}

function checkIndex(context: Context, kind: Kind, store: LiveStore, what: string): void {
  const fresh = new MemoryStore({ entries: [[NAME, bytesOf(store, NAME)]] });
  (kind.Reader.openSync({ store: fresh, name: NAME }) as AnyReader).closeSync();
  const index = NAME + kind.Reader.indexSuffix;
  const same = bytesOf(store, index).equals(bytesOf(fresh, index));
  context.verdicts.check(same, `${what}: the index is not what a rebuild gives`);
}

function bytesOf(store: LiveStore, name: string): Buffer {
  const source = store.openSync(name);
  return Buffer.from(source.readSync(0, source.size));
}
