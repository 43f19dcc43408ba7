import { exampleKey } from "@nthrec/tfrecord";
import { fromJson, toJson } from "../output/json.ts";
import type { Field, LoadedFormat } from "./cli-format.ts";
import { exampleFromJson, exampleToJson, featuresOf } from "./example-json.ts";

/** What formats have in common whose records are bytes, and mostly Examples. */
export const exampleRecords: Omit<LoadedFormat, "Reader" | "Writer"> = {
  toJson: (record) => toJson(exampleToJson(record as Uint8Array)),
  fromJson: (value) => exampleFromJson(fromJson(value)),
  toBytes: (record) => record as Uint8Array,
  fromBytes: (bytes) => bytes,
  keyOf: exampleKey,
  fieldsOf,
};

/** The features of an Example, by the names that protobuf has for their kinds; other records are bytes. */
function* fieldsOf(record: Uint8Array): Generator<Field> {
  const features = featuresOf(record);
  if (features === undefined) yield { path: "", kind: "bytes" };
  else for (const [path, { kind, length }] of features) yield { path, kind, length };
}
