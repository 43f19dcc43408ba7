import { Exit, type ExitCode } from "../exit.ts";
import type { Field } from "../formats/cli-format.ts";
import { type Input, type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { counted, grouped } from "../output/report.ts";

type SchemaOptions = InputOptions & {
  readonly records: number;
  readonly all?: boolean;
  readonly json?: boolean;
};

/** What is known of one field. */
interface Summary {
  readonly kinds: Map<string, number>;
  /** Records that have it. */
  records: number;
  /** The record that was counted last: a field in an array is there more than once. */
  last: number;
  least: number | undefined;
  most: number | undefined;
}

/** `nthrec schema`: the fields of the records, their kinds, and how many records have them. */
export async function schema(
  io: Io,
  paths: readonly string[],
  options: SchemaOptions,
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  const fields = new Map<string, Summary>();
  let looked = 0;
  for await (const record of spread(io, input, options)) {
    const found = input.loaded.fieldsOf?.(record as never) ?? fieldsOf(input.loaded.toJson(record));
    for (const field of found) note(fields, field, looked);
    looked++;
  }
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  if (options.json) await io.stdout.write(`${JSON.stringify(asJson(sorted, looked, input))}\n`);
  else await print(io, sorted, looked, input);
  return Exit.ok;
}

/** Some records with equal distances: what changes on the way through a file is seen, too. */
async function* spread(io: Io, { reader }: Input, options: SchemaOptions): AsyncGenerator<unknown> {
  const { length } = reader;
  const count = options.all ? length : Math.min(options.records, length);
  if (count === length) {
    for await (const record of reader) {
      io.signal.throwIfAborted();
      yield record;
    }
    return;
  }
  const BATCH = 64;
  for (let i = 0; i < count; i += BATCH) {
    const places = Array.from({ length: Math.min(BATCH, count - i) }, (_, j) =>
      Math.floor(((i + j) * length) / count),
    );
    yield* await reader.getMany(places, { signal: io.signal });
  }
}

/** The fields of a JSON value. */
function* fieldsOf(value: unknown, path = ""): Generator<Field> {
  const kind = kindOf(value);
  if (Array.isArray(value)) {
    yield { path, kind, length: value.length };
    for (const each of value) yield* fieldsOf(each, `${path}[]`);
    return;
  }
  // Every record is an object as a rule: only what is not is worth a line.
  if (kind !== "object" || path !== "") yield { path, kind };
  if (kind !== "object") return;
  for (const [name, each] of Object.entries(value as object)) {
    yield* fieldsOf(each, path === "" ? name : `${path}.${name}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value !== "object") return typeof value;
  const [only, second] = Object.keys(value);
  if (second !== undefined) return "object";
  if (only === "$bytes") return "bytes";
  return only === "$number" ? "number" : "object";
}

function note(fields: Map<string, Summary>, { path, kind, length }: Field, record: number): void {
  let known = fields.get(path);
  if (known === undefined) {
    known = { kinds: new Map(), records: 0, last: -1, least: undefined, most: undefined };
    fields.set(path, known);
  }
  known.kinds.set(kind, (known.kinds.get(kind) ?? 0) + 1);
  if (known.last !== record) known.records++;
  known.last = record;
  if (length === undefined) return;
  known.least = Math.min(known.least ?? length, length);
  known.most = Math.max(known.most ?? length, length);
}

function asJson(fields: [string, Summary][], looked: number, { reader }: Input): unknown {
  return {
    records: reader.length,
    looked,
    fields: fields.map(([path, { kinds, records, least, most }]) => ({
      path,
      kinds: Object.fromEntries(kinds),
      records,
      least,
      most,
    })),
  };
}

async function print(
  io: Io,
  fields: [string, Summary][],
  looked: number,
  { reader }: Input,
): Promise<void> {
  const rows = fields.map(([path, { kinds, records, least, most }]) => {
    const values = least === undefined ? "" : least === most ? `${least}` : `${least}..${most}`;
    return [
      path === "" ? "(record)" : path,
      [...kinds.keys()].join(" | "),
      values,
      grouped(records),
    ];
  });
  const all = [["field", "kind", "values", "records"], ...rows];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  for (const [path = "", kind = "", values = "", records = ""] of all) {
    const [a = 0, b = 0, c = 0, d = 0] = widths;
    const cells = [path.padEnd(a), kind.padEnd(b), values.padStart(c), records.padStart(d)];
    await io.stdout.write(`${cells.join("  ")}\n`);
  }
  await io.stdout.write(`${grouped(looked)} of ${counted(reader.length, "record")} looked at\n`);
}
