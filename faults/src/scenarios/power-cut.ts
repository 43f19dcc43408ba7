import type { MemoryStore } from "@nthrec/core";
import { kindOf } from "../formats/kinds.ts";
import { Random } from "../harness/random.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { cutPower } from "../power/platter.ts";
import { checkIndex, goOn, type Plan, readNames, type Trace, traceOf } from "../power/trace.ts";

/** More records than the seal has a checksum of the last offsets for. */
const BATCHES = [
  [5],
  [1, 60],
  [200, 3, 90],
  [2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
  [7],
  [4, 4, 4, 4, 4, 4],
];

const programs: readonly Omit<Plan, "kind">[] = [
  {
    name: "shared",
    options: { mode: "append", durability: "disk" },
    before: 0,
    batches: BATCHES,
  },
  {
    name: "shared, to a file",
    options: { mode: "append", durability: "disk" },
    before: 3,
    batches: BATCHES,
  },
  {
    name: "exclusive, written ahead",
    options: { mode: "append", durability: "disk", exclusive: true, highWaterMark: 50 },
    before: 2,
    batches: BATCHES,
  },
  {
    name: "a new file",
    options: { mode: "write", durability: "disk" },
    before: 2,
    batches: BATCHES,
  },
  {
    name: "a new file, written ahead",
    options: { mode: "write", durability: "disk", highWaterMark: 50 },
    before: 0,
    batches: BATCHES,
  },
  {
    name: "flushed at intervals",
    options: { mode: "append", durability: { everyMs: 1 } },
    before: 3,
    batches: BATCHES,
  },
  {
    name: "never flushed",
    options: { mode: "append", durability: "process" },
    before: 3,
    batches: BATCHES,
  },
];

/** Cuts after each event of a trace, per model. */
const SHORT_TRIES = 5;
const LONG_TRIES = 150;

/** The machine loses its power: unsynced writes are missing, in any combination, or cut. */
export const powerCut: Scenario = {
  name: "power-cut",
  title: "any subset of unsynced writes missing, one of them cut at any byte",
  shortSeconds: 25,
  async run(context) {
    const plans = context.kinds.flatMap((name) =>
      programs.map((program) => ({ ...program, kind: kindOf(name) })),
    );
    await context.each(plans, async (plan) => {
      const what = `${plan.kind.name}, ${plan.name}`;
      await context.attempt(what, async () => cutAll(context, await traceOf(plan)));
    });
  },
};

function cutAll(context: Context, trace: Trace): void {
  const { events, told, plan } = trace;
  const tries = context.long ? LONG_TRIES : SHORT_TRIES;
  for (let count = told[0] as number; count <= events.length; count++) {
    for (let i = 0; i < tries; i++) {
      if (plan.options.durability === "disk") cutOnce(context, trace, count);
      else if (isPlain(plan)) cutUnflushed(context, trace, count);
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
  return options.mode === "append" && before > 0 && kind.overwrites !== true;
}

/** With flushes: the state that was told last, or the next one. */
function cutOnce(context: Context, { plan, events, states, told }: Trace, count: number): void {
  const { verdicts } = context;
  const state = told.filter((each) => each <= count).length - 1;
  const allowed = states.slice(state, state + 2).map((each) => each.join());
  const seed = context.random.below(2 ** 32);
  const survival = { safe: told[0] as number, synced: true, left: "any" } as const;
  const disk = (): MemoryStore => cutPower(events.slice(0, count), new Random(seed), survival);
  const what = `${plan.kind.name}, ${plan.name}: cut after event ${count}, seed ${seed}`;
  verdicts.count("power cuts");
  const reader = readNames(plan.kind, disk(), { onStaleIndex: "memory" });
  verdicts.check(allowed.includes(reader), `${what}: a reader sees ${reader}`);
  const recovered = disk();
  const after = goOn(plan.kind, recovered);
  verdicts.check(allowed.includes(after), `${what}: after recovery ${after}`);
  checkIndex(verdicts, plan.kind, recovered, what);
}

/**
 * Other levels: what was flushed last is there, and behind it a beginning of the rest. The data are taken to reach the
 * disk front to back, as file systems do with a file that grows; index and seal in any order.
 */
function cutUnflushed(context: Context, trace: Trace, count: number): void {
  const { plan, events, states, sure } = trace;
  const state = sure.filter((each) => each <= count).length - 1;
  const seed = context.random.below(2 ** 32);
  const survival = { safe: sure[0] as number, synced: true, left: "grown" } as const;
  const disk = cutPower(events.slice(0, count), new Random(seed), survival);
  const what = `${plan.kind.name}, ${plan.name}: cut after event ${count}, seed ${seed}`;
  context.verdicts.count("power cuts at other levels");
  checkBeginning(context, plan, disk, states[state] as string[], states.at(-1) as string[], what);
}

/** Without flushes nobody knows how much is left; but what is left is a beginning, and whole. */
function loseFlushes(context: Context, { plan, events, states, told }: Trace, count: number): void {
  const seed = context.random.below(2 ** 32);
  const survival = { safe: told[0] as number, synced: false, left: "beginning" } as const;
  const disk = cutPower(events.slice(0, count), new Random(seed), survival);
  const what = `${plan.kind.name}, ${plan.name}: no flushes, cut after event ${count}, seed ${seed}`;
  context.verdicts.count("power cuts without flushes");
  checkBeginning(context, plan, disk, states[0] as string[], states.at(-1) as string[], what);
}

/** After recovery there are the records of `least`, and behind them a beginning of the rest of `all`. */
function checkBeginning(
  { verdicts }: Context,
  { kind }: Plan,
  disk: MemoryStore,
  least: readonly string[],
  all: readonly string[],
  what: string,
): void {
  const after = goOn(kind, disk);
  const names = after === "" ? [] : after.split(",");
  const whole = names.every((name, i) => name === all[i]);
  const sentence = `${what}: after recovery ${after}, where at least ${least.join()} must be`;
  verdicts.check(whole && names.length >= least.length, sentence);
  checkIndex(verdicts, kind, disk, what);
}
