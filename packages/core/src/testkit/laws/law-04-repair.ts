import type { RepairReport } from "../../index.ts";
import { check, checkBytes, checkCoded, checkIs, fail, LawError, outcomeOf } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { allOf } from "./reading.ts";

const FILE = "damaged";
const TO = "repaired";
/** Places where the file is cut, and records that are overwritten. */
const MOST_CUTS = 300;
const MOST_RECORDS = 8;

/** Where the records of a file lie. */
async function endsOf<T>(
  rig: Rig<T>,
  count: number,
): Promise<readonly { start: number; end: number }[]> {
  return await rig.reading(FILE, (reader) =>
    Promise.all(Array.from({ length: count }, (_, i) => reader.locate(i))),
  );
}

/** Repairs into a new file and fails unless that holds what the report says, and the damaged one is as it was. */
async function repair<T>(
  rig: Rig<T>,
  damaged: Uint8Array,
  what: string,
): Promise<{ readonly report: RepairReport; readonly kept: readonly T[] }> {
  rig.putBare(FILE, damaged);
  const report = await rig.format.Writer.repair(rig.entry(FILE), { to: rig.entry(TO) });
  checkBytes(rig.bytes(FILE), damaged, `the damaged file after a repair of ${what}`);
  const kept = await rig.reading(TO, (reader) => allOf(reader));
  checkIs(report.kept, kept.length, `records kept, by the report on ${what}`);
  checkIs(report.lostPlaces === 0, report.lostBytes === 0, `whether ${what} lost nothing`);
  for (const { start, end } of report.losses) {
    const inside = start >= 0 && start < end && end <= damaged.length;
    check(inside, `${what}: a loss of bytes ${start} to ${end} of ${damaged.length}`);
  }
  return { report, kept };
}

async function cutAnywhere<T>(rig: Rig<T>): Promise<void> {
  const values = rig.small;
  const { data } = await rig.made(FILE, values);
  const ends = await endsOf(rig, values.length);
  for (const cut of rig.random.sample(data.length + 1, rig.slow ? 24 : MOST_CUTS)) {
    const what = `a file of ${data.length} bytes cut after byte ${cut}`;
    const whole = ends.filter(({ end }) => end <= cut).length;
    const outcome = await outcomeOf(() => repair(rig, data.slice(0, cut), what));
    if ("error" in outcome) {
      // Where nothing can be kept (the header is cut), there is nothing to repair.
      if (whole > 0 || outcome.error instanceof LawError) throw outcome.error;
      checkCoded(outcome.error, `the repair of ${what}`);
      continue;
    }
    const { kept } = outcome.value;
    // The format may know how to complete the record that was cut.
    if (kept.length < whole || kept.length > whole + 1)
      fail(`${what}: ${whole} records are whole, and the repair kept ${kept.length}`);
    rig.checkValues(kept.slice(0, whole), values.slice(0, whole), `the repair of ${what}`);
  }
}

async function overwritten<T>(rig: Rig<T>): Promise<void> {
  const values = rig.small;
  const { data } = await rig.made(FILE, values);
  const ranges = await endsOf(rig, values.length);
  for (const at of rig.random.sample(values.length, rig.slow ? 2 : MOST_RECORDS)) {
    const { start, end } = ranges[at] as { start: number; end: number };
    const damaged = data.slice().fill(0xff, start, end);
    const what = `a file whose bytes ${start} to ${end} were overwritten`;
    const { report, kept } = await repair(rig, damaged, what);
    const before = ranges.filter((range) => range.end <= start).length;
    rig.checkValues(kept.slice(0, before), values.slice(0, before), `the repair of ${what}`);
    if (kept.length < before) fail(`${what}: the repair lost records before the damage`);
    check(
      kept.length >= values.length || report.lostBytes > 0,
      `${what}: the repair kept ${kept.length} of ${values.length} records and reports no loss`,
    );
  }
}

async function soundFile<T>(rig: Rig<T>): Promise<void> {
  for (const values of [rig.values, []]) {
    const { data } = await rig.made(FILE, values);
    const { report, kept } = await repair(rig, data, `a sound file of ${values.length} records`);
    rig.checkValues(kept, values, "the repair of a sound file");
    checkIs(report.lostBytes, 0, "bytes that the repair of a sound file lost");
  }
}

/** In place: the old bytes are beside the file, and the file can be read and appended to. */
async function inPlace<T>(rig: Rig<T>): Promise<void> {
  const values = rig.small;
  const { data } = await rig.made(FILE, values);
  const ends = (await endsOf(rig, values.length)).map(({ end }) => end);
  const damaged = data.slice(0, Math.max(...ends) - 1);
  const whole = ends.filter((end) => end <= damaged.length).length;
  rig.putBare(FILE, damaged);
  const report = await rig.format.Writer.repair(rig.entry(FILE), { inPlace: true });
  const backup = report.backup ?? fail("a repair in place names no backup");
  const name = rig.store.listSync().find((each) => backup.endsWith(each) && each !== FILE);
  checkBytes(rig.bytes(name ?? backup), damaged, "the backup of a repair in place");
  const kept = await rig.reading(FILE, (reader) => allOf(reader));
  rig.checkValues(kept.slice(0, whole), values.slice(0, whole), "a file repaired in place");
  await rig.checkWritten(FILE, kept, "a file that was repaired in place");
}

/** A repair keeps every whole record. */
export const repairs: readonly LawCase[] = [
  {
    name: "law 4: repair keeps every whole record of a file that was cut anywhere",
    needs: ["repair", "tornTail"],
    run: cutAnywhere,
  },
  {
    name: "law 4: repair keeps what lies before a record that was overwritten, and reports the loss",
    needs: ["repair", "tornTail"],
    run: overwritten,
  },
  { name: "law 4: repair of a sound file keeps everything", needs: ["repair"], run: soundFile },
  {
    name: "law 4: repair in place keeps the damaged file as a backup",
    needs: ["repair", "tornTail"],
    run: inPlace,
  },
];
