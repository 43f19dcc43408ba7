import type { MemoryStore } from "@nthrec/core";
import { kindOf } from "../formats/kinds.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { tear } from "../power/platter.ts";
import {
  checkIndex,
  goOn,
  type Plan,
  readNames,
  recover,
  type Trace,
  traceOf,
} from "../power/trace.ts";
import { type DiskEvent, TraceStore } from "../power/trace-store.ts";

const BATCHES = [[5], [1, 60], [70, 3, 9]];

const programs: readonly Omit<Plan, "kind">[] = [
  { name: "shared, to no file", options: { mode: "append" }, before: 0, batches: BATCHES },
  {
    name: "shared, level disk",
    options: { mode: "append", durability: "disk" },
    before: 3,
    batches: BATCHES,
  },
  {
    name: "exclusive, written ahead",
    options: { mode: "append", exclusive: true, highWaterMark: 50 },
    before: 2,
    batches: BATCHES,
  },
  { name: "a new file", options: { mode: "write" }, before: 2, batches: BATCHES },
  {
    name: "a new file, written ahead",
    options: { mode: "write", highWaterMark: 50 },
    before: 0,
    batches: BATCHES,
  },
];

/** Zeros that are more than this are torn here and there: the seal before its first slot, the padding of ArrayRecord. */
const LONG_BLANK = 1024;
/** Share of the tears that are tried in the short form, and of those whose recovery is torn as well. */
const SHORT_SHARE = 0.12;
const SHORT_RECOVERIES = 0.01;
const LONG_RECOVERIES = 0.08;

/** A kill in the middle of a write leaves its first bytes: every write is cut at every byte. */
export const tornWrites: Scenario = {
  name: "torn-writes",
  title: "every write of commit and of recovery cut at every byte",
  shortSeconds: 30,
  async run(context) {
    const plans = context.kinds.flatMap((name) =>
      programs.map((program) => ({ ...program, kind: kindOf(name) })),
    );
    await context.each(plans, async (plan) => {
      const what = `${plan.kind.name}, ${plan.name}`;
      await context.attempt(what, async () => tearAll(context, await traceOf(plan)));
    });
  },
};

function tearAll(context: Context, trace: Trace): void {
  const { events, told, plan } = trace;
  const { long, random } = context;
  const share = SHORT_SHARE / (plan.kind.bulk ?? 1);
  // One program of one format is always torn everywhere.
  const whole = long || (plan.kind.name === "jsonl" && plan.before === 3);
  for (let count = told[0] as number; count < events.length; count++) {
    const event = events[count] as DiskEvent;
    for (const bytes of cutsOf(event)) {
      if (whole || random.next() < share) tearOnce(context, trace, count, bytes);
    }
  }
}

/** How many bytes of an operation may arrive; of one that is no write, none. */
function cutsOf(event: DiskEvent): number[] {
  if (event.op !== "write") return [0];
  const { bytes } = event;
  const cuts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = at;
    while (end < bytes.length && bytes[end] === 0) end++;
    const step = end - at > LONG_BLANK ? Math.max(256, (end - at) >> 4) : 1;
    for (let i = 0; at + i < end; i++) if (step === 1 || i % step < 2) cuts.push(at + i);
    if (end < bytes.length) cuts.push(end);
    at = end + 1;
  }
  return cuts;
}

function tearOnce(context: Context, trace: Trace, count: number, bytes: number): void {
  const { plan, events } = trace;
  const { verdicts, random, long } = context;
  const allowed = statesAt(trace, count);
  const torn = events[count] as DiskEvent;
  const disk = (): MemoryStore => tear(events.slice(0, count), torn, bytes);
  const what = `${plan.kind.name}, ${plan.name}: ${bytes} bytes of event ${count} (${torn.op})`;
  verdicts.count("tears");
  const reader = readNames(plan.kind, disk(), { onStaleIndex: "memory" });
  verdicts.check(allowed.includes(reader), `${what}: a reader sees ${reader}`);
  checkRecovered(context, plan, disk(), allowed, what);
  const recoveries = long ? LONG_RECOVERIES : SHORT_RECOVERIES;
  if (random.next() < recoveries / (plan.kind.bulk ?? 1)) {
    tearRecovery(context, trace, count, bytes);
  }
}

/** The state that was told last, and the next one. */
function statesAt({ states, told }: Trace, count: number): string[] {
  const state = told.filter((each) => each <= count).length - 1;
  return states.slice(state, state + 2).map((each) => each.join());
}

function checkRecovered(
  { verdicts }: Context,
  { kind }: Plan,
  disk: MemoryStore,
  allowed: readonly string[],
  what: string,
): void {
  const after = goOn(kind, disk);
  verdicts.check(allowed.includes(after), `${what}: after recovery ${after}`);
  checkIndex(verdicts, kind, disk, what);
}

/** The recovery from a tear is torn as well, at every byte of its writes. */
function tearRecovery(context: Context, trace: Trace, count: number, bytes: number): void {
  const { plan, events } = trace;
  const before = [...events.slice(0, count), shortOf(events[count] as DiskEvent, bytes)];
  const store = new TraceStore(tear(before));
  recover(plan.kind, store);
  for (const [i, event] of store.events.entries()) {
    for (const kept of cutsOf(event)) {
      const all = [...before, ...store.events.slice(0, i)];
      const what = `${plan.kind.name}, ${plan.name}: ${bytes} bytes of event ${count}, then ${kept} bytes of operation ${i} of recovery`;
      context.verdicts.count("tears in recovery");
      checkRecovered(context, plan, tear(all, event, kept), statesAt(trace, count), what);
    }
  }
}

function shortOf(event: DiskEvent, bytes: number): DiskEvent {
  if (event.op !== "write") return { op: "flush names" };
  return { ...event, bytes: event.bytes.slice(0, bytes) };
}
