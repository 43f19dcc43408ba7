import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { kindOf } from "../formats/kinds.ts";
import { Child, type Ended } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import { refused } from "../harness/refusals.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import type { AppendTask } from "../programs/append.ts";

const UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const PATIENCE_MS = 400;

/** Processes whose numbers mean nothing here: they are waited for, or refused, and never passed over. */
export const namespaces: Scenario = {
  name: "namespaces",
  title: "writers in another PID namespace",
  async run(context) {
    try {
      execFileSync(UNSHARE[0] as string, [...UNSHARE.slice(1), "true"], { stdio: "pipe" });
    } catch (error) {
      context.skip(this.title, `unshare failed: ${String((error as Error).message).trim()}`);
      return;
    }
    await context.attempt("a holder outside", () => holderOutside(context));
    await context.attempt("a holder inside", () => holderInside(context));
    await context.attempt("both sides", () => bothSides(context));
  },
};

function inside(task: AppendTask): Child {
  return Child.start("append", task, UNSHARE);
}

async function holderOutside(context: Context): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf("jsonl"));
  const holder = await place.open({ exclusive: true });
  await place.append(holder, "outside");
  await holder.commit();
  const options = { mode: "append", lockTimeoutMs: PATIENCE_MS } as const;
  const stranger = await inside(place.task({ writer: "inside", batches: [[3]], options })).ended;
  verdicts.check(isRefusal(stranger), `inside, it was not refused: ${stranger.stderr}`);
  verdicts.count("refused inside");
  await holder.close();
  const free = await inside(place.task({ writer: "inside", batches: [[3], [4]] })).ended;
  verdicts.check(free.code === 0, `inside, a free lock was refused: ${free.stderr}`);
  await place.judge("a holder outside of the namespace");
}

function isRefusal({ code, stderr }: Ended): boolean {
  return code !== 0 && stderr.includes("NTH_LOCKED") && stderr.includes("PID namespace");
}

/** One dies while it holds the lock; nobody outside can know, so it takes a person to say so. */
async function holderInside(context: Context): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf("jsonl"));
  place.fill("old", 2);
  const options = { mode: "append", exclusive: true } as const;
  const holder = inside(place.task({ writer: "inside", batches: [[3]], options, lingers: true }));
  verdicts.check(await holder.says("lingers"), "the holder inside did not start");
  const open = (): unknown => place.open({ lockTimeoutMs: PATIENCE_MS });
  await refused(verdicts, "NTH_LOCKED", "beside a holder inside", open);
  holder.kill();
  await holder.ended;
  await refused(verdicts, "NTH_LOCKED", "behind a holder that died inside", open);
  verdicts.count("refused outside", 2);
  rmSync(`${place.path}.lock`, { recursive: true });
  await place.judge("a holder inside of the namespace");
}

/** Shared writers on both sides wait for each other, and nothing is lost. */
async function bothSides(context: Context): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf("jsonl"));
  const batches = Array.from({ length: 150 }, (_, i) => [1 + (i % 50)]);
  const options = { mode: "append", lockTimeoutMs: 60_000 } as const;
  const sides = [
    inside(place.task({ writer: "inside", batches, options })),
    inside(place.task({ writer: "inside-too", batches, options })),
    Child.start("append", place.task({ writer: "outside", batches, options })),
  ];
  for (const side of sides) {
    const { code, stderr } = await side.ended;
    verdicts.check(code === 0, `a writer beside another namespace: ${stderr}`);
  }
  const found = await place.judge("writers on both sides of a namespace");
  verdicts.check(found.records === 451, `${found.records} records of three writers`);
  verdicts.count("appends across namespaces", found.records - 1);
}
