import { Cursor, type CursorState } from "@nthrec/core/order";
import { type Columns, TensorDB } from "@nthrec/tensorblob";
import { FEATURES } from "./dataset.ts";
import { Model } from "./model.ts";

const BATCH = 32;
const RATE = 0.5;

/** All that is needed to go on: the model, and two numbers for the place in the data. */
export interface Checkpoint {
  readonly weights: readonly number[];
  readonly cursor: CursorState;
}

/** Trains for so many steps from a checkpoint, or from the beginning; every epoch in an order of its own. */
export async function train(path: string, steps: number, from?: Checkpoint): Promise<Checkpoint> {
  await using db = await TensorDB.open(path);
  const model = new Model(Float32Array.from(from?.weights ?? new Float32Array(FEATURES)));
  const cursor = new Cursor({ length: db.length, seed: 11, state: from?.cursor });
  for (let step = 0; step < steps; step++) {
    const batch = await db.gather(cursor.take(BATCH));
    model.step(arrayOf(batch, "features"), arrayOf(batch, "label"), RATE);
  }
  return { weights: [...model.weights], cursor: cursor.state };
}

/** The share of rows that a model gets right, read in order. */
export async function accuracy(path: string, { weights }: Checkpoint): Promise<number> {
  await using db = await TensorDB.open(path);
  const model = new Model(Float32Array.from(weights));
  let right = 0;
  for (let batch = await db.read(1000); batch !== null; batch = await db.read(1000)) {
    const [features, labels] = [arrayOf(batch, "features"), arrayOf(batch, "label")];
    labels.forEach((label, row) => {
      if (model.probability(features, row * FEATURES) > 0.5 === (label === 1)) right++;
    });
  }
  return right / db.length;
}

/** The numbers of a column, as they were read: nothing is copied. */
function arrayOf(batch: Columns, column: string): Float32Array {
  const data = batch[column]?.data;
  if (data instanceof Float32Array) return data;
  throw new TypeError(`${column} is no column of float32`);
}
