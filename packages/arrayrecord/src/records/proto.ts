import { ByteCursor } from "../bytes/byte-cursor.ts";
import { corrupt } from "../errors.ts";

/** A field of a protocol buffer: a number, or the bytes of what has a length. */
export type ProtoField = number | Uint8Array;

/** Reads the fields of a message, the last of each number; those of fixed width are passed over. */
export function readProto(bytes: Uint8Array): Map<number, ProtoField> {
  const fields = new Map<number, ProtoField>();
  eachField(bytes, (field, value) => fields.set(field, value));
  return fields;
}

/** All that a message has in a repeated field of messages. */
export function allOf(bytes: Uint8Array, field: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  eachField(bytes, (number, value) => {
    if (number === field && value instanceof Uint8Array) all.push(value);
  });
  return all;
}

function eachField(bytes: Uint8Array, see: (field: number, value: ProtoField) => void): void {
  const cursor = new ByteCursor(bytes);
  while (cursor.left > 0) {
    const tag = cursor.varint32();
    const field = tag >>> 3;
    if (field === 0) throw corrupt("a protocol buffer with a field 0");
    switch (tag & 7) {
      case 0:
        see(field, cursor.varint64());
        break;
      case 1:
        cursor.take(8);
        break;
      case 2:
        see(field, cursor.take(cursor.varint32()));
        break;
      case 5:
        cursor.take(4);
        break;
      default:
        throw corrupt(`a protocol buffer with wire type ${tag & 7}`);
    }
  }
}

/** The number in a field, or `undefined` when it is missing or no number. */
export function numberOf(fields: Map<number, ProtoField>, field: number): number | undefined {
  const value = fields.get(field);
  return typeof value === "number" ? value : undefined;
}
