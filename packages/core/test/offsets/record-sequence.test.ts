import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, type RecordSequence, within } from "../../src/offsets/record-sequence.ts";
import { property } from "../support/property.ts";

const numbersOf = ({ start, step, count }: RecordSequence): number[] =>
  Array.from({ length: count }, (_, i) => start + i * step);

/** What `list[start:end:step]` is in Python, by its definition and without arithmetic of ends. */
function python<V>(
  list: readonly V[],
  start: number | undefined,
  end: number | undefined,
  step: number,
): V[] {
  const absolute = (value: number): number => (value < 0 ? value + list.length : value);
  const found: V[] = [];
  const from = start === undefined ? (step > 0 ? 0 : list.length - 1) : absolute(start);
  for (const [i] of step > 0 ? list.entries() : [...list.entries()].reverse()) {
    const first = step > 0 ? Math.max(from, 0) : Math.min(from, list.length - 1);
    const inside =
      end === undefined ? true : step > 0 ? i < absolute(end) : i > Math.max(absolute(end), -1);
    const reached = step > 0 ? i >= first : i <= first;
    if (inside && reached && (i - first) % step === 0) found.push(list[i] as V);
  }
  return found;
}

const bound = fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined });
const step = fc.integer({ min: -7, max: 7 }).filter((each) => each !== 0);

test("cuts of cuts are what Python's slices of slices are", () => {
  const slices = fc.array(fc.tuple(bound, bound, step), { minLength: 1, maxLength: 4 });
  const check = fc.property(fc.nat(20), slices, (length, all) => {
    let sequence: RecordSequence = { start: 0, step: 1, count: length };
    let model = numbersOf(sequence);
    for (const [start, end, by] of all) {
      sequence = cut(sequence, start, end, by);
      model = python(model, start, end, by);
      expect(numbersOf(sequence)).toEqual(model);
    }
  });
  fc.assert(check, { ...property, numRuns: 2000 });
});

test("with a step of 1 they are Array.prototype.slice", () => {
  const check = fc.property(fc.nat(20), bound, bound, (length, start, end) => {
    const all = { start: 0, step: 1, count: length };
    expect(numbersOf(cut(all, start, end, 1))).toEqual(numbersOf(all).slice(start, end));
  });
  fc.assert(check, property);
});

test("the slices that went wrong in the original (W13)", () => {
  const ten = { start: 0, step: 1, count: 10 };
  const halves = cut(ten, undefined, undefined, 2);
  expect(numbersOf(cut(halves, undefined, undefined, -1))).toEqual([8, 6, 4, 2, 0]);
  const thirds = cut(ten, undefined, undefined, -3);
  expect(numbersOf(cut(thirds, undefined, undefined, 1))).toEqual([9, 6, 3, 0]);
  expect(numbersOf(cut(ten, -20, -18, -1))).toEqual([]);
});

test("infinite ends are the ends, and what is no integer is refused", () => {
  const ten = { start: 0, step: 1, count: 10 };
  expect(cut(ten, -Infinity, Infinity, 1).count).toBe(10);
  expect(cut(ten, Infinity, -Infinity, -1).count).toBe(10);
  for (const [start, end, by] of [
    [0.5, 1, 1],
    [0, Number.NaN, 1],
    [0, 1, 0],
    [0, 1, 0.5],
    [0, 1, Infinity],
  ]) {
    expect(() => cut(ten, start, end, by as number), `${start}:${end}:${by}`).toThrow(TypeError);
  }
});

test("what a shorter file still has of a sequence", () => {
  const check = fc.property(
    fc.nat(20),
    fc.nat(20),
    bound,
    bound,
    step,
    (length, now, start, end, by) => {
      const sequence = cut({ start: 0, step: 1, count: length }, start, end, by);
      const left = within(sequence, Math.min(now, length));
      expect(numbersOf(left)).toEqual(
        numbersOf(sequence).filter((each) => each < Math.min(now, length)),
      );
    },
  );
  fc.assert(check, { ...property, numRuns: 1000 });
});
