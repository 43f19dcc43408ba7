// Appends batches to a file, each published by itself, and dies at the operation that it was told.
import { once } from "node:events";
import { dirname } from "node:path";
import type { WriterOptions } from "@nthrec/core";
import { type AnyWriter, type Kind, type KindName, kindOf } from "../formats/kinds.ts";
import { AckLog, UNTOLD } from "../judge/acks.ts";
import { type Kill, KillingFs } from "../kill/killing-fs.ts";

/** What this program is told. */
export interface AppendTask {
  readonly kind: KindName;
  readonly path: string;
  readonly options: WriterOptions;
  /** Name of the writer in its records. */
  readonly writer: string;
  /** Payload sizes of the records of each batch. */
  readonly batches: readonly (readonly number[])[];
  readonly verb: "append" | "extend" | "sync";
  /** Folder of the acknowledgements. */
  readonly acks: string;
  readonly kill?: Kill | undefined;
  /** Waits for a word on standard input before it opens the file. */
  readonly waits?: boolean | undefined;
  /** Keeps the writer open until it is killed. */
  readonly lingers?: boolean | undefined;
}

/** What it prints when it lives. */
export interface AppendResult {
  readonly operations: readonly string[];
  /** Operations that were over when each batch was acknowledged. */
  readonly acknowledged: readonly number[];
  readonly recovery: unknown;
}

const task = JSON.parse(process.argv[2] as string) as AppendTask;
const kind = kindOf(task.kind);
const killing = KillingFs.install(dirname(task.path), task.kill);
const log = new AckLog(task.acks, task.writer);
const acknowledged: number[] = [];
let recovery: unknown;
const options = { ...task.options, onRecovery: (report: unknown) => (recovery = report) };
if (task.waits) {
  console.log("ready");
  await once(process.stdin, "data");
  process.stdin.destroy();
}
const writer = await open(kind);
let number = 0;
for (const sizes of task.batches) {
  const first = number;
  const records = sizes.map((size) => kind.record({ writer: task.writer, number: number++, size }));
  const indexes = await publish(writer, records);
  log.addAll(first, indexes);
  acknowledged.push(killing.operations.length);
}
if (task.lingers) {
  console.log("lingers");
  await once(process.stdin, "end");
}
await writer.close();
const result: AppendResult = { operations: killing.operations, acknowledged, recovery };
console.log(JSON.stringify(result));

async function open({ Writer }: Kind): Promise<AnyWriter> {
  if (task.verb === "sync") return Writer.openSync(task.path, options) as unknown as AnyWriter;
  return (await Writer.open(task.path, options)) as unknown as AnyWriter;
}

/** Publishes one batch; answers the numbers of its records as far as they are told. */
async function publish(to: AnyWriter, records: readonly unknown[]): Promise<number[]> {
  let indexes = records.map(() => UNTOLD);
  if (task.verb === "sync") to.extendSync(records);
  else if (task.verb === "extend") await to.extend(records);
  else indexes = await Promise.all(records.map((record) => to.append(record)));
  if (task.verb === "sync") to.commitSync();
  else await to.commit();
  return indexes;
}
