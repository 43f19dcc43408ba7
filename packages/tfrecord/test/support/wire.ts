/** A varint of a number that is not negative. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** Field `number` with bytes in it. */
export function field(number: number, ...parts: readonly (readonly number[])[]): number[] {
  const body = parts.flat();
  return [...varint(number * 8 + 2), ...varint(body.length), ...body];
}

/** Field `number` with a varint. */
export function numberField(number: number, value: number | bigint): number[] {
  return [...varint(number * 8), ...varint(value)];
}

/** Field `number` with four bytes. */
export function fixedField(number: number, value: number): number[] {
  return [...varint(number * 8 + 5), ...floatBytes(value)];
}

/** Field `number` with eight bytes. */
export function longField(number: number): number[] {
  return [...varint(number * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8];
}

/** A group, `number` its field. */
export function group(number: number, ...parts: readonly (readonly number[])[]): number[] {
  return [...varint(number * 8 + 3), ...parts.flat(), ...varint(number * 8 + 4)];
}

export function floatBytes(...values: readonly number[]): number[] {
  return [...new Uint8Array(Float32Array.from(values).buffer)];
}

export function utf8(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** The lists of a feature. */
export const int64s = (...values: readonly (number | bigint)[]): number[] =>
  field(3, field(1, ...values.map(varint)));
export const floats = (...values: readonly number[]): number[] =>
  field(2, field(1, floatBytes(...values)));
export const texts = (...values: readonly string[]): number[] =>
  field(1, ...values.map((value) => field(1, utf8(value))));

/** A map's entry. */
export function entry(name: string, ...feature: readonly (readonly number[])[]): number[] {
  return field(1, field(1, utf8(name)), field(2, ...feature));
}

/** An Example with these entries. */
export function example(...entries: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(field(1, ...entries));
}
