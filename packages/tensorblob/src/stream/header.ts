import { NthrecError } from "@nthrec/core";
import { describeLayout, type Layout, layoutOf, sameLayout } from "../values/layout.ts";

/** "NTHTENS1": the first bytes of a stream of tensors. */
const MAGIC: Uint8Array = Uint8Array.of(0x4e, 0x54, 0x48, 0x54, 0x45, 0x4e, 0x53, 0x31);
/** Magic, length and checksum. */
export const HEAD_BYTES = 16;
/** A header is a multiple of this, so that every element of the tensors behind it is aligned in memory. */
const ALIGNMENT = 64;
/** More than a shape of any use needs. */
const MAX_BYTES = 65_536;

/**
 * The bytes before the tensors of a stream, which say what each is: magic, length of all of it (u32),
 * checksum (u32), and a JSON object with `dtype` and `shape`, padded with spaces. See docs/formats/tensorblob.md.
 */
export function encodeHeader({ dtypeName, shape }: Layout): Uint8Array {
  const text = JSON.stringify({ dtype: dtypeName, shape });
  const length = Math.ceil((HEAD_BYTES + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, length, true);
  bytes.set(new TextEncoder().encode(text), HEAD_BYTES);
  bytes[length - 1] = 0x0a;
  view.setUint32(12, checksum(bytes), true);
  return bytes;
}

/** Length of the header whose first bytes are `head`. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function headerLength(head: Uint8Array, name: string): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!MAGIC.every((byte, i) => head[i] === byte)) throw corrupt(name, "it does not begin as one");
  const length = view.getUint32(8, true);
  if (length <= HEAD_BYTES || length % ALIGNMENT !== 0 || length > MAX_BYTES) {
    throw corrupt(name, `its header cannot be ${length} bytes long`);
  }
  return length;
}

/** What a header says. @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED` for an unknown type */
export function decodeHeader(header: Uint8Array, name: string): Layout {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(12, true) !== checksum(header)) throw corrupt(name, "its header is damaged");
  let fields: { dtype?: unknown; shape?: unknown };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(header.subarray(HEAD_BYTES));
    fields = JSON.parse(text) as typeof fields;
  } catch (cause) {
    throw corrupt(name, "its header is no JSON", cause);
  }
  const { dtype, shape } = fields ?? {};
  if (typeof dtype !== "string" || !Array.isArray(shape)) {
    throw corrupt(name, "its header names no dtype and shape");
  }
  return layoutOf(dtype, shape as number[], name);
}

/** A stream that ends before its tensors begin. */
export function cutHeader(name: string, size: number): NthrecError {
  return new NthrecError("NTH_TRUNCATED", `${name} ends within its header, after ${size} bytes`, {
    source: name,
    offset: size,
  });
}

/** FNV-1a of a header without its checksum: any one byte that differs changes it. */
function checksum(header: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < header.length; at++) {
    if (at >= 12 && at < HEAD_BYTES) continue;
    hash = Math.imul(hash ^ (header[at] as number), 0x01000193);
  }
  return hash >>> 0;
}

/** @throws {@link NthrecError} `NTH_INVALID_VALUE` when data hold other tensors than the caller means to write */
export function checkLayout(found: Layout, wanted: Layout, name: string): void {
  if (sameLayout(found, wanted)) return;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${name} holds tensors of ${describeLayout(found)}, so that ${describeLayout(wanted)} cannot be appended`,
    { source: name },
  );
}

function corrupt(name: string, reason: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_CORRUPTION", `${name} is no stream of tensors: ${reason}`, {
    source: name,
    offset: 0,
    cause,
  });
}
