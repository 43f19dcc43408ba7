import { rmSync } from "node:fs";
import { type Kind, type KindName, kindOf } from "../formats/kinds.ts";
import { Child, pause, resultOf, run } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import { isStopped } from "../harness/processes.ts";
import { refused } from "../harness/refusals.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import type { Kill } from "../kill/killing-fs.ts";
import type { AppendResult } from "../programs/append.ts";

/** How long others wait for a holder that does not move, ms. */
const PATIENCE_MS = 250;

/** The share of all formats' stops that the short form tries. */
const SHORT_SHARE = 0.07;

interface Stop {
  /** The format whose commit it is: each has operations of its own, and so its own number for the same moment. */
  readonly kind: Kind;
  readonly kill: Kill;
  readonly operation: string;
  /** Whether the lock is surely held. */
  readonly holds: boolean;
}

/** SIGSTOP in the middle of a commit: others wait, give up with a code, never steal, and take over from the dead. */
export const stoppedHolder: Scenario = {
  name: "stopped-holder",
  title: "a lock holder is stopped in the middle of its commit",
  async run(context) {
    const stops: Stop[] = [];
    for (const name of context.kinds) stops.push(...(await stopsOf(context, name)));
    for (const stop of context.random.sample(stops, context.long ? 1 : SHORT_SHARE)) {
      const what = whatOf(stop);
      await context.attempt(what, () => waitFor(context, stop, "SIGCONT"));
      await context.attempt(what, () => waitFor(context, stop, "SIGKILL"));
    }
    const lines = stops.filter((stop) => stop.kind.name === "jsonl");
    for (const stop of context.random.sample(lines, context.long ? 1 : 0.35))
      await context.attempt(whatOf(stop), () => unlock(context, stop));
  },
};

/** The operations of a commit at which a writer of this format is stopped. */
async function stopsOf(context: Context, name: KindName): Promise<Stop[]> {
  const kind = kindOf(name);
  const place = new Place(context, kind);
  place.fill("old", 2);
  const { operations, acknowledged } = resultOf<AppendResult>(
    await run("append", place.task({ writer: "w", batches: [[5], [5, 5]] })),
  );
  const [begin, end] = acknowledged as [number, number];
  return operations.slice(begin, end).flatMap((operation, i) =>
    (["before", "after"] as const).map((phase): Stop => {
      const kill: Kill = { at: begin + i + 1, phase, signal: "SIGSTOP" };
      return { kind, kill, operation, holds: !operation.includes(".lock/") };
    }),
  );
}

/** Stops a writer of a file; answers it, or `undefined` when it could not be stopped. */
async function stopped(context: Context, place: Place, stop: Stop): Promise<Child | undefined> {
  place.fill("old", 2);
  const task = place.task({ writer: "w", batches: [[5], [5, 5], [7]], kill: stop.kill });
  const holder = Child.start("append", task);
  const stands = await isStopped(holder.pid);
  context.verdicts.count("stops");
  const sentence = `${whatOf(stop)}: the holder was not stopped`;
  return context.verdicts.check(stands, sentence) ? holder : undefined;
}

async function waitFor(context: Context, stop: Stop, end: "SIGCONT" | "SIGKILL"): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, stop.kind);
  const what = `${whatOf(stop)}, then ${end}`;
  const holder = await stopped(context, place, stop);
  if (holder === undefined) return;
  if (stop.holds) await refuseOthers(context, place, what);
  const reader = place.read();
  for (const record of reader) place.kind.mark(record);
  reader.closeSync();
  const patient = appendPatiently(place);
  await pause(30);
  const start = performance.now();
  holder.kill(end);
  await patient;
  if (end === "SIGKILL")
    verdicts.most("longest takeover ms", Math.round(performance.now() - start));
  const ended = await holder.ended;
  if (end === "SIGCONT") resultOf<AppendResult>(ended);
  await place.judge(what);
}

async function appendPatiently(place: Place): Promise<void> {
  const writer = await place.open({ lockTimeoutMs: 60_000 });
  await place.append(writer, "patient");
  await writer.close();
}

/** Nobody gets the lock from a process that lives, whether it waits in place or not. */
async function refuseOthers(context: Context, place: Place, what: string): Promise<void> {
  const { verdicts } = context;
  const options = { lockTimeoutMs: PATIENCE_MS };
  for (const call of [() => place.open(options), () => place.openSync(options)]) {
    const waited = await refused(verdicts, "NTH_LOCKED", what, call);
    const sentence = `${what}: it gave up after ${Math.round(waited)} ms`;
    verdicts.check(waited >= PATIENCE_MS - 5, sentence);
    verdicts.count("waited in vain");
  }
}

/** Somebody removes the lock of a stopped writer, which then goes on beside the next one. */
async function unlock(context: Context, stop: Stop): Promise<void> {
  const place = new Place(context, stop.kind);
  const what = `${whatOf(stop)}, its lock removed`;
  const holder = await stopped(context, place, stop);
  if (holder === undefined) return;
  rmSync(`${place.path}.lock`, { recursive: true, force: true });
  place.fill("usurper", 2);
  holder.kill("SIGCONT");
  await holder.ended;
  context.verdicts.count("locks removed");
  await place.judge(what);
}

function whatOf({ kind, kill, operation }: Stop): string {
  return `${kind.name} stopped ${kill.phase} ${operation}`;
}
