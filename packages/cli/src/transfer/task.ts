import type { ReaderOptions } from "@nthrec/core";
import type { FeatureSpecs } from "@nthrec/tfrecord";
import type { LoadedFormat } from "../formats/cli-format.ts";
import { Registry } from "../formats/registry.ts";
import { type Input, type InputOptions, type Located, openLocated } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { type Passage, passageBetween, passageWithin } from "./passage.ts";
import { recordSchema } from "./record-schema.ts";
import type { Piece } from "./targets.ts";
import type { TensorTask } from "./tensor-passage.ts";

/** What is to be done, as it can be handed to another thread and compared with what was done before. */
export interface Task {
  /** Where the input is, as it was located. */
  readonly locations: readonly string[];
  readonly isSet: boolean;
  readonly folders: boolean;
  /** Names of the formats. */
  readonly from: string;
  readonly to: string;
  readonly input: Omit<InputOptions, "progress">;
  /** What is found out when the input is opened for the first time. */
  readonly tail: "ignore" | undefined;
  readonly as: "json" | undefined;
  readonly schema: FeatureSpecs | undefined;
  /** What the tensors are, where files of tensors are written. */
  readonly tensor: TensorTask | undefined;
  readonly skipDamaged: boolean;
  readonly writeOptions: Readonly<Record<string, unknown>>;
}

/** A task, and where its output is made. */
export interface Work {
  readonly task: Task;
  /** The folder of what is not finished. */
  readonly folder: string;
  readonly pieces: readonly Piece[];
  /** The longest time between two places where an interrupted run can go on, ms. */
  readonly checkpointMs: number;
}

/** An open input, and the way of its records into the output. */
export interface OpenTask extends AsyncDisposable {
  readonly input: Input;
  readonly passage: Passage;
}

/** Told of what was passed over in the input. */
export type LossListener = () => void;

/** Opens the input of a task. */
export async function openTask(
  io: Io,
  task: Task,
  progress: InputOptions["progress"],
  onLoss?: LossListener,
  readerOptions: ReaderOptions = {},
): Promise<OpenTask> {
  const registry = await Registry.with(task.input.plugin ?? []);
  const passage = await passageOf(registry, task);
  const located: Located = {
    locations: task.locations,
    isSet: task.isSet,
    folders: task.folders,
    format: registry.named(task.from),
    loaded: passage.from,
    registry,
    [Symbol.asyncDispose]: async () => {},
  };
  const options = { ...damageOptions(passage.from, task, onLoss), ...readerOptions };
  const input = await openLocated(io, located, { ...task.input, progress }, options);
  return { input, passage, [Symbol.asyncDispose]: () => input[Symbol.asyncDispose]() };
}

/** The way of the records of a task. */
export async function passageOf(registry: Registry, task: Task): Promise<Passage> {
  const from = await registry.named(task.from).load();
  const { as, tensor } = task;
  if (task.from === task.to && from.tensors === undefined) {
    return passageWithin(from, { check: task.skipDamaged });
  }
  const schema = task.schema && recordSchema(task.schema);
  const to = await registry.named(task.to).load();
  return await passageBetween(from, to, { as, schema, tensor });
}

function damageOptions(
  { skipsDamage }: LoadedFormat,
  { skipDamaged, tail }: Task,
  onLoss: LossListener | undefined,
): ReaderOptions {
  if (!skipDamaged) return {};
  const skip = skipsDamage === true ? { damage: "skip", onLoss } : {};
  return { ...(tail === undefined ? {} : { tail }), ...skip };
}
