import type { VerifyLevel } from "../../index.ts";
import { check, checkIs } from "../check.ts";
import { show } from "../equal.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";

const FILE = "verified";
const LEVELS: readonly VerifyLevel[] = ["quick", "sample", "full"];

async function verifySound<T>(rig: Rig<T>, records: number, what: string): Promise<void> {
  await rig.reading(FILE, async (reader) => {
    for (const level of LEVELS) {
      const reports = [await reader.verify({ level })];
      if (reader.sync) reports.push(reader.verifySync({ level }));
      for (const report of reports) {
        const name = `verify("${level}") of ${what}`;
        check(report.ok, () => `${name}: ${show(report.problems[0])}`);
        checkIs(report.level, level, `the level of ${name}`);
        checkIs(report.records, records, `the records of ${name}`);
        checkIs(report.problemCount, 0, `the problems of ${name}`);
        if (level === "full") checkIs(report.checked, records, `the records read by ${name}`);
      }
    }
  });
}

/** A verification that finds fault with sound files would be switched off soon. */
async function sound<T>(rig: Rig<T>): Promise<void> {
  for (const values of [[], rig.small, rig.values]) {
    const { data } = await rig.made(FILE, values);
    await verifySound(rig, values.length, `a file of ${values.length} records`);
    rig.putBare(FILE, data);
    await verifySound(rig, values.length, `bare data of ${values.length} records`);
  }
}

async function soundAppended<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.small);
  for (const value of rig.small.slice(0, 2)) await rig.write(FILE, [value], { mode: "append" });
  await verifySound(rig, rig.small.length + 2, "a file that was appended to");
}

/** What is sound verifies at every level. */
export const verification: readonly LawCase[] = [
  { name: "law 5: every level of verify finds a sound file sound", run: sound },
  {
    name: "law 5: every level of verify finds a file sound that was appended to",
    needs: ["append"],
    run: soundAppended,
  },
];
