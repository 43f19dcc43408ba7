import { NthrecError } from "@nthrec/core";
import type { LoadedFormat, TensorLayout, TensorValue } from "../formats/cli-format.ts";
import type { Passage } from "./passage.ts";

/** Where the tensor of a record is. */
export interface TensorPlace {
  readonly from: LoadedFormat;
  /** The names of the fields that lead to it; none where the record is the tensor. */
  readonly path: readonly string[];
}

/** What the records of an output of tensors are, and where in the input's records. */
export interface TensorTask extends TensorLayout {
  readonly field?: string | undefined;
}

/** The way of records into a file of tensors. */
export function tensorPassage(
  from: LoadedFormat,
  to: LoadedFormat,
  { field, ...layout }: TensorTask,
  as?: "json",
): Passage {
  const bound = to.tensors?.bound(layout) as Required<LoadedFormat>;
  const place: TensorPlace = { from, path: field?.split(".") ?? [] };
  const memory = place.path.length === 0 && as === undefined ? from.toBytes : undefined;
  return {
    from,
    to: bound,
    convert(record) {
      const tensor = tensorAt(record, place);
      if (tensor !== undefined) return bound.fromTensor(tensor);
      if (memory !== undefined) return bound.fromBytes(memory(record));
      return bound.fromJson(valueAt(record, place));
    },
  };
}

/** The tensor that a record is, or holds; `undefined` where its format has none. */
export function tensorAt(record: unknown, { from, path }: TensorPlace): TensorValue | undefined {
  return from.tensorAt?.(record, path);
}

/** The JSON value at a place in a record. @throws {@link NthrecError} `NTH_INVALID_VALUE` where there is none */
export function valueAt(record: unknown, { from, path }: TensorPlace): unknown {
  let value = from.toJson(record);
  for (const name of path) {
    if (!Object.hasOwn(Object(value), name)) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `it has no field ${JSON.stringify(path.join("."))}`,
      );
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
