import { expect } from "vitest";

/** Demands equal records; quicker than `toEqual`, which looks at every byte as a value. */
export function expectRecords(found: readonly Uint8Array[], wanted: readonly Uint8Array[]): void {
  expect(found.length).toBe(wanted.length);
  const other = found.findIndex(
    (record, i) => Buffer.compare(record, wanted[i] as Uint8Array) !== 0,
  );
  if (other >= 0) expect([other, found[other]]).toEqual([other, wanted[other]]);
}
