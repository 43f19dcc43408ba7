import fc from "fast-check";
import { expect, test } from "vitest";
import { fileOrder } from "../../src/reader/file-order.ts";

/** What it means: a stable sort by record number. */
function sortedPositions(indices: readonly number[]): number[] {
  return indices.map((_, i) => i).sort((a, b) => (indices[a] as number) - (indices[b] as number));
}

test("positions come in the order of their record numbers, equal ones in theirs", () => {
  const spans = [0, 3, 40, 10_000, 2 ** 31, 2 ** 45, 2 ** 53 - 2];
  const batch = fc.constantFrom(...spans).chain((span) =>
    fc.tuple(
      fc.constantFrom(0, 1, 2 ** 33).filter((start) => start + span <= Number.MAX_SAFE_INTEGER),
      fc.array(
        fc.maxSafeNat().map((n) => n % (span + 1)),
        { maxLength: 200 },
      ),
    ),
  );
  fc.assert(
    fc.property(batch, ([start, offsets]) => {
      const indices = offsets.map((offset) => start + offset);
      expect([...fileOrder(indices)]).toEqual(sortedPositions(indices));
    }),
  );
});

test("the largest numbers that still travel together are taken apart exactly", () => {
  const count = 1000;
  const indices = Array.from({ length: count }, (_, i) => 2 ** 41 + 3 - (i >> 1));
  indices[0] = 0;
  expect([...fileOrder(indices)]).toEqual(sortedPositions(indices));
});
