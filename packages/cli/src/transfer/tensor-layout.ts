import { Exit, exitCodeOf, UsageError } from "../exit.ts";
import type { LoadedFormat, TensorLayout } from "../formats/cli-format.ts";
import type { Input } from "../input/open-input.ts";
import { sizesOf } from "../output/nested.ts";
import { type TensorPlace, tensorAt, valueAt } from "./tensor-passage.ts";

/** What the user says of the tensors to be written. */
export interface TensorOptions {
  readonly dtype?: string | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly field?: string | undefined;
  /** Whether damaged records are left out. */
  readonly skipDamaged?: boolean | undefined;
}

/**
 * What the tensors of a new file will be: what the user says, and for the rest what the input holds.
 *
 * @throws {@link UsageError} where neither tells
 */
export async function layoutFor(
  { reader, name, single }: Pick<Input, "reader" | "name" | "single">,
  from: LoadedFormat,
  options: TensorOptions,
): Promise<TensorLayout> {
  const { dtype, shape, field } = options;
  const cast = dtype !== undefined || shape !== undefined;
  if (dtype !== undefined && shape !== undefined) return { dtype, shape, cast };
  const found =
    from.tensors !== undefined && field === undefined
      ? await ownLayout(reader, single, from)
      : await firstLayout(reader, { from, path: field?.split(".") ?? [] }, options);
  const layout = { dtype: dtype ?? found.dtype, shape: shape ?? found.shape, cast };
  if (layout.dtype === undefined) {
    throw new UsageError(`say what the numbers of ${name} are: --dtype float32`);
  }
  if (layout.shape === undefined) {
    throw new UsageError(`say what the tensors of ${name} are: --shape 3,2`);
  }
  return layout as TensorLayout;
}

/** The layout that files of tensors say themselves. */
async function ownLayout(
  reader: Input["reader"],
  single: Input["single"],
  { tensors }: LoadedFormat,
): Promise<TensorLayout> {
  const layoutOf = (own: unknown): TensorLayout => tensors?.layoutOf(own) as TensorLayout;
  if (single !== undefined || !("shards" in reader)) return layoutOf(single ?? reader);
  return await reader.use(0, (own) => Promise.resolve(layoutOf(own)));
}

/** The layout of the first record that can be read. */
async function firstLayout(
  reader: Input["reader"],
  place: TensorPlace,
  { skipDamaged }: TensorOptions,
): Promise<Partial<TensorLayout>> {
  for (let index = 0; index < reader.length; index++) {
    try {
      return layoutOfRecord(await reader.get(index), place);
    } catch (error) {
      if (skipDamaged !== true || exitCodeOf(error) !== Exit.damage) throw error;
    }
  }
  return {};
}

function layoutOfRecord(record: unknown, place: TensorPlace): Partial<TensorLayout> {
  const tensor = tensorAt(record, place);
  if (tensor !== undefined) return { dtype: tensor.dtype, shape: tensor.shape };
  const value = valueAt(record, place);
  const { $tensor, $floats, $int64s } = Object(value) as Record<string, unknown>;
  if ($tensor !== undefined) return $tensor as TensorLayout;
  const numbers = $floats ?? $int64s ?? value;
  // Of anything but numbers in arrays, the shape cannot be guessed.
  const shape =
    typeof numbers === "number" || Array.isArray(numbers) ? sizesOf(numbers) : undefined;
  const bytes = Array.isArray(numbers) && typeof numbers[0] === "object" && shape?.length === 1;
  return shape === undefined || bytes ? {} : { shape };
}
