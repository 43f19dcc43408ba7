import { NthrecError } from "@nthrec/core";
import { dataOf, type TensorInput } from "../values/tensor-input.ts";
import type { Schema } from "./schema.ts";

/** Rows to be written: for each column whole tensors, as many in each. */
export type ColumnsInput = Readonly<Record<string, TensorInput>>;

/** The bytes of rows for each column, all of them checked before anything is written. */
export function encodeRows(
  rows: ColumnsInput,
  schema: Schema,
  name: string,
): { readonly count: number; readonly bytes: ReadonlyMap<string, Uint8Array> } {
  const refused = (reason: string, cause?: unknown): NthrecError =>
    new NthrecError("NTH_INVALID_VALUE", `rows of ${name}: ${reason}`, { source: name, cause });
  if (
    typeof rows !== "object" ||
    rows === null ||
    ArrayBuffer.isView(rows) ||
    Array.isArray(rows)
  ) {
    throw refused("pass an object with a tensor for each column");
  }
  const unknown = Object.keys(rows).find((column) => !schema.has(column));
  if (unknown !== undefined) throw refused(`there is no column ${JSON.stringify(unknown)}`);
  const bytes = new Map<string, Uint8Array>();
  let count: number | undefined;
  for (const [column, conf] of schema) {
    if (!Object.hasOwn(rows, column)) throw refused(`column ${column} is missing`);
    const data = dataOfColumn(rows[column] as TensorInput, conf.dtype, column, refused);
    const rowsHere = data.byteLength / conf.rowBytes;
    if (!Number.isInteger(rowsHere)) {
      throw refused(`${data.length} elements are no whole rows of column ${column}`);
    }
    count ??= rowsHere;
    if (count !== rowsHere) throw refused(`column ${column} has ${rowsHere} rows, others ${count}`);
    bytes.set(column, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { count: count ?? 0, bytes };
}

function dataOfColumn(
  value: TensorInput,
  dtype: Parameters<typeof dataOf>[1],
  column: string,
  refused: (reason: string, cause?: unknown) => NthrecError,
): ReturnType<typeof dataOf> {
  try {
    return dataOf(value, dtype);
  } catch (cause) {
    throw refused(`column ${column}: ${(cause as Error).message}`, cause);
  }
}
