import type { Blindness } from "@nthrec/core/testkit";
import { tensor } from "../../src/index.ts";
import { valueEnd } from "../../src/wire/value-walk.ts";

/** Where values end that follow each other from `from` on. */
function borders(file: Uint8Array, from: number): string {
  const ends: number[] = [];
  for (let at = from; at >= 0 && at < file.length; ) {
    at = valueEnd(file, at);
    ends.push(at);
  }
  return ends.join();
}

/** Values have no checksum: damage changes its record, or, where it changes a length, the records from there on. */
export function uncheckedFrom(begin: number) {
  return (offset: number, file: Uint8Array, damaged: Uint8Array): Blindness => {
    if (begin > 0 && offset === 0) return "file";
    return borders(file, begin) === borders(damaged, begin) ? "record" : "rest";
  };
}

/** Values for the laws of both shapes of files. */
export const values: unknown[] = [
  {},
  { id: 1, name: "alpha", tags: ["a", "é", "日本", "😀"], at: new Date(1_700_000_000_123) },
  "",
  null,
  [1.5, -2, 1e300, true, false, -0, 2 ** 53, Number.NaN],
  new Uint8Array([0xdd, 0, 0xc1]),
  { long: "x".repeat(70_000), bytes: new Uint8Array(300) },
  { deep: [[[[{ a: [] }]]]] },
  new Map<unknown, unknown>([
    [1, "one"],
    [null, [2]],
  ]),
  tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
];

export const invalid: unknown[] = [
  undefined,
  () => 1,
  Symbol("s"),
  "\ud800",
  { key: "\udfff" },
  2n ** 64n,
  new Date(Number.NaN),
  new Set([1]),
  Float32Array.of(1),
  { dtype: "float32", shape: [3], data: Float32Array.of(1) },
];
