import { check, checkCoded, checkIs, outcomeOf } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { checkSurvey, surveyReader } from "../survey.ts";

const FILE = "changes";

/** Another file takes the name of the one that is open, as a download or a new build does. */
async function replaced<T>(rig: Rig<T>): Promise<void> {
  const { values } = rig;
  const other = [...rig.small, ...rig.small];
  await rig.write(FILE, values);
  await rig.reading(FILE, async (reader) => {
    rig.checkValue(await reader.get(0), values[0] as T, "before the file was replaced");
    await rig.write(FILE, other, { mode: "write" });
    // A server has the new file by now.
    await rig.input(FILE);
    const records = await surveyReader(reader);
    checkSurvey(rig, { records }, values, "a reader whose file was replaced by another");
    const refreshed = await outcomeOf(() => reader.refresh());
    if (rig.direct) {
      check(!("error" in refreshed), "refresh failed after the file was replaced by another");
      await rig.checkReader(reader, other, "after refresh");
    } else if ("error" in refreshed) checkCoded(refreshed.error, "refresh of a replaced file");
  });
  await rig.checkFile(FILE, other, "a new reader of the new file");
}

/** The file loses its end under the reader: a truncated log, an upload that starts over. */
async function cutWhileOpen<T>(rig: Rig<T>): Promise<void> {
  const { values } = rig;
  for (const part of [0, 0.3, 0.9]) {
    await rig.write(FILE, values);
    const size = rig.data(FILE).length;
    await rig.reading(FILE, async (reader) => {
      const live = rig.store.editSync(FILE);
      live.truncateSync(Math.floor(size * part));
      live.closeSync();
      await rig.input(FILE);
      const what = `a reader whose file was cut to ${part} of its size`;
      checkSurvey(rig, { records: await surveyReader(reader) }, values, what);
      const many = await outcomeOf(() => reader.getMany(values.keys()));
      if ("error" in many) checkCoded(many.error, `getMany of ${what}`);
      else rig.checkValues(many.value, values, `getMany of ${what}`);
    });
  }
}

/** A reader keeps its snapshot while the file grows, and takes the next one when it is asked to. */
async function grown<T>(rig: Rig<T>): Promise<void> {
  const { small } = rig;
  const all = [...small, ...rig.values];
  await rig.write(FILE, small);
  await rig.reading(FILE, async (reader) => {
    await rig.write(FILE, rig.values, { mode: "append" });
    await rig.input(FILE);
    checkIs(reader.length, small.length, "length of a reader whose file grew");
    const records = await surveyReader(reader);
    checkSurvey(rig, { records }, small, "a reader whose file grew");
    const refreshed = await outcomeOf(() => reader.refresh());
    if (rig.direct) check(!("error" in refreshed), "refresh failed after the file had grown");
    if ("error" in refreshed) checkCoded(refreshed.error, "refresh of a file that grew");
    else if (reader.length !== small.length || rig.direct) {
      await rig.checkReader(reader, all, "after refresh");
    }
  });
  await rig.checkFile(FILE, all, "a new reader of the grown file");
}

/** A file that changes under a reader gives the records of the snapshot, or codes. */
export const changes: readonly LawCase[] = [
  { name: "law 9: a file that is replaced while it is open", run: replaced },
  { name: "law 9: a file that is cut while it is open", run: cutWhileOpen },
  { name: "law 9: a file that grows while it is open", needs: ["append"], run: grown },
];
