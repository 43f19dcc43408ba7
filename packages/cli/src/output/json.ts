/**
 * A value as JSON. What JSON does not have is an object with one name that begins with a dollar sign:
 * `{"$bytes": base64}`, `{"$number": "NaN"}`, `{"$map": [[key, value], …]}`. Integers beyond 2^53 stay bigints, which
 * {@link jsonText} writes with all their digits.
 */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberText(value) };
  }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toJson);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) {
    return { $map: [...value].map(([key, each]) => [toJson(key), toJson(each)]) };
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([name, each]) => [name, toJson(each)] as const);
    const plain = Object.fromEntries(fields);
    return isMarked(plain) ? { $object: Object.entries(plain) } : plain;
  }
  return value;
}

/** What {@link toJson} stood for. @throws {@link SyntaxError} for a mark that holds something else */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (isMarked(value)) return unmarked(value as Record<string, unknown>);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fromJson(each)]));
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

const marks: ReadonlySet<string> = new Set(["$bytes", "$number", "$map", "$object"]);

function isMarked(value: object): boolean {
  const [only, second] = Object.keys(value);
  return only !== undefined && second === undefined && marks.has(only);
}

function unmarked(value: Record<string, unknown>): unknown {
  const { $bytes, $number, $map, $object } = value;
  if (typeof $bytes === "string") return new Uint8Array(Buffer.from($bytes, "base64"));
  if (typeof $number === "string") return Number($number);
  const pairs = $map ?? $object;
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new SyntaxError(`${JSON.stringify(value)} stands for nothing`);
  }
  const entries = pairs.map(([key, each]) => [fromJson(key), fromJson(each)] as const);
  return $map === undefined ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
