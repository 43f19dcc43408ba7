import type { RecoveryReport } from "../../index.ts";
import { checkBytes, checkIs } from "../check.ts";
import { sameBytes } from "../equal.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";

const FILE = "foreign";

/** The bytes by which a file of `k` records differs from one of `k + 1`, where these are simply behind the others. */
async function nextBytes<T>(rig: Rig<T>, k: number): Promise<Uint8Array | undefined> {
  const { data: begin } = await rig.made("begin", rig.small.slice(0, k));
  const { data } = await rig.made("begin", rig.small.slice(0, k + 1));
  const behind = sameBytes(begin, data.subarray(0, begin.length));
  return behind ? data.subarray(begin.length) : undefined;
}

/** Appends as a program does that knows neither lock nor seal. */
function appendForeign<T>(rig: Rig<T>, bytes: Uint8Array): void {
  const live = rig.store.editSync(FILE);
  live.appendSync(bytes);
  live.closeSync();
}

/** Another program appends a whole record between two of ours, to a writer that is open or to the next one. */
async function adopted<T>(rig: Rig<T>): Promise<void> {
  const value = rig.small[0] as T;
  for (const stays of [true, false]) {
    for (let k = 0; k < Math.min(4, rig.small.length); k++) {
      const bytes = await nextBytes(rig, k);
      if (bytes === undefined || bytes.length === 0) continue;
      const what = `a record of another program behind ${k} of ours, the writer ${stays ? "open" : "opened later"}`;
      await rig.write(FILE, rig.small.slice(0, k));
      const reports: RecoveryReport[] = [];
      const options = {
        mode: "append",
        onRecovery: (report: RecoveryReport) => reports.push(report),
      } as const;
      const early = stays ? await rig.openWriter(FILE, options) : undefined;
      appendForeign(rig, bytes);
      const writer = early ?? (await rig.openWriter(FILE, options));
      checkIs(await writer.append(value), k + 1, `the number of our record behind ${what}`);
      await writer.close();
      await rig.checkWritten(FILE, [...rig.small.slice(0, k + 1), value], what);
      const found = reports.reduce((sum, report) => sum + report.adopted, 0);
      checkIs(found, 1, `records adopted, by the reports on ${what}`);
      checkBytes(rig.bytes(`${FILE}.torn`), undefined, `${what}: what went to quarantine`);
    }
  }
}

/** What other programs append is theirs, and kept. */
export const foreign: readonly LawCase[] = [
  {
    name: "law 8: whole records that another program appends are taken up in the file's order",
    needs: ["append", "tornTail"],
    anywhere: true,
    run: adopted,
  },
];
