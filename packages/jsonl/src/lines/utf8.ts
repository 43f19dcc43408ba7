import { decodeUtf8 } from "@nthrec/core";

/** A piece of `bytes` that is no UTF-8, as one decoder step would replace it: `[start, end)`. */
interface BrokenPiece {
  readonly start: number;
  readonly end: number;
}

/** Finds the pieces of `bytes` that are no UTF-8, in order. */
export function* brokenPieces(bytes: Uint8Array): Generator<BrokenPiece> {
  let at = 0;
  while (at < bytes.length) {
    const width = wellFormedWidth(bytes, at);
    if (width > 0) {
      at += width;
    } else {
      const end = at - width;
      yield { start: at, end };
      at = end;
    }
  }
}

/** Decodes `bytes` without the pieces that are no UTF-8. */
export function decodeWithoutBroken(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  for (const { start, end } of brokenPieces(bytes)) {
    text += decodeUtf8(bytes, at, start);
    at = end;
  }
  return text + decodeUtf8(bytes, at, bytes.length);
}

/** Whether `bytes` are UTF-8 but for a character that is cut off at their end. */
export function endsInsideCharacter(bytes: Uint8Array): boolean {
  const { done, value } = brokenPieces(bytes).next();
  return !done && value.end === bytes.length;
}

/** Bytes of the character at `at`; minus the bytes of the broken piece there (Unicode's maximal subpart). */
function wellFormedWidth(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const width = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (width === 0) return -1;
  for (let i = 1; i < width; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < low(lead, i) || byte > high(lead, i)) return -i;
  }
  return width;
}

/** The first byte after the lead is narrower for some leads: no overlong forms, surrogates or code points past the last. */
function low(lead: number, position: number): number {
  if (position > 1) return 0x80;
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function high(lead: number, position: number): number {
  if (position > 1) return 0xbf;
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
