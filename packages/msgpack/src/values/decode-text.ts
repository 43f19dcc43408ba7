import { decodeUtf8, isUtf8, NthrecError } from "@nthrec/core";

/** Up to here a loop is faster than a call of the platform's decoder. */
const SHORT_BYTES = 12;

/** Decodes `bytes[start, end)` as UTF-8. @throws {@link NthrecError} `NTH_DECODE_ERROR` where `strict` and it is none */
export function decodeText(bytes: Uint8Array, start: number, end: number, strict: boolean): string {
  if (end - start <= SHORT_BYTES) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  const text = decodeUtf8(bytes, start, end);
  // U+FFFD stands for what is no UTF-8, or for itself.
  if (strict && text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) {
    throw new NthrecError(
      "NTH_DECODE_ERROR",
      `text at byte ${start} of the record is not UTF-8 (errors: "replace" reads it all the same)`,
    );
  }
  return text;
}
