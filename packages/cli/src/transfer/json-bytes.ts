import { isUtf8, NthrecError } from "@nthrec/core";
import { JsonlReader } from "@nthrec/jsonl";
import { jsonText } from "../output/json.ts";

/** Digits enough for an integer that a number cannot hold. */
const LONG_INTEGER = /\d{16}/;

/** The JSON value that bytes are the text of; integers beyond 2^53 are bigints. @throws {@link NthrecError} */
export function readJson(bytes: Uint8Array): unknown {
  const text = isUtf8(bytes) ? Buffer.from(bytes).toString("utf8") : "\u0000";
  if (LONG_INTEGER.test(text)) {
    // Newlines stand only between the parts of a JSON text: a space does as well.
    const line = Buffer.from(text.replaceAll("\n", " "));
    const options = { bigints: "bigint", index: "memory" } as const;
    using reader = JsonlReader.openSync(line, options);
    return reader.getSync(0);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NthrecError("NTH_DECODE_ERROR", "the record is no JSON text", { cause });
  }
}

/** The text of a JSON value as bytes. */
export function writeJson(value: unknown): Uint8Array {
  return Buffer.from(jsonText(value));
}
