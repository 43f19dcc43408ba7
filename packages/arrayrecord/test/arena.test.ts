import { expect, test } from "vitest";
import { Arena } from "../src/transposed/arena.ts";

test("arrays of an arena are zeros and never share memory, however much is asked for", () => {
  const arena = new Arena();
  for (let round = 1; round <= 3; round++) {
    const given = Array.from({ length: 40 }, (_, i) => {
      const array = i % 3 === 0 ? arena.floats(round * i * 997) : arena.ints(round * i * 1009);
      expect(array.every((value) => value === 0)).toBe(true);
      return array.fill(i + 1);
    });
    for (const [i, array] of given.entries()) {
      expect(array.every((value) => value === i + 1)).toBe(true);
    }
    arena.reset();
  }
});
