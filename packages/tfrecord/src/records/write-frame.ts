import { type ByteWriter, NthrecError } from "@nthrec/core";
import { maskedCrc, maskedCrcOfLength } from "../crc32c/masked-crc.ts";

/** Writes one record with its length and checksums. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function writeFrame(value: Uint8Array, out: ByteWriter): void {
  if (!(value instanceof Uint8Array)) {
    throw new NthrecError("NTH_INVALID_VALUE", `a record is a Uint8Array, not ${typeof value}`);
  }
  out.u64le(value.length);
  out.u32le(maskedCrcOfLength(value.length, Math.floor(value.length / 4294967296)));
  out.bytes(value);
  out.u32le(maskedCrc(value));
}
