import { NthrecError } from "@nthrec/core";
import { kindOfFile } from "./kind-of-file.ts";
import type { Damage } from "./scan-frames.ts";

/** Damage as it was met. */
export interface MetDamage {
  /** Name of the data. */
  readonly name: string;
  /** Where the record begins, or should. */
  readonly at: number;
  readonly damage: Damage;
  /** The bytes there, as many as are at hand. */
  readonly head: Uint8Array;
  /** Number of the record. */
  readonly index: number;
}

const WHAT: Record<Damage, string> = {
  length: "its length does not fit its checksum",
  beyond: "its length is more than is read",
  payload: "its payload does not fit its checksum",
};

/** The error of damage, with what the file may be instead. */
export function damageError({ name, at, damage, head, index }: MetDamage): NthrecError {
  const kind = at === 0 && damage === "length" ? kindOfFile(head) : undefined;
  if (kind === "GZIP" || kind === "ZLIB") {
    const message =
      `${name} is compressed as a whole (${kind}): readTFRecords reads it from its beginning, ` +
      "and TFRecordReader.open with the option inflate reads records by number";
    return new NthrecError("NTH_NOT_SUPPORTED", message, { source: name, offset: 0 });
  }
  const hint =
    kind !== undefined
      ? `this looks like ${kind}`
      : at === 0
        ? "is this a TFRecord file?"
        : 'damage: "skip" reads every other record, TFRecordWriter.repair keeps them';
  const message = `record ${index} of ${name} (byte ${at}): ${WHAT[damage]}; ${hint}`;
  return new NthrecError("NTH_CORRUPTION", message, { source: name, index, offset: at });
}
