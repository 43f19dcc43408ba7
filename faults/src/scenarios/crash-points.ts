import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { isNthrecError } from "@nthrec/core";
import {
  type Course,
  chart,
  killsOf,
  OLD,
  type Outcome,
  outcomeOf,
  prepare,
  programs,
  titleOf,
} from "../crash/course.ts";
import { type AnyWriter, kindOf } from "../formats/kinds.ts";
import { parallel, run } from "../harness/children.ts";
import type { Place } from "../harness/place.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { countAcks } from "../judge/acks.ts";
import { fingerprint } from "../judge/fingerprint.ts";
import { age, leftoversIn } from "../judge/leftovers.ts";
import type { Kill } from "../kill/killing-fs.ts";
import type { AppendTask } from "../programs/append.ts";

interface Crash {
  readonly course: Course;
  readonly kill: Kill;
  /** Whether recoveries are killed, too, each one operation later than the one before. */
  readonly chain: boolean;
}

/** Crashes of the other courses that are tried in any case. */
const LEAST = 60;

/** Which part of the crashes the short form tries: more of the formats that every reader of this project meets. */
const shortShares: Readonly<Record<string, number>> = {
  jsonl: 0.2,
  text: 0.12,
  delimited: 0.12,
  tfrecord: 0.12,
  tensorblob: 0.12,
};

/** SIGKILL before, in the middle of and after every call that changes something on disk, the lock's included. */
export const crashPoints: Scenario = {
  name: "crash-points",
  title: "SIGKILL at every operation of commit and of recovery",
  shortSeconds: 75,
  async run(context) {
    const plans = context.everyKind.map(kindOf).flatMap((kind) => {
      // A database is never one writer's alone.
      const own = programs.filter(({ options }) => !(kind.database && options.exclusive));
      return own.map((program) => ({ ...program, kind }));
    });
    const courses: Course[] = [];
    // In their own order, however long each takes: the seed picks by it.
    await parallel([...plans.entries()], availableParallelism(), async ([i, plan]) => {
      courses[i] = await chart(context, plan);
    });
    const main = courses.find(isMain) ?? (courses[0] as Course);
    context.note(`operations of ${titleOf(main.plan)}: ${main.operations.join("; ")}`);
    const crashes = courses.flatMap((course) => crashesOf(course, context));
    const attempt = (crash: Crash): Promise<void> =>
      context.attempt(whatOf(crash), () => die(context, crash));
    // The course that is killed everywhere comes first.
    const width = availableParallelism();
    await parallel(
      crashes.filter(({ course }) => isMain(course)),
      width,
      attempt,
    );
    const others = crashes.filter(({ course }) => !isMain(course));
    await context.each(others, attempt, { width, least: LEAST });
  },
};

function isMain({ plan }: Course): boolean {
  return plan.kind.name === "jsonl" && plan.name === programs[0]?.name;
}

/** Which crashes of a course are tried: in the long form all, in the short one those of one course and some others. */
function crashesOf(course: Course, { random, long }: Context): Crash[] {
  const share = shortShares[course.plan.kind.name] ?? 0.1;
  const kills = random.sample(killsOf(course), long || isMain(course) ? 1 : share);
  return kills.map((kill) => ({ course, kill, chain: random.next() < (long ? 0.25 : 0.04) }));
}

function whatOf({ course, kill }: Crash): string {
  const operation = `operation ${kill.at} (${course.operations[kill.at - 1]})`;
  return `${titleOf(course.plan)}, killed ${kill.phase} ${operation}`;
}

