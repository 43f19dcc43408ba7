import { decodeTimestampToTimeSpec, EXT_TIMESTAMP, ExtData } from "@msgpack/msgpack";
import { NthrecError } from "@nthrec/core";
import { Timestamp } from "./timestamp.ts";
import type { ValueReadOptions } from "./value-options.ts";

/** The value of an extension; `data` must be the caller's own. */
export function decodeExtension(
  type: number,
  data: Uint8Array<ArrayBuffer>,
  options: ValueReadOptions,
): unknown {
  if (type === EXT_TIMESTAMP) return timestampOf(data, options.timestamps ?? "date");
  if (options.extensions === undefined || type < 0) return new ExtData(type, data);
  try {
    return options.extensions.decode(data, type, undefined);
  } catch (cause) {
    throw new NthrecError(
      "NTH_DECODE_ERROR",
      `the extension codec failed for type ${type}: ${String(cause)}`,
      { cause },
    );
  }
}

function timestampOf(data: Uint8Array, form: "date" | "exact"): Date | Timestamp {
  if (data.length !== 4 && data.length !== 8 && data.length !== 12) {
    throw unreadable(`a timestamp takes 4, 8 or 12 bytes, not ${data.length}`);
  }
  const { sec, nsec } = decodeTimestampToTimeSpec(data);
  if (!Number.isSafeInteger(sec) || nsec > 999_999_999) {
    throw unreadable(`a timestamp of ${sec} s and ${nsec} ns is out of range`);
  }
  const timestamp = new Timestamp(sec, nsec);
  if (form === "exact") return timestamp;
  const date = timestamp.toDate();
  if (date !== undefined) return date;
  throw unreadable(`no Date reaches ${sec} s from 1970 (timestamps: "exact" reads it)`);
}

function unreadable(message: string): NthrecError {
  return new NthrecError("NTH_DECODE_ERROR", message);
}
