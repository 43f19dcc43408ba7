import { check, checkBytes, checkIs } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { MadeFile, Rig } from "../rig.ts";

const WHOLE = "whole";
const PARTS = "parts";

/** Compares a file made in several sittings with the one made at once. */
async function compare<T>(
  rig: Rig<T>,
  values: readonly T[],
  whole: MadeFile,
  what: string,
): Promise<void> {
  await rig.checkFile(PARTS, values, what);
  const lacks = rig.format.lacks ?? [];
  if (!lacks.includes("sameBytes")) checkBytes(rig.bytes(PARTS), whole.data, `data of ${what}`);
  if (lacks.includes("index")) return;
  const index = rig.bytes(rig.indexOf(PARTS));
  if (!lacks.includes("sameBytes")) checkBytes(index, whole.index, `index of ${what}`);
  rig.putBare(PARTS, rig.data(PARTS));
  await rig.checkFile(PARTS, values, `${what}, without its index`);
  if (rig.direct) checkBytes(rig.bytes(rig.indexOf(PARTS)), index, `rebuilt index of ${what}`);
}

/** Where a list is split: everywhere when it is short, else a sample. */
function splits<T>(rig: Rig<T>, values: readonly T[]): number[] {
  return rig.random.sample(values.length + 1, rig.slow ? 6 : 24);
}

async function everySplit<T>(rig: Rig<T>, sync: boolean): Promise<void> {
  for (const values of [rig.values, rig.small]) {
    const whole = await rig.made(WHOLE, values);
    for (const at of splits(rig, values)) {
      if (sync) {
        rig.writeSync(PARTS, values.slice(0, at), { mode: "write" });
        rig.writeSync(PARTS, values.slice(at), { mode: "append" });
      } else {
        await rig.write(PARTS, values.slice(0, at), { mode: "write" });
        await rig.write(PARTS, values.slice(at), { mode: "append" });
      }
      const how = sync ? "synchronously" : "with waiting";
      await compare(
        rig,
        values,
        whole,
        `${at} records written, ${values.length - at} appended ${how}`,
      );
    }
  }
}

/** Whether commits and sittings show in the bytes; formats whose chunks end with a commit lack this. */
async function sameBytesAtOnce<T>(rig: Rig<T>): Promise<void> {
  const whole = await rig.made(WHOLE, rig.small);
  for (const at of splits(rig, rig.small)) {
    await rig.write(PARTS, rig.small.slice(0, at), { mode: "write" });
    await rig.write(PARTS, rig.small.slice(at), { mode: "append" });
    checkBytes(rig.bytes(PARTS), whole.data, `data of ${at} records written and the rest appended`);
  }
}

async function oneByOne<T>(rig: Rig<T>): Promise<void> {
  const whole = await rig.made(WHOLE, rig.values);
  rig.put(PARTS, undefined);
  for (const [i, value] of rig.values.entries()) {
    const writer = await rig.openWriter(PARTS, { mode: "append" });
    checkIs(writer.length, i, "length of a writer that continues a file");
    checkIs(await writer.append(value), i, "the index that append resolves with");
    await writer.close();
  }
  await compare(rig, rig.values, whole, `${rig.values.length} sittings of one record each`);
}

async function withCommits<T>(rig: Rig<T>): Promise<void> {
  const whole = await rig.made(WHOLE, rig.small);
  const half = Math.floor(rig.small.length / 2);
  await rig.write(PARTS, rig.small.slice(0, half), { mode: "write" });
  const writer = await rig.openWriter(PARTS, { mode: "append" });
  for (const [i, value] of rig.small.slice(half).entries()) {
    checkIs(await writer.append(value), half + i, "the index that append resolves with");
    await writer.commit();
    await rig.checkFile(
      PARTS,
      rig.small.slice(0, half + i + 1),
      `after commit ${i} of a writer that stays open`,
    );
  }
  await writer.close();
  await compare(rig, rig.small, whole, "a file appended to with a commit after each record");
}

/** A writer that finds no index, no seal, or an older index appends behind the last record all the same. */
async function withoutSidecars<T>(rig: Rig<T>): Promise<void> {
  const whole = await rig.made(WHOLE, rig.small);
  const half = Math.floor(rig.small.length / 2);
  const first = await rig.made("first", rig.small.slice(0, half));
  const older = await rig.made("older", rig.small.slice(0, 1));
  for (const [state, index] of [
    ["no index", undefined],
    ["the index alone", first.index],
    ["an older index", older.index],
  ] as const) {
    rig.putUnsealed(PARTS, first.data, index);
    await rig.write(PARTS, rig.small.slice(half), { mode: "append" });
    await compare(rig, rig.small, whole, `a file with ${state} beside it, appended to`);
  }
}

async function nothingAppended<T>(rig: Rig<T>): Promise<void> {
  const whole = await rig.made(PARTS, rig.values);
  await rig.write(PARTS, [], { mode: "append" });
  checkBytes(rig.bytes(PARTS), whole.data, "data after an append of nothing");
  await compare(rig, rig.values, whole, "an append of nothing");
  const writer = await rig.openWriter(PARTS, { mode: "write" });
  check(
    rig.bytes(PARTS) !== undefined,
    "opening in write mode took the file away before the first commit",
  );
  checkBytes(
    rig.bytes(PARTS),
    whole.data,
    "data after opening in write mode, before the first commit",
  );
  await writer.abort();
  checkBytes(rig.bytes(PARTS), whole.data, "data after a writer in write mode was aborted");
}

/** write(A) then append(B) = write(A+B), for every split, in records, data and index. */
export const appendIsWrite: readonly LawCase[] = [
  {
    name: "law 3: write(A) + append(B) = write(A+B) at every split",
    needs: ["append"],
    run: (rig) => everySplit(rig, false),
  },
  {
    name: "law 3: the same by the synchronous verbs",
    needs: ["append"],
    run: (rig) => everySplit(rig, true),
  },
  {
    name: "law 3: a file made in two sittings is byte for byte the one made at once",
    needs: ["append", "sameBytes"],
    run: sameBytesAtOnce,
  },
  { name: "law 3: a file grown one sitting per record", needs: ["append"], run: oneByOne },
  {
    name: "law 3: a commit after each appended record is seen at once",
    needs: ["append"],
    run: withCommits,
  },
  {
    name: "law 3: append without index or seal, or with an older index",
    needs: ["append", "index"],
    run: withoutSidecars,
  },
  {
    name: "law 3: opening changes nothing before the first commit",
    needs: ["append"],
    run: nothingAppended,
  },
];