async function die(context: Context, crash: Crash): Promise<void> {
  const { verdicts } = context;
  const { course, kill } = crash;
  const { plan } = course;
  const { place, task } = prepare(context, plan);
  const what = whatOf(crash);
  const { signal, code, stderr } = await run("append", { ...task, kill });
  verdicts.count("kills");
  if (!verdicts.check(signal === "SIGKILL", `${what}: it ended with ${code}: ${stderr}`)) return;
  const outcome = outcomeOf(course, kill);
  const told = countAcks(place.acks) - (outcome.replaced ? plan.before : 0);
  verdicts.check(told <= outcome.records, `${what}: ${told} records were told too early`);
  look(context, crash, place, outcome, what);
  if (crash.chain) await killRecoveries(context, task, what);
  if (outcome.replaced) place.forget(OLD);
  if (plan.kind.folder) age(place.path);
  place.fill("next", 1);
  if (plan.kind.folder) {
    const left = leftoversIn(place.path);
    verdicts.check(left.length === 0, `${what}: not collected: ${left.join(", ")}`);
  } else if (plan.options.mode === "write") await sweep(place);
  const found = await place.judgeAsIs(what);
  const allowed = [outcome.records + 1, outcome.withNext + 1];
  verdicts.check(
    allowed.includes(found.records),
    `${what}: ${found.records} records after the next append, not ${allowed.join(" or ")}`,
  );
}

/** A reader that may write nothing sees exactly what was published, before anybody recovers. */
function look(context: Context, crash: Crash, place: Place, outcome: Outcome, what: string): void {
  const { verdicts } = context;
  const { kind, path } = place;
  const folder = dirname(path);
  const before = fingerprint(folder);
  try {
    const reader = place.read({ onStaleIndex: "memory" });
    const seen = reader.length;
    for (const record of reader) kind.mark(record);
    reader.closeSync();
    // With a torn slot whole records may count that are not published yet.
    const most = tearsSeal(crash) ? outcome.withNext : outcome.records;
    const sentence = `${what}: a reader sees ${seen} records, not ${outcome.records} to ${most}`;
    verdicts.check(seen >= outcome.records && seen <= most, sentence);
  } catch (error) {
    const missing = isNthrecError(error, "NTH_NOT_FOUND") && outcome.records === 0;
    verdicts.check(missing, `${what}: a reader throws ${error}`);
  }
  if (kind.unclosed !== undefined) lookPlainly(context, crash, place, outcome, what);
  verdicts.check(fingerprint(folder) === before, `${what}: a reader wrote something`);
}

/**
 * A reader that does not say that it reads what no writer has closed: it is refused, or, where the file is as its last
 * writer left it who closed, sees what others see.
 */
function lookPlainly(
  { verdicts }: Context,
  crash: Crash,
  place: Place,
  { records, withNext, unclosed }: Outcome,
  what: string,
): void {
  const torn = tearsSeal(crash);
  try {
    const reader = place.readPlainly({ onStaleIndex: "memory" });
    const seen = reader.length;
    for (const record of reader) place.kind.mark(record);
    reader.closeSync();
    verdicts.check(torn || !unclosed, `${what}: an unclosed file is read as if it were closed`);
    const right = seen === records || (torn && seen === withNext);
    verdicts.check(
      right,
      `${what}: a reader of a closed file sees ${seen} records, not ${records}`,
    );
  } catch (error) {
    const refused = isNthrecError(error, "NTH_TRUNCATED") && (torn || unclosed);
    const missing = isNthrecError(error, "NTH_NOT_FOUND") && records === 0;
    verdicts.check(refused || missing, `${what}: a reader of a closed file throws ${error}`);
  }
}

function tearsSeal({ course, kill }: Crash): boolean {
  return kill.phase === "middle" && course.operations[kill.at - 1]?.includes(".seal") === true;
}

/** Recoveries that die one after another, each an operation later than the one before, until one lives. */
async function killRecoveries(context: Context, task: AppendTask, what: string): Promise<void> {
  const { verdicts, random } = context;
  const options = { mode: "append" } as const;
  for (let at = 1; ; at++) {
    const kill: Kill = { at, phase: random.pick(["before", "middle", "after"]) };
    const recovery = { ...task, options, verb: "append", writer: "recovery", batches: [], kill };
    const { signal, code, stderr } = await run("append", recovery);
    if (signal !== "SIGKILL") {
      verdicts.check(code === 0, `${what}: a recovery ended with ${code}: ${stderr}`);
      return;
    }
    verdicts.count("kills in recovery");
  }
}

/** What a writer left that died before its first commit goes with the next one that makes a new file. */
async function sweep({ kind, path }: Place): Promise<void> {
  const writer = (await kind.Writer.open(path, { mode: "write" })) as unknown as AnyWriter;
  await writer.abort();
}
