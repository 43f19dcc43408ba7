import { check, checkBytes, checkCoded, outcomeOf } from "../check.ts";
import { sameBytes, show } from "../equal.ts";
import type { LawCase } from "../law-case.ts";
import type { MadeFile, Rig } from "../rig.ts";
import { checkSurvey, survey, valuesOf } from "../survey.ts";

const FILE = "cut";
const TORN = `${FILE}.torn`;

/** A file, the values in it, and where each record ends. */
interface Subject<T> extends MadeFile {
  readonly values: readonly T[];
  /** Where the first record begins. */
  readonly begin: number;
  readonly ends: readonly number[];
  /** Where the file is cut. */
  readonly cuts: readonly number[];
}

/** The small file is cut after every byte, the large one around the borders of its records and at random. */
async function subjects<T>(rig: Rig<T>): Promise<Subject<T>[]> {
  const small = await subject(rig, rig.small);
  const large = await subject(rig, rig.values);
  const most = rig.slow ? 64 : 4096;
  const near = new Set(rig.random.sample(large.data.length + 1, rig.slow ? 16 : 100));
  for (const end of large.ends) for (const d of [-2, -1, 0, 1, 2]) near.add(end + d);
  const cuts = [...near].filter((at) => at >= 0 && at <= large.data.length).sort((a, b) => a - b);
  const sampled = rig.random.shuffle(cuts).slice(0, rig.slow ? 32 : cuts.length);
  return [
    { ...small, cuts: rig.random.sample(small.data.length + 1, most) },
    { ...large, cuts: sampled },
  ];
}

async function subject<T>(rig: Rig<T>, values: readonly T[]): Promise<Subject<T>> {
  const made = await rig.made(FILE, values);
  return await rig.reading(FILE, async (reader) => {
    const ends: number[] = [];
    for (let i = 0; i < values.length; i++) ends.push((await reader.locate(i)).end);
    return { ...made, values, begin: (await reader.locate(0)).start, ends, cuts: [] };
  });
}

/** Records that lie wholly before a cut. */
function wholeBefore<T>(subject: Subject<T>, cut: number): number {
  return subject.ends.filter((end) => end <= cut).length;
}

async function neverWrong<T>(rig: Rig<T>): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const cut of file.cuts) {
      const what = `${file.data.length} bytes cut after byte ${cut}`;
      const data = file.data.subarray(0, cut);
      rig.putBare(FILE, data);
      checkSurvey(rig, await survey(rig, FILE, { tail: "ignore" }), file.values, what, {
        prefix: true,
      });
      if (rig.format.lacks?.includes("index")) continue;
      rig.putUnsealed(FILE, data, file.index);
      const older = await survey(rig, FILE, { tail: "ignore" });
      checkSurvey(rig, older, file.values, `${what}, with the index of the whole file`, {
        prefix: true,
      });
    }
  }
}

async function sealShorter<T>(rig: Rig<T>): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const cut of rig.random.shuffle(file.cuts).slice(0, rig.slow ? 16 : 200)) {
      await rig.write(FILE, file.values);
      const live = rig.store.editSync(FILE);
      live.truncateSync(cut);
      live.closeSync();
      const what = `${file.data.length} sealed bytes cut after byte ${cut}`;
      checkSurvey(rig, await survey(rig, FILE, { tail: "ignore" }), file.values, what, {
        prefix: true,
      });
    }
  }
}

async function keepsWhole<T>(rig: Rig<T>): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const cut of file.cuts.filter((at) => at === 0 || at >= file.begin)) {
      rig.putBare(FILE, file.data.subarray(0, cut));
      const whole = wholeBefore(file, cut);
      const what = `cut after byte ${cut}, behind ${whole} whole records`;
      const found = valuesOf(await survey(rig, FILE, { tail: "ignore" }));
      check(
        found !== undefined,
        `${what}: a file with a torn tail cannot be read with tail "ignore"`,
      );
      check(found.length >= whole, `${what}: only ${found.length} records are left`);
    }
  }
}

/** With `tail: "error"` a rest that is no record is an error, and a cut between records is none of the reader's business. */
async function tornIsError<T>(rig: Rig<T>): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const cut of file.cuts) {
      rig.putBare(FILE, file.data.subarray(0, cut));
      const found = await survey(rig, FILE, { tail: "error" });
      if ("error" in found) {
        checkCoded(found.error, `cut after byte ${cut}, with tail "error"`);
        continue;
      }
      checkSurvey(rig, found, file.values, `cut after byte ${cut}, with tail "error"`, {
        prefix: true,
      });
      const inside = file.ends.some((end, i) => cut < end && cut > (file.ends[i - 1] ?? end));
      check(!inside, `cut after byte ${cut}, inside a record: tail "error" found nothing wrong`);
    }
  }
}

async function appendAfterCut<T>(rig: Rig<T>): Promise<void> {
  for (const file of await subjects(rig)) {
    for (const cut of rig.slow ? rig.random.shuffle(file.cuts).slice(0, 24) : file.cuts) {
      rig.putBare(FILE, file.data.subarray(0, cut));
      rig.put(TORN, undefined);
      const whole = wholeBefore(file, cut);
      await checkAppend(rig, file, cut, whole, `cut after byte ${cut}`);
    }
  }
}

