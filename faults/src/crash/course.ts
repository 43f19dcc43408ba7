import type { WriterOptions } from "@nthrec/core";
import type { Kind } from "../formats/kinds.ts";
import { resultOf, run } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import type { Context } from "../harness/scenario.ts";
import type { Kill, Phase } from "../kill/killing-fs.ts";
import type { AppendResult, AppendTask } from "../programs/append.ts";

/** A program and the file that it finds. */
export interface Plan {
  readonly kind: Kind;
  readonly name: string;
  readonly options: WriterOptions;
  readonly verb: AppendTask["verb"];
  /** Payload sizes, batch by batch. */
  readonly batches: readonly (readonly number[])[];
  /** Records that are there before. */
  readonly before: number;
}

/** A plan, run once without a kill: its operations and which of them publish. */
export interface Course {
  readonly plan: Plan;
  readonly operations: readonly string[];
  /** The operation that publishes each batch, from 1. */
  readonly points: readonly number[];
  /** The operation that makes a file whole again which its commits leave unclosed, from 1; of other formats none. */
  readonly closing: number | undefined;
  /** The operation with which the records that were there before are gone, in mode write. */
  readonly replaces: number;
}

/** What a crash must leave. */
export interface Outcome {
  /** Records that are published. */
  readonly records: number;
  /** Records when the batch in flight is whole, and recovery publishes it. */
  readonly withNext: number;
  /** Whether a new file took the old one's place. */
  readonly replaced: boolean;
  /** Whether readers of a format that is left unclosed must say that they know. */
  readonly unclosed: boolean;
}

/** The writer of the records that are there before. */
export const OLD = "old";

/** The programs that are killed. */
export const programs: readonly Omit<Plan, "kind">[] = [
  {
    name: "shared appends to no file",
    options: { mode: "append" },
    verb: "append",
    batches: [[3], [1, 200], [5, 70, 5000]],
    before: 0,
  },
  {
    name: "shared appends to a file, level disk",
    options: { mode: "append", durability: "disk" },
    verb: "append",
    batches: [[40, 1], [9000]],
    before: 3,
  },
  {
    name: "synchronous appends",
    options: { mode: "append" },
    verb: "sync",
    batches: [[1, 2, 3], [100]],
    before: 1,
  },
  {
    name: "exclusive, written ahead",
    options: { mode: "append", exclusive: true, highWaterMark: 100 },
    verb: "append",
    batches: [
      [30, 90, 20],
      [80, 60, 10],
    ],
    before: 2,
  },
  {
    name: "a new file in the place of an old one",
    options: { mode: "write" },
    verb: "append",
    batches: [[10, 20], [30], [1, 1, 1]],
    before: 2,
  },
  {
    name: "a new file, written ahead, level disk",
    options: { mode: "write", highWaterMark: 64, durability: "disk" },
    verb: "extend",
    batches: [
      [50, 50, 2],
      [60, 1],
    ],
    before: 0,
  },
];

export function titleOf({ kind, name }: Plan): string {
  return `${kind.name}, ${name}`;
}

/** The file that a plan begins with, and the task of its program. */
export function prepare(context: Context, plan: Plan): { place: Place; task: AppendTask } {
  const { options, verb, batches } = plan;
  const place = new Place(context, plan.kind);
  if (plan.before > 0) place.fill(OLD, plan.before);
  return { place, task: place.task({ options, verb, batches, writer: "w" }) };
}

/** Runs a plan without a kill. */
export async function chart(context: Context, plan: Plan): Promise<Course> {
  const { task } = prepare(context, plan);
  const { operations, acknowledged } = resultOf<AppendResult>(await run("append", task));
  const points = acknowledged.map((count, batch) => {
    return lastOf(operations, publicationOf(plan, batch), count);
  });
  const closes = plan.kind.unclosed !== undefined;
  const closing = closes ? lastOf(operations, "write data.seal", operations.length) : undefined;
  // A database is emptied by a commit of its own.
  const emptied = operations.indexOf(publicationOf(plan, 0)) + 1;
  const replaces = plan.kind.database ? emptied : (points[0] ?? 0);
  return { plan, operations, points, closing, replaces };
}

/** How the operation begins that publishes a batch. */
function publicationOf({ kind, options }: Plan, batch: number): string {
  if (kind.publishes !== undefined) return kind.publishes;
  return options.mode === "write" && batch === 0 ? "rename data.new to data" : "write data.seal";
}

/** The last of the first `count` operations that is of this name, from 1. */
function lastOf(operations: readonly string[], name: string, count: number): number {
  let point = count;
  while (point > 0 && !operations[point - 1]?.startsWith(name)) point--;
  return point;
}

/** Every place in a course where the program can die. */
export function killsOf({ operations }: Course): Kill[] {
  return operations.flatMap((name, i) => phasesOf(name).map((phase) => ({ at: i + 1, phase })));
}

function phasesOf(operation: string): readonly Phase[] {
  return operation.startsWith("write ") ? ["before", "middle", "after"] : ["before", "after"];
}

/** What must be there after a kill. */
export function outcomeOf({ plan, points, closing, replaces }: Course, kill: Kill): Outcome {
  const isOver = (point: number): boolean =>
    point < kill.at || (point === kill.at && kill.phase === "after");
  const done = points.filter(isOver).length;
  const replaced = plan.options.mode === "write" && isOver(replaces);
  const after = (batches: number): number =>
    plan.batches
      .slice(0, batches)
      .reduce((sum, { length }) => sum + length, replaced ? 0 : plan.before);
  const records = after(done);
  // A new file, and a state that a rename publishes, are there or not.
  const atOnce = plan.kind.folder === true || (plan.options.mode === "write" && done === 0);
  const unclosed = closing !== undefined && done > 0 && !isOver(closing);
  return { records, withNext: atOnce ? records : after(done + 1), replaced, unclosed };
}
