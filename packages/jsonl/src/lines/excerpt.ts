import { decodeUtf8 } from "@nthrec/core";
import { NEWLINE } from "./line-bytes.ts";

/** Bytes of a line that an error message shows. */
const SHOWN_BYTES = 128;

/** What an error message shows of a line: its first 128 bytes, and how many there are. */
export function excerpt(bytes: Uint8Array): string {
  const size = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  if (size <= SHOWN_BYTES) return printable(decodeUtf8(bytes, 0, size));
  let end = SHOWN_BYTES;
  // A character is shown whole or not at all.
  while (end > SHOWN_BYTES - 4 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return `${printable(decodeUtf8(bytes, 0, end))} ... (${size} bytes in total)`;
}

/** Escapes control characters, which could steer the terminal that shows a message. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