/** Appends a value to what is at {@link FILE} and looks at what became of the file. */
async function checkAppend<T>(
  rig: Rig<T>,
  file: Subject<T>,
  cut: number,
  whole: number,
  what: string,
): Promise<void> {
  const value = file.values[0] as T;
  // A line without an end may count as a record: then appending must keep what reading showed.
  const seen = valuesOf(await survey(rig, FILE, { tail: "record", index: "memory" })) ?? [];
  const written = await outcomeOf(() => rig.write(FILE, [value], { mode: "append" }));
  if ("error" in written) {
    // What is cut inside the format's own header has no place for a record.
    check(cut > 0 && cut < file.begin, () => `${what}: append failed: ${String(written.error)}`);
    checkCoded(written.error, `${what}, inside the header: append`);
    return checkBytes(
      rig.bytes(FILE),
      file.data.subarray(0, cut),
      `${what}: data after an append that failed`,
    );
  }
  const after = valuesOf(await survey(rig, FILE));
  const added = `${what}, then appended to`;
  check(
    after !== undefined && after.length > whole,
    `${added}: the file has ${after?.length ?? "no readable"} records, ${whole} were whole before`,
  );
  const sound = file.values.slice(0, whole);
  rig.checkValues(after.slice(0, whole), sound, `${added}: records before the cut`);
  rig.checkValue(after.at(-1), value, `${added}: the last record`);
  const between = after.slice(whole, -1);
  const rest = file.values.slice(whole);
  checkBetween(rig, between, [seen.slice(whole), rest], added);
  const end = whole === 0 ? file.begin : (file.ends[whole - 1] as number);
  // The whole file may end with what the format puts behind its records; anything less is torn.
  const torn = cut > end && cut < file.data.length;
  if (between.length === 0 && torn) checkQuarantine(rig, file.data.subarray(end, cut), what);
}

/** What only lacked its end may be kept as reading showed it, or be completed to the record that it was. */
function checkBetween<T>(
  rig: Rig<T>,
  between: readonly T[],
  allowed: readonly (readonly T[])[],
  what: string,
): void {
  const known = between.every((value, i) =>
    allowed.some((values) => i < values.length && rig.same(value, values[i] as T)),
  );
  check(known, () => `${what}: ${show(between)} came into the file between its records`);
}

/** Bytes that appending took out of the file must be kept beside it. */
function checkQuarantine<T>(rig: Rig<T>, rest: Uint8Array, what: string): void {
  const torn = rig.bytes(TORN);
  const data = rig.data(FILE);
  const kept = (torn !== undefined && contains(torn, rest)) || contains(data, rest);
  check(
    kept,
    () => `${what}, then appended to: ${show(rest)} is neither in the file nor in ${TORN}`,
  );
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (sameBytes(bytes.subarray(at, at + part.length), part)) return true;
  }
  return false;
}

/** Another program's torn bytes behind what our writer committed and sealed. */
async function tornBehindSeal<T>(rig: Rig<T>): Promise<void> {
  const file = await subject(rig, rig.small);
  for (const k of rig.random.sample(rig.small.length, rig.slow ? 3 : 8)) {
    const { data: begin } = await rig.made("begin", rig.small.slice(0, k));
    if (!sameBytes(begin, file.data.subarray(0, begin.length))) continue; // the next record changes earlier bytes
    for (let cut = begin.length + 1; cut < file.data.length; cut += rig.slow ? 37 : 3) {
      await rig.write(FILE, rig.small.slice(0, k));
      rig.put(TORN, undefined);
      const live = rig.store.editSync(FILE);
      live.appendSync(file.data.subarray(begin.length, cut));
      live.closeSync();
      const what = `${k} committed records and ${cut - begin.length} bytes of another program behind them`;
      const found = await survey(rig, FILE, { tail: "ignore" });
      checkSurvey(rig, found, rig.small, what, { prefix: true });
      check("records" in found && found.records.length >= k, `${what}: committed records are gone`);
      await checkAppend(rig, file, cut, Math.max(k, wholeBefore(file, cut)), what);
    }
  }
}

/** A file cut after every byte yields a prefix of the records or a coded error; append after the cut works. */
export const cut: readonly LawCase[] = [
  { name: "law 4: a cut file yields a prefix of its records or a coded error", run: neverWrong },
  {
    name: "law 4: a cut file that is sealed yields a prefix of its records or a coded error",
    run: sealShorter,
  },
  {
    name: 'law 4: tail "ignore" reads every whole record before the cut',
    needs: ["tornTail"],
    run: keepsWhole,
  },
  { name: 'law 4: tail "error" notices a cut inside a record', run: tornIsError },
  {
    name: "law 4: append after the cut keeps what was whole",
    needs: ["append", "tornTail"],
    run: appendAfterCut,
  },
  {
    name: "law 4: append behind another program's torn bytes keeps what was committed",
    needs: ["append", "tornTail"],
    run: tornBehindSeal,
  },
];
