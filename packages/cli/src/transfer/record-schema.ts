import { readFile } from "node:fs/promises";
import { type ExampleSchema, exampleSchema, type FeatureSpecs } from "@nthrec/tfrecord";
import { UsageError } from "../exit.ts";

/** Reads and writes Examples of one shape that is known only when the program runs. */
export interface RecordSchema {
  decode(record: Uint8Array): unknown;
  encode(value: unknown): Uint8Array;
}

const KINDS: ReadonlySet<unknown> = new Set(["bytes", "text", "float", "int64", "integer"]);
const FIELDS: ReadonlySet<string> = new Set(["kind", "size", "optional"]);

/**
 * The features that a file names: `{"image": {"kind": "bytes", "size": "one"}, …}`, as `exampleSchema` takes them.
 *
 * @throws {@link UsageError} when it is no such file
 */
export async function readSchema(path: string): Promise<FeatureSpecs> {
  const text = await readFile(path, "utf8");
  try {
    const specs: unknown = JSON.parse(text);
    if (!isObject(specs)) throw new Error("it is no object");
    for (const [name, spec] of Object.entries(specs)) checkSpec(name, spec);
    return specs as FeatureSpecs;
  } catch (error) {
    throw new UsageError(`${path} is no schema: ${(error as Error).message}`);
  }
}

/** The schema that these features make. */
export function recordSchema(specs: FeatureSpecs): RecordSchema {
  const schema = exampleSchema(specs) as unknown as ExampleSchema<FeatureSpecs>;
  return {
    decode: (record) => schema.decode(record),
    encode: (value) => schema.encode(value as never),
  };
}

function checkSpec(name: string, spec: unknown): void {
  const feature = `feature ${JSON.stringify(name)}`;
  if (!isObject(spec)) throw new Error(`${feature} is no object`);
  const unknown = Object.keys(spec).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) throw new Error(`${feature} has a field ${JSON.stringify(unknown)}`);
  const { kind, size, optional } = spec;
  if (!KINDS.has(kind)) throw new Error(`${feature} is of no kind among ${[...KINDS].join(", ")}`);
  if (size !== undefined && size !== "one" && !(Number.isInteger(size) && Number(size) >= 0)) {
    throw new Error(`${feature} has a size that is neither a number nor "one"`);
  }
  if (optional !== undefined && typeof optional !== "boolean") {
    throw new Error(`${feature} has an "optional" that is neither true nor false`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
