/** What a format has besides the values that {@link toJson} knows: an object with one name that is a mark, or `undefined`. */
export type OwnToJson = (value: object) => Readonly<Record<string, unknown>> | undefined;

/** The value of a format that a mark and what stands behind it mean; `undefined` for a mark that it does not have. */
export type OwnFromJson = (mark: string, content: unknown) => unknown;

/**
 * A value as JSON. What JSON does not have is an object with one name that begins with a dollar sign:
 * `{"$bytes": base64}`, `{"$number": "NaN"}`, `{"$map": [[key, value], …]}`. Integers beyond 2^53 stay bigints, which
 * {@link jsonText} writes with all their digits.
 *
 * @param own For objects that a format has besides.
 */
export function toJson(value: unknown, own?: OwnToJson): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberText(value) };
  }
  if (typeof value !== "object" || value === null) return value;
  const each = (inner: unknown): unknown => toJson(inner, own);
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, each);
  if (Array.isArray(value)) return value.map(each);
  if (value instanceof Map) {
    return { $map: [...value].map(([key, inner]) => [each(key), each(inner)]) };
  }
  const marked = own?.(value);
  if (marked !== undefined) return marked;
  const fields = Object.entries(value).map(([name, inner]) => [name, each(inner)] as const);
  const plain = Object.fromEntries(fields);
  return isMarked(plain) ? { $object: Object.entries(plain) } : plain;
}

/**
 * What {@link toJson} stood for.
 *
 * @param own For the marks of a format.
 * @throws {@link SyntaxError} for a mark that holds something else, or that the format does not have
 */
export function fromJson(value: unknown, own?: OwnFromJson): unknown {
  if (Array.isArray(value)) return value.map((each) => fromJson(each, own));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (isMarked(value)) return unmarked(value as Record<string, unknown>, own);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, fromJson(each, own)]),
  );
}

/** The text of a JSON value in which integers may be bigints. */
export function jsonText(value: unknown, indent = 0): string {
  return hasBigint(value) ? exactText(value, indent, "\n") : JSON.stringify(value, null, indent);
}

function hasBigint(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(hasBigint);
}

function exactText(value: unknown, indent: number, line: string): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${line}${" ".repeat(indent)}`;
  const colon = indent > 0 ? ": " : ":";
  const parts = Array.isArray(value)
    ? value.map((each) => exactText(each, indent, inner))
    : Object.entries(value).map(
        ([name, each]) => `${JSON.stringify(name)}${colon}${exactText(each, indent, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  return indent > 0
    ? `${open}${inner}${parts.join(`,${inner}`)}${line}${close}`
    : `${open}${parts.join(",")}${close}`;
}

const marks: ReadonlySet<string> = new Set([
  ...["$bytes", "$number", "$map", "$object"],
  // Of MessagePack, and of formats of tensors.
  ...["$ext", "$time", "$complex", "$tensor"],
]);

function isMarked(value: object): boolean {
  const [only, second] = Object.keys(value);
  return only !== undefined && second === undefined && marks.has(only);
}

function unmarked(value: Record<string, unknown>, own: OwnFromJson | undefined): unknown {
  const { $bytes, $number, $map, $object } = value;
  if (typeof $bytes === "string") return new Uint8Array(Buffer.from($bytes, "base64"));
  if (typeof $number === "string") return Number($number);
  const [[mark, content] = ["", undefined]] = Object.entries(value);
  const made = own?.(mark, content);
  if (made !== undefined) return made;
  const pairs = $map ?? $object;
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new SyntaxError(`${jsonText(value).slice(0, 100)} stands for nothing here`);
  }
  const entries = pairs.map(([key, each]) => [fromJson(key, own), fromJson(each, own)] as const);
  return $map === undefined ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
