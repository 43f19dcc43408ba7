import { UsageError } from "../exit.ts";
import type { LoadedFormat, TensorValue } from "../formats/cli-format.ts";
import { jsonl } from "../formats/lines.ts";
import { fromJson, toJson } from "../output/json.ts";
import { gathers, overFrames } from "./frames.ts";
import { readJson, writeJson } from "./json-bytes.ts";
import type { RecordSchema } from "./record-schema.ts";
import { type TensorTask, tensorPassage } from "./tensor-passage.ts";

/** How records get from one format into another. */
export interface Passage {
  /** The format to open the input with: records come as {@link Passage.convert} takes them. */
  readonly from: LoadedFormat;
  /** The format to open the output with. */
  readonly to: LoadedFormat;
  /** The record of the output. @throws {@link NthrecError} for what the output cannot hold */
  convert(record: unknown): unknown;
}

/** What the user says of the way. */
export interface PassageOptions {
  /** `"json"`: records of text and bytes are JSON texts. @default what the formats' records are */
  readonly as?: "json" | undefined;
  /** The shape of the Examples in records of bytes. */
  readonly schema?: RecordSchema | undefined;
  /** What the tensors are, where the output is a file of them. */
  readonly tensor?: TensorTask | undefined;
  /** Whether records that are copied as they are must be whole, so that damaged ones can be told. @default false */
  readonly check?: boolean | undefined;
}

/** The way between two formats that have different names. */
export async function passageBetween(
  from: LoadedFormat,
  to: LoadedFormat,
  { as, schema, tensor }: PassageOptions,
): Promise<Passage> {
  checkText(from, to, as);
  if (to.tensors !== undefined) {
    const source = as === "json" ? await overJson(from) : from;
    // A look at the input comes first: what its tensors are is not known before.
    return tensor === undefined
      ? { from: source, to, convert: (record) => record }
      : tensorPassage(source, to, tensor, as);
  }
  if (schema !== undefined && !isBytes(from) && !isBytes(to)) {
    throw new UsageError("--schema is for Examples, and neither format holds bytes");
  }
  if (as === "json") return jsonPassage(await overJson(from), await overJson(to));
  const { fromTensor } = to;
  if (from.tensors !== undefined && fromTensor !== undefined) {
    return { from, to, convert: (record) => fromTensor(record as TensorValue) };
  }
  if (schema === undefined && from.toBytes !== undefined && to.fromBytes !== undefined) {
    const { toBytes, fromBytes } = from as Required<LoadedFormat>;
    return { from, to, convert: (record) => (to.fromBytes ?? fromBytes)(toBytes(record)) };
  }
  return jsonPassage(overSchema(from, schema), overSchema(to, schema));
}

/**
 * The way from a format to itself: the records' bytes stay as they are. Where a format's records are their own bytes they
 * are read and written, with their checksums; otherwise frames are.
 */
export function passageWithin(format: LoadedFormat, { check }: PassageOptions = {}): Passage {
  const own = isBytes(format) || format.Writer === undefined || gathers(format.Writer);
  const used = own ? format : overFrames(format, check === true);
  return { from: used, to: used, convert: (record) => record };
}

/** Whether the records of a format are bytes, and no text. */
function isBytes({ toBytes, fromBytes, rawFrames }: LoadedFormat): boolean {
  return toBytes !== undefined && fromBytes !== undefined && rawFrames !== true;
}

/** The memory of a tensor is no line of text, even where its bytes happen to be one. @throws {@link UsageError} */
function checkText(from: LoadedFormat, to: LoadedFormat, as: "json" | undefined): void {
  const text = from.rawFrames === true || to.rawFrames === true;
  const tensors = from.tensors !== undefined || to.tensors !== undefined;
  if (text && tensors && as === undefined) {
    throw new UsageError("a line of text is no tensor: --as json makes it arrays of numbers");
  }
}

function jsonPassage(from: LoadedFormat, to: LoadedFormat): Passage {
  return { from, to, convert: (record) => to.fromJson(from.toJson(record)) };
}

/** A format whose records are JSON texts. */
async function overJson(format: LoadedFormat): Promise<LoadedFormat> {
  // Lines of JSON are the format of that name.
  if (format.rawFrames === true) return await jsonl.load();
  const { toBytes, fromBytes, tensors } = format;
  if (toBytes === undefined || fromBytes === undefined || tensors !== undefined) return format;
  return {
    ...format,
    toJson: (record) => readJson(toBytes(record)),
    fromJson: (value) => fromBytes(writeJson(value)),
  };
}

/** A format whose records are Examples of one shape. */
function overSchema(format: LoadedFormat, schema: RecordSchema | undefined): LoadedFormat {
  const { toBytes, fromBytes } = format;
  if (schema === undefined || !isBytes(format) || format.tensors !== undefined) return format;
  return {
    ...format,
    toJson: (record) => toJson(schema.decode((toBytes as (r: unknown) => Uint8Array)(record))),
    fromJson: (value) =>
      (fromBytes as (bytes: Uint8Array) => unknown)(schema.encode(fromJson(value))),
  };
}
