import fc from "fast-check";

/** A number as a varint, its shortest one. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const fieldNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 29 - 1 }) },
);

const numbers = fc.oneof(fc.nat(5), fc.nat(300), fc.maxSafeInteger().map(Math.abs));
/** A negative number as protocol buffers write it. */
const negative = fc.nat(127).map((low) => [low | 128, ...new Array(8).fill(255), 1]);

/** The bytes of one field, whose tag is put before them. */
const scalar = fc.oneof(
  numbers.map((value) => ({ wire: 0, bytes: varint(value) })),
  negative.map((bytes) => ({ wire: 0, bytes })),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => ({ wire: 1, bytes: [...bytes] })),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ({ wire: 5, bytes: [...bytes] })),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({
    wire: 2,
    bytes: [...varint(bytes.length), ...bytes],
  })),
  fc.string({ maxLength: 30 }).map((text) => {
    const bytes = new TextEncoder().encode(text);
    return { wire: 2, bytes: [...varint(bytes.length), ...bytes] };
  }),
);

const { fields } = fc.letrec<{ fields: number[]; field: number[] }>((tie) => ({
  fields: fc.array(tie("field"), { maxLength: 6 }).map((each) => each.flat()),
  field: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .tuple(fieldNumber, scalar)
      .map(([number, { wire, bytes }]) => [...varint(number * 8 + wire), ...bytes]),
    fc
      .tuple(fieldNumber, tie("fields"))
      .map(([number, inner]) => [...varint(number * 8 + 2), ...varint(inner.length), ...inner]),
    fc
      .tuple(fieldNumber, tie("fields"))
      .map(([number, inner]) => [...varint(number * 8 + 3), ...inner, ...varint(number * 8 + 4)]),
  ),
}));

/** Bytes of a protocol buffer of any schema, groups included. */
export const message: fc.Arbitrary<Uint8Array> = fields.map((bytes) => Uint8Array.from(bytes));
