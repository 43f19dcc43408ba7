import type { BaseIndexedReader } from "../../index.ts";
import { check, checkIs, checkRefused } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { collect, FILE, onValues } from "./reading.ts";

/** Records and bytes of the long file: more than one window, still quick. */
const MANY = 3000;

/** Starts, ends and steps of slices, tried in all combinations. */
const BOUNDS = [undefined, 0, 1, 2, -1, -2, 1000, -1000];

const STEPS = [undefined, 1, 2, 3, -1, -2, 1000];

/** What `values[start:end:step]` is: the bounds of `Array.prototype.slice`, and steps that may run backwards. */
function sliceModel<T>(values: readonly T[], start?: number, end?: number, step = 1): T[] {
  const n = values.length;
  const clamp = (bound: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, bound < 0 ? bound + n : bound));
  const picked: T[] = [];
  if (step > 0) {
    const to = clamp(end ?? n, 0, n);
    for (let i = clamp(start ?? 0, 0, n); i < to; i += step) picked.push(values[i] as T);
  } else {
    const to = end === undefined ? -1 : clamp(end, -1, n - 1);
    for (let i = clamp(start ?? n - 1, -1, n - 1); i > to; i += step) picked.push(values[i] as T);
  }
  return picked;
}

async function slices<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    for (const start of BOUNDS) {
      for (const end of BOUNDS) {
        for (const step of STEPS) {
          const what = `slice(${start}, ${end}, ${step})`;
          const expected = sliceModel(values, start, end, step);
          const view = reader.slice(start, end, step);
          checkIs(view.length, expected.length, `length of ${what}`);
          if (reader.sync) rig.checkValues([...view], expected, `for…of ${what}`);
          const part = expected.slice(1).reverse();
          const inner = view.slice(1).slice(undefined, undefined, -1);
          checkIs(inner.length, part.length, `length of the reversed rest of ${what}`);
          if (reader.sync) rig.checkValues([...inner], part, `the reversed rest of ${what}`);
        }
      }
    }
    await sliceVerbs(rig, reader, values);
  });
}

async function sliceVerbs<T>(
  rig: Rig<T>,
  reader: BaseIndexedReader<T>,
  values: readonly T[],
): Promise<void> {
  const n = values.length;
  const view = reader.slice(n, undefined, -1);
  const expected = [...values].reverse();
  rig.checkValues(await collect(view), expected, "for await…of a slice that runs backwards");
  rig.checkValues(await view.getMany([...expected.keys()]), expected, "getMany of a slice");
  rig.checkValue(await view.get(n - 1), expected[n - 1] as T, "get of a slice");
  rig.checkValue(await view.at(-1), expected[n - 1] as T, "at of a slice");
  checkIs(await view.at(n), undefined, "at past the end of a slice");
  await checkRefused(async () => reader.slice(0, n, 0), "a slice with step 0");
}

async function iterations<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    for (const round of ["first", "second"]) {
      rig.checkValues(await collect(reader), values, `for await…of, ${round} time`);
      if (reader.sync) rig.checkValues([...reader], values, `for…of, ${round} time`);
    }
    const seen: T[] = [];
    for await (const value of reader) {
      rig.checkValue(await reader.get(0), values[0] as T, "get(0) in the middle of an iteration");
      seen.push(value);
      if (seen.length === 2) break;
    }
    rig.checkValues(seen, values.slice(0, 2), "an iteration that was left early");
    const [one, two] = [collect(reader), collect(reader)];
    rig.checkValues(await one, values, "one of two iterations at once");
    rig.checkValues(await two, values, "the other of two iterations at once");
  });
}

async function longFile<T>(rig: Rig<T>): Promise<void> {
  const values = Array.from(
    { length: MANY },
    () => rig.small[rig.random.below(rig.small.length)] as T,
  );
  await rig.write(FILE, values);
  await rig.reading(FILE, async (reader) => {
    checkIs(reader.length, MANY, "length");
    rig.checkValues(await collect(reader), values, "for await…of a long file");
    if (reader.sync) rig.checkValues([...reader], values, "for…of a long file");
    const order = Array.from({ length: 500 }, () => rig.random.below(MANY));
    rig.checkValues(
      await reader.getMany(order),
      order.map((i) => values[i] as T),
      "getMany of 500 in a long file",
    );
    for (const i of order.slice(0, 50))
      rig.checkValue(await reader.get(i), values[i] as T, `get(${i})`);
    const view = reader.slice(MANY - 1, undefined, -7);
    rig.checkValues(
      await collect(view),
      sliceModel(values, MANY - 1, undefined, -7),
      "every seventh, backwards",
    );
    for (const level of ["quick", "sample", "full"] as const) {
      const report = await reader.verify({ level });
      check(report.ok, () => `verify("${level}") of a sound file: ${JSON.stringify(report)}`);
      checkIs(report.records, MANY, `records that verify("${level}") knows of`);
    }
  });
}

/** Views and iterations are those of an array of the records. */
export const sequences: readonly LawCase[] = [
  { name: "law 1: slices read both ways, and slices of slices", run: slices },
  { name: "law 1: both iterations yield every record, as often as asked", run: iterations },
  { name: "law 1: a long file reads at random, in order and backwards", run: longFile },
];
