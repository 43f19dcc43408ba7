import { isNthrecError, type WriterOptions } from "@nthrec/core";
import { type Columns, TensorBlobReader, TensorDB } from "@nthrec/tensorblob";
import type { Mark } from "./payload.ts";
import { BLOCK_SIZE, markOfRow, rowOf, WIDTH } from "./rows.ts";

/** A mark in three columns that must belong together: its row, its numbers, its writer. */
const schema = {
  numbers: ["float64", 2],
  row: ["uint8", WIDTH],
  writer: ["uint8", 16],
} as const;

/** One record, as it is written. */
interface Cells {
  readonly numbers: readonly number[];
  readonly row: Uint8Array;
  readonly writer: Uint8Array;
}

/** The columns of a mark. */
export function columnsOf(mark: Mark): Cells {
  const { number, size } = mark;
  return { numbers: [number, size], row: rowOf(mark), writer: nameOf(mark) };
}

/** The mark of a row. @throws {@link Error} when its columns are not of one mark */
export function markOfColumns(record: unknown): Mark {
  const { numbers, row, writer } = record as Columns;
  const mark = markOfRow(row);
  const told = numbers?.values().join();
  if (told !== `${mark.number},${mark.size}`)
    throw new Error(`misaligned: ${told} beside ${what(mark)}`);
  if (Buffer.compare(writer?.bytes ?? new Uint8Array(0), nameOf(mark)) === 0) return mark;
  throw new Error(`misaligned: another writer beside ${what(mark)}`);
}

function what({ writer, number }: Mark): string {
  return `record ${number} of ${writer}`;
}

function nameOf({ writer }: Mark): Uint8Array {
  const name = new Uint8Array(16);
  name.set(Buffer.from(writer).subarray(0, name.length));
  return name;
}

/** A database with those verbs of a reader that `crash-points` uses. */
export class DatabaseReader {
  static readonly indexSuffix = ".idx";
  readonly #path: string;
  readonly #db: TensorDB;

  private constructor(path: string) {
    this.#path = path;
    this.#db = TensorDB.openSync(path);
  }

  static openSync(path: string): DatabaseReader {
    return new DatabaseReader(path);
  }

  get length(): number {
    return this.#db.length;
  }

  getSync(index: number): Columns {
    return this.#db.getSync(index);
  }

  *[Symbol.iterator](): Generator<Columns> {
    for (let index = 0; index < this.length; index++) yield this.getSync(index);
  }

  /** Looks at every column as the blob that it is. */
  verifySync(): {
    readonly ok: boolean;
    readonly problems: readonly { readonly message: string }[];
  } {
    const problems = Object.keys(schema).flatMap((column) => {
      using blob = TensorBlobReader.openSync(`${this.#path}/${column}`);
      const wrong = [...blob.verifySync({ level: "full" }).problems];
      if (blob.length === this.length) return wrong;
      return [...wrong, { message: `column ${column} has ${blob.length} rows of ${this.length}` }];
    });
    return { ok: problems.length === 0, problems };
  }

  closeSync(): void {
    this.#db.closeSync();
  }
}

/** A database with those verbs of a writer that `crash-points` uses. What is appended in one turn is one write. */
export class DatabaseWriter {
  readonly #db: TensorDB;
  #pending: Cells[] = [];
  #turn: Promise<number> | undefined;

  private constructor(path: string, { mode, durability }: WriterOptions) {
    const level = durability === "disk" ? "disk" : "process";
    const options = { schema, blockSize: BLOCK_SIZE, durability: level } as const;
    this.#db = mode === "write" ? TensorDB.openSync(path, "w", options) : toAppend(path, options);
  }

  static openSync(path: string, options: WriterOptions = {}): DatabaseWriter {
    return new DatabaseWriter(path, options);
  }

  static async open(path: string, options: WriterOptions = {}): Promise<DatabaseWriter> {
    return new DatabaseWriter(path, options);
  }

  async append(record: Cells): Promise<number> {
    const place = this.#pending.push(record) - 1;
    this.#turn ??= Promise.resolve().then(() => this.#pour());
    return (await this.#turn) + place;
  }

  async extend(records: readonly Cells[]): Promise<void> {
    await this.#db.write(gathered(records));
  }

  extendSync(records: readonly Cells[]): void {
    this.#db.writeSync(gathered(records));
  }

  appendSync(record: Cells): number {
    this.extendSync([record]);
    return this.#db.tell() - 1;
  }

  async commit(): Promise<void> {
    await this.#turn;
    await this.#db.flush();
  }

  commitSync(): void {
    this.#db.flushSync();
  }

  async close(): Promise<void> {
    await this.commit();
    await this.#db.close();
  }

  closeSync(): void {
    this.#db.closeSync();
  }

  /** Writes what was appended; answers the number of the first row. */
  async #pour(): Promise<number> {
    const records = this.#pending;
    this.#pending = [];
    this.#turn = undefined;
    await this.extend(records);
    return this.#db.tell() - records.length;
  }
}

type DatabaseOptions = Parameters<typeof TensorDB.openSync>[2];

/** Mode a needs a database that is there. */
function toAppend(path: string, options: DatabaseOptions): TensorDB {
  try {
    return TensorDB.openSync(path, "a", options);
  } catch (error) {
    if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
    TensorDB.openSync(path, "w", options).closeSync();
    return TensorDB.openSync(path, "a", options);
  }
}

function gathered(records: readonly Cells[]): Record<keyof Cells, Uint8Array | number[]> {
  return {
    numbers: records.flatMap(({ numbers }) => numbers),
    row: Buffer.concat(records.map(({ row }) => row)),
    writer: Buffer.concat(records.map(({ writer }) => writer)),
  };
}
