/** Whether two values are the same by structure; numbers as `Object.is` sees them, views byte by byte. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return sameView(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof Map) return sameEntries([...a], [...(b as Map<unknown, unknown>)]);
  if (a instanceof Set) return sameEntries([...a], [...(b as Set<unknown>)]);
  if (Array.isArray(a)) return sameEntries(a, b as unknown[]);
  return sameFields(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameView(a: object, b: object): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b)) return false;
  if (kindOf(a) !== kindOf(b) || a.byteLength !== b.byteLength) return false;
  const left = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const right = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return sameBytes(left, right);
}

/** A Buffer is a Uint8Array with more verbs, not another value. */
function kindOf(view: ArrayBufferView): string {
  return view instanceof Uint8Array ? "Uint8Array" : Object.prototype.toString.call(view);
}

/** Whether two byte sequences are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameEntries(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, i) => sameValue(entry, b[i]));
}

function sameFields(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]));
}

/** Longest form of a value in a message, in characters. */
const SHOWN = 120;
/** Bytes of a view that a message shows. */
const SHOWN_BYTES = 16;

/** A short text of `value` for a message. */
export function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return showBytes(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  } catch {
    // A cycle, or a toJSON that throws: the plain form is all there is to show.
    text = undefined;
  }
  text ??= String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}

function showBytes(view: ArrayBufferView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const head = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(" ");
  return `${bytes.length} bytes <${head}${bytes.length > SHOWN_BYTES ? " …" : ""}>`;
}

/** Where two byte sequences part, in words. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): string {
  const most = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < most && actual[at] === expected[at]) at++;
  const near = (bytes: Uint8Array): string => show(bytes.subarray(at, at + SHOWN_BYTES));
  return `they part at byte ${at}: got ${near(actual)} of ${actual.length}, expected ${near(expected)} of ${expected.length}`;
}
