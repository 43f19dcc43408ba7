import { check, checkCoded, fail } from "../check.ts";
import { show } from "../equal.ts";
import type { LawCase } from "../law-case.ts";
import type { MadeFile, Rig } from "../rig.ts";
import { checkSurvey, type Survey, survey } from "../survey.ts";
import type { Blindness } from "../types.ts";

const FILE = "flip";

/** A sound file, where its records lie, and the bits of it to try. */
interface Subject<T> extends MadeFile {
  readonly values: readonly T[];
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly bits: readonly number[];
}

/** The small file is tried in every bit, the one of all values in a seeded sample. */
async function subjects<T>(rig: Rig<T>): Promise<Subject<T>[]> {
  const both: Subject<T>[] = [];
  for (const [values, most] of [
    [rig.small, rig.slow ? 200 : 16_384],
    [rig.values, rig.slow ? 20 : 300],
  ] as const) {
    const made = await rig.made(FILE, values);
    const ranges = await rig.reading(FILE, async (reader) => {
      const found: { readonly start: number; readonly end: number }[] = [];
      for (let i = 0; i < values.length; i++) found.push(await reader.locate(i));
      return found;
    });
    both.push({ ...made, values, ranges, bits: rig.random.sample(made.data.length * 8, most) });
  }
  return both;
}

/** What damage to a byte may do unnoticed, by the format's own word. */
function blindness<T>(
  rig: Rig<T>,
  offset: number,
  file: Uint8Array,
  damaged: Uint8Array,
): Blindness {
  const { unchecked } = rig.format;
  if (unchecked === undefined) return false;
  if (typeof unchecked === "function") return unchecked(offset, file, damaged);
  return unchecked.some(({ start, end }) => offset >= start && offset < end) ? "record" : false;
}

/** Which records may be other ones without an error when the byte at `offset` is damaged. */
function differing<T>(
  file: Subject<T>,
  offset: number,
  blind: Blindness,
): (index: number) => boolean {
  if (blind === false) return () => false;
  if (blind === "file") return () => true;
  if (blind === "rest") return (index) => (file.ranges[index]?.end ?? Infinity) > offset;
  return (index) => {
    const range = file.ranges[index];
    return range !== undefined && range.start <= offset && offset < range.end;
  };
}

function flipped(data: Uint8Array, bit: number): Uint8Array {
  const copy = data.slice();
  copy[bit >>> 3] = (copy[bit >>> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

async function everyBit<T>(rig: Rig<T>, withIndex: boolean): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const bit of file.bits) {
      const damaged = flipped(file.data, bit);
      if (withIndex) rig.putUnsealed(FILE, damaged, file.index);
      else rig.putBare(FILE, damaged);
      const offset = bit >>> 3;
      const blind = blindness(rig, offset, file.data, damaged);
      const what = `bit ${bit & 7} of byte ${offset} of ${file.data.length} flipped`;
      const mayDiffer = differing(file, offset, blind);
      checkSurvey(rig, await survey(rig, FILE), file.values, what, { mayDiffer });
    }
  }
}

/** The writer's own seal and index lie beside the damaged data: a disk that forgets a bit. */
async function sealedBit<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.small);
  const [file] = (await subjects(rig)) as [Subject<T>];
  for (const bit of rig.random.shuffle(file.bits).slice(0, rig.slow ? 100 : 2000)) {
    const damaged = flipped(file.data, bit);
    const offset = bit >>> 3;
    await rig.write(FILE, rig.small);
    const live = rig.store.editSync(FILE);
    live.writeSync(offset, damaged.subarray(offset, offset + 1));
    live.closeSync();
    const mayDiffer = differing(file, offset, blindness(rig, offset, file.data, damaged));
    checkSurvey(
      rig,
      await survey(rig, FILE),
      file.values,
      `bit ${bit & 7} of byte ${offset} of a sealed file flipped`,
      { mayDiffer },
    );
  }
}

/** What reading finds, `verify({ level: "full" })` finds too. */
async function verifyFinds<T>(rig: Rig<T>): Promise<void> {
  const [file] = (await subjects(rig)) as [Subject<T>];
  for (const bit of rig.random.shuffle(file.bits).slice(0, rig.slow ? 50 : 1000)) {
    rig.putUnsealed(FILE, flipped(file.data, bit), file.index);
    const found = await survey(rig, FILE, { onStaleIndex: "memory" });
    const broken = firstError(found);
    if (broken === undefined || "error" in found) continue;
    const report = await rig.reading(FILE, (reader) => reader.verify({ level: "full" }), {
      onStaleIndex: "memory",
    });
    const what = `bit ${bit & 7} of byte ${bit >>> 3} flipped`;
    if (report.ok)
      fail(`${what}: reading says ${show(String(broken))}, verify("full") says that all is well`);
    check(report.problems.length > 0, `${what}: verify says that something is wrong, but not what`);
    for (const problem of report.problems) {
      check(
        problem.code.startsWith("NTH_") && problem.message !== "",
        () => `${what}: a problem without code or message: ${show(problem)}`,
      );
    }
  }
}

function firstError<T>(found: Survey<T>): unknown {
  if ("error" in found) return checkCoded(found.error, "a damaged file");
  for (const record of found.records) if ("error" in record) return record.error;
  return undefined;
}

/** One flipped bit is detected, or lies in a place that the format declares unchecked. */
export const flip: readonly LawCase[] = [
  {
    name: "law 5: a flipped bit is noticed while scanning or reading",
    run: (rig) => everyBit(rig, false),
  },
  {
    name: "law 5: a flipped bit is noticed under an index that is sound",
    needs: ["index"],
    run: (rig) => everyBit(rig, true),
  },
  { name: "law 5: a flipped bit in a sealed file is noticed", run: sealedBit },
  { name: "law 5: verify finds what reading finds", run: verifyFinds },
];
