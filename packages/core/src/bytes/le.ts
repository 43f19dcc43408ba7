import { NthrecError } from "../errors.ts";

const TWO_32 = 4294967296;

/** Reads an unsigned 32-bit little-endian number. */
export function readU32(bytes: Uint8Array, at: number): number {
  check(bytes, at, 4);
  return dataView(bytes).getUint32(at, true);
}

/** Writes an unsigned 32-bit little-endian number. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  check(bytes, at, 4);
  dataView(bytes).setUint32(at, value, true);
}

/**
 * Reads an unsigned 64-bit little-endian number, which must be a safe integer.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION` for 2^53 and more: no file is that large
 */
export function readU64(bytes: Uint8Array, at: number): number {
  check(bytes, at, 8);
  const view = dataView(bytes);
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
  if (!Number.isSafeInteger(value)) {
    throw new NthrecError("NTH_CORRUPTION", `the 64-bit number at byte ${at} is 2^53 or more`, {
      offset: at,
    });
  }
  return value;
}

/** Writes an unsigned 64-bit little-endian number. */
export function writeU64(bytes: Uint8Array, at: number, value: number): void {
  check(bytes, at, 8);
  const view = dataView(bytes);
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

/** Reads a 64-bit little-endian float. */
export function readF64(bytes: Uint8Array, at: number): number {
  check(bytes, at, 8);
  return dataView(bytes).getFloat64(at, true);
}

/** Writes a 64-bit little-endian float. */
export function writeF64(bytes: Uint8Array, at: number, value: number): void {
  check(bytes, at, 8);
  dataView(bytes).setFloat64(at, value, true);
}

/** Whether two byte sequences are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function check(bytes: Uint8Array, at: number, width: number): void {
  if (at < 0 || at + width > bytes.length) {
    throw new NthrecError(
      "NTH_TRUNCATED",
      `${width} bytes are needed at byte ${at}, but only ${bytes.length} are there`,
      { offset: at },
    );
  }
}
