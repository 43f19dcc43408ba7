import type { Tensor } from "../values/tensor.ts";
import type { SchemaInput } from "./schema.ts";

/** Rows of several columns: a tensor for each, of which the first dimension counts the rows. */
export type Columns = Readonly<Record<string, Tensor>>;

/** Options of {@link TensorDB.open}. */
export interface TensorDBOptions {
  /** The columns, of a database that is made. */
  readonly schema?: SchemaInput | undefined;
  /** Rows in a block file, of a database that is made. @default 8192 */
  readonly blockSize?: number | undefined;
  /** How far a write's promise goes: through a crash of the process, or of the machine. @default "process" */
  readonly durability?: "process" | "disk" | undefined;
  /** Longest wait for another writer, ms. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
  /** Block files kept open at a time, for each column. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/** Which columns a read answers with. */
export interface SelectOptions {
  /** Names of columns; the others are not touched. @default all */
  readonly columns?: readonly string[] | undefined;
}
