import type { BaseIndexedReader, FollowOptions } from "../../index.ts";
import { check, checkCoded, fail, outcomeOf } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { allOf } from "./reading.ts";

const FILE = "followed";
/** How long a record may take to arrive before it counts as lost, ms. Nothing waits for it while the law holds. */
const PATIENCE_MS = 5000;

/** Follows until `count` records came, or until that takes too long. */
async function take<T>(
  reader: BaseIndexedReader<T>,
  count: number,
  options: FollowOptions,
): Promise<T[]> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  const taken: T[] = [];
  try {
    for await (const value of reader.follow({ ...options, signal: patience.signal })) {
      taken.push(value);
      if (taken.length >= count) break;
    }
  } catch (error) {
    if (!patience.signal.aborted) throw error;
    fail(`a follower got ${taken.length} of ${count} records in ${PATIENCE_MS} ms`, error);
  } finally {
    clearTimeout(timer);
  }
  return taken;
}

/** Writers come and go: each way to append, one after the other. */
async function appendAll<T>(rig: Rig<T>, values: readonly T[]): Promise<T[]> {
  const half = values.slice(0, Math.ceil(values.length / 2));
  const first = await rig.openWriter(FILE, { mode: "append" });
  for (const value of values) await first.append(value);
  const second = await rig.openWriter(FILE, { mode: "append" });
  await Promise.all([...half.map((value) => second.append(value)), first.extend(values)]);
  await first.close();
  await second.close();
  rig.writeSync(FILE, values, { mode: "append" });
  await rig.write(FILE, half, { mode: "append", exclusive: true });
  return rig.reading(FILE, (reader) => allOf(reader));
}

async function exactlyOnce<T>(rig: Rig<T>): Promise<void> {
  for (const before of [rig.small, []]) {
    await rig.write(FILE, before);
    const reader = await rig.open(FILE);
    const later = 3 * rig.small.length + 2 * Math.ceil(rig.small.length / 2);
    const froms = before.length === 0 ? [0] : [undefined, 0, before.length - 1];
    const followers = froms.map(async (from) => {
      const count = before.length - (from ?? before.length) + later;
      return { from, outcome: await outcomeOf(() => take(reader, count, { from })) };
    });
    const all = await appendAll(rig, rig.small);
    for (const { from, outcome } of await Promise.all(followers)) {
      if ("error" in outcome) throw outcome.error;
      const what = `a follower of a file of ${before.length} records, from ${from ?? "its end"}`;
      rig.checkValues(outcome.value, all.slice(from ?? before.length), what);
    }
    await reader.close();
  }
}

/** A file that is shorter than what was followed is another one: an error, or a new start. */
async function replaced<T>(rig: Rig<T>): Promise<void> {
  const all = [...rig.small, ...rig.values];
  const next = rig.small.slice(0, 1);
  for (const onReplaced of ["error", "restart"] as const) {
    await rig.write(FILE, all);
    const reader = await rig.open(FILE);
    const following = outcomeOf(() => take(reader, next.length, { onReplaced }));
    await rig.write(FILE, next, { mode: "write" });
    const outcome = await following;
    if (onReplaced === "error") {
      check("error" in outcome, "a follower did not notice that its file was replaced");
      checkCoded(
        outcome.error,
        "a follower whose file was replaced",
        ...(["NTH_TRUNCATED", "NTH_SOURCE_CHANGED"] as const),
      );
    } else {
      if ("error" in outcome) fail(`a follower that may start over: ${String(outcome.error)}`);
      rig.checkValues(outcome.value, next, "a follower that started over");
    }
    await reader.close();
  }
}

/** A follower gets what is committed later, each record once. */
export const following: readonly LawCase[] = [
  {
    name: "law 8: a follower gets every record committed later, once, in order",
    needs: ["append", "tornTail"],
    anywhere: true,
    run: exactlyOnce,
  },
  {
    name: "law 8: a follower whose file is replaced ends with a code, or starts over",
    needs: ["tornTail"],
    anywhere: true,
    run: replaced,
  },
];
