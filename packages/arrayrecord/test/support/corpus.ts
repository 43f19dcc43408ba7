import { varint } from "./arbitrary-message.ts";
import type { Dice } from "./dice.ts";

/** A field of a made-up schema. */
interface Field {
  readonly number: number;
  readonly kind: "varint" | "fixed32" | "fixed64" | "string" | "message" | "group";
  readonly repeats: number;
  readonly fields: readonly Field[];
}

const KINDS = ["varint", "varint", "fixed32", "fixed64", "string", "string", "message", "group"];

/** Records as programs write them: messages of one schema, some fields missing or repeated, some bytes of other kinds. */
export function corpus(dice: Dice): Uint8Array[] {
  const schema = fields(dice, 1 + dice.below(12), 3);
  const strange = dice.pick([0, 0, 3, 30]);
  return Array.from({ length: dice.below(dice.pick([3, 40, 600])) }, () => {
    if (strange > 0 && dice.below(strange) === 0) return noise(dice, dice.below(200));
    return Uint8Array.from(message(dice, schema));
  });
}

/** Records that share hardly a field: more states than one transition can tell apart, in trees of lists. */
export function manyFields(dice: Dice, count: number): Uint8Array[] {
  const schema = fields(dice, count, 0);
  return Array.from({ length: 300 }, () => {
    const some = Array.from({ length: 1 + dice.below(40) }, () => {
      const often = dice.below(3) === 0;
      return schema[dice.below(often ? Math.min(6, count) : count)] as Field;
    });
    return Uint8Array.from(message(dice, some));
  });
}

function fields(dice: Dice, count: number, depth: number): Field[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = dice.pick(KINDS) as Field["kind"];
    const nested = kind === "message" || kind === "group";
    return {
      number: dice.below(12) === 0 ? 1 + dice.below(2 ** 29 - 1) : i + 1,
      kind: nested && depth === 0 ? "varint" : kind,
      repeats: dice.pick([1, 1, 1, 4, 20]),
      fields: nested && depth > 0 ? fields(dice, dice.below(5), depth - 1) : [],
    };
  });
}

function message(dice: Dice, schema: readonly Field[]): number[] {
  const bytes: number[] = [];
  for (const field of schema) {
    const times = field.repeats === 1 ? (dice.below(5) === 0 ? 0 : 1) : dice.below(field.repeats);
    for (let i = 0; i < times; i++) put(bytes, dice, field);
  }
  return bytes;
}

function put(bytes: number[], dice: Dice, { number, kind, fields: inner }: Field): void {
  const tag = (wireType: number): void => {
    bytes.push(...varint(number * 8 + wireType));
  };
  const payload = (wireType: number, data: readonly number[]): void => {
    tag(wireType);
    if (wireType === 2) bytes.push(...varint(data.length));
    for (const byte of data) bytes.push(byte);
  };
  if (kind === "varint") {
    payload(
      0,
      dice.below(20) === 0 ? [...noise(dice, 9).map((b) => b | 128), 1] : varint(dice.size()),
    );
  } else if (kind === "fixed32") payload(5, [...noise(dice, 4)]);
  else if (kind === "fixed64") payload(1, [...noise(dice, 8)]);
  else if (kind === "string") payload(2, [...text(dice, dice.below(dice.pick([2, 12, 300])))]);
  else if (kind === "message") payload(2, message(dice, inner));
  else {
    payload(3, message(dice, inner));
    tag(4);
  }
}

function noise(dice: Dice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => dice.below(256));
}

function text(dice: Dice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => 97 + dice.below(16));
}
