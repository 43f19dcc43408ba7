import { MemoryStore, type WriterOptions } from "../../index.ts";
import { checkBytes, checkCoded, checkIs, outcomeOf } from "../check.ts";
import { FaultStore, type StoreFault } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { readEntry } from "../store-files.ts";
import { continueLeft, readLeft, writeBefore, writeUntilError } from "./store-runs.ts";

const FILE = "stores";
const MOST_STEPS = 200;
/** Steps at which the first writer is killed, so that the next one has something to recover. */
const KILLS = 16;

/** From step `bad` on nothing reaches the disk; of that step a part. */
function killedAt(bad: number, share: number): StoreFault {
  return ({ step, bytes }) =>
    step < bad ? undefined : step === bad ? Math.floor(bytes * share) : 0;
}

/** A writer is killed, and the next one again and again in the middle of its recovery. */
async function killedAgain<T>(rig: Rig<T>): Promise<void> {
  const before = rig.small.slice(0, 2);
  const options: WriterOptions = { ...rig.format.writerOptions, mode: "append" };
  for (const kill of rig.random.sample(KILLS * 2, KILLS)) {
    const share = rig.random.next();
    for (let again = 1; again <= MOST_STEPS; again++) {
      const disk = new MemoryStore();
      await writeBefore(rig, disk, before);
      const store = new FaultStore(disk, killedAt(kill + 1, share));
      const history = await writeUntilError(rig, store, before, options);
      const name = `a writer killed at step ${kill + 1}, the next one at step ${again} of its recovery`;
      const second = new FaultStore(disk, killedAt(again, share));
      const opened = await outcomeOf(async () => {
        const writer = await rig.format.Writer.open({ store: second, name: FILE }, options);
        await writer.close();
      });
      if ("error" in opened) checkCoded(opened.error, name);
      history.acknowledged = await readLeft(rig, disk, history, name);
      await continueLeft(rig, disk, history, name);
      if (second.steps < again) break;
    }
  }
}

/** One change of a commit fails: the append is rejected, all is as before, and the writer goes on. */
async function takenBack<T>(rig: Rig<T>): Promise<void> {
  const [first, second] = rig.small as [T, T];
  for (const durability of ["process", "disk"] as const) {
    for (let bad = 1; bad <= MOST_STEPS; bad++) {
      const disk = new MemoryStore();
      await writeBefore(rig, disk, [first]);
      let armed = Number.POSITIVE_INFINITY;
      const store = new FaultStore(disk, ({ step, bytes }) =>
        step === armed ? bytes >>> 1 : undefined,
      );
      const options = { ...rig.format.writerOptions, mode: "append", durability } as const;
      const writer = await rig.format.Writer.open({ store, name: FILE }, options);
      const names = [FILE, rig.indexOf(FILE)];
      const were = names.map((name) => readEntry(rig.view(disk), name));
      armed = store.steps + bad;
      const appended = await outcomeOf(() => writer.append(second));
      const what = `an append whose change ${bad} failed (durability "${durability}")`;
      if ("error" in appended) {
        checkCoded(appended.error, what, "NTH_IO_ERROR");
        for (const [i, name] of names.entries()) {
          checkBytes(readEntry(rig.view(disk), name), were[i], `${name} after ${what}`);
        }
        checkIs(await writer.append(second), 1, `the number of the next append after ${what}`);
      }
      const steps = store.steps;
      await writer.close();
      await checkSame(rig, disk, [first, second], what);
      if (!("error" in appended) && steps < armed) break;
    }
  }
}

/** Fails unless the file is the one that a writer makes to whom nothing happened. */
async function checkSame<T>(
  rig: Rig<T>,
  disk: MemoryStore,
  values: readonly T[],
  what: string,
): Promise<void> {
  const plain = new MemoryStore();
  await writeBefore(rig, plain, values.slice(0, 1));
  const options = { ...rig.format.writerOptions, mode: "append" } as const;
  const writer = await rig.format.Writer.open({ store: plain, name: FILE }, options);
  await writer.append(values[1] as T);
  await writer.close();
  for (const name of [FILE, rig.indexOf(FILE)]) {
    checkBytes(
      readEntry(rig.view(disk), name),
      readEntry(rig.view(plain), name),
      `${name} in the end, after ${what}`,
    );
  }
}

/** Recovery can be repeated, and a failure leaves no trace. */
export const recoveries: readonly LawCase[] = [
  {
    name: "law 9: a recovery that is killed at any step is done again",
    needs: ["append"],
    anywhere: true,
    run: killedAgain,
  },
  {
    name: "law 9: an append that fails leaves data and index as they were, and the writer goes on",
    needs: ["append"],
    anywhere: true,
    run: takenBack,
  },
];
