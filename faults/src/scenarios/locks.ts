import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KindName, kindOf } from "../formats/kinds.ts";
import { Child, pause } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import { refused } from "../harness/refusals.ts";
import type { Context, Scenario } from "../harness/scenario.ts";

const PATIENCE_MS = 200;

/** Who may write when: handles, writers of one process, exclusive ones, openers that race, locks of the dead. */
export const locks: Scenario = {
  name: "locks",
  title: "exclusive writers, handles, racing openers, locks of the dead and of strangers",
  async run(context) {
    for (const name of context.allKinds) {
      await context.attempt(name, () => exclusive(context, name));
      await context.attempt(name, () => handles(context, name));
      await context.attempt(name, () => neighbours(context, name));
    }
    await context.attempt("a busy thread", () => busyThread(context));
    for (let round = 0; round < (context.long ? 40 : 6); round++) {
      const name = context.kinds[round % context.kinds.length] as KindName;
      await context.attempt(name, () => race(context, name));
    }
    await context.attempt("forged locks", () => forged(context));
  },
};

/** An exclusive writer keeps everybody out until it is closed. */
async function exclusive(context: Context, name: KindName): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf(name));
  const what = `${name}: beside an exclusive writer`;
  const options = { lockTimeoutMs: PATIENCE_MS };
  const owner = await place.open({ exclusive: true });
  await place.append(owner, "owner");
  await refused(verdicts, "NTH_LOCKED", what, () => place.open(options));
  await refused(verdicts, "NTH_LOCKED", what, () => place.open({ ...options, exclusive: true }));
  await refused(verdicts, "NTH_LOCKED", what, () => place.openSync(options));
  await refused(verdicts, "NTH_LOCKED", what, () => place.open({ ...options, mode: "write" }));
  const waits = new AbortController();
  const aborted = refused(verdicts, "NTH_ABORTED", `${what}, given up`, () =>
    place.open({ signal: waits.signal }),
  );
  await pause(20);
  waits.abort();
  const waited = await aborted;
  verdicts.check(waited < 5000, `${what}: an abort was heard after ${waited} ms`);
  const next = place.open({ lockTimeoutMs: 30_000 });
  await place.append(owner, "owner");
  await owner.close();
  const successor = await next;
  await place.append(successor, "successor");
  await successor.close();
  await place.judge(what);
}

/** Counted handles of one writer: call order, one file, closed with the last. */
async function handles(context: Context, name: KindName): Promise<void> {
  const place = new Place(context, kindOf(name));
  const first = await place.open();
  const all = [first, first.share(), first.share()];
  const appends: Promise<number>[] = [];
  for (let i = 0; i < 60; i++) {
    const to = all[i % 3] as typeof first;
    appends.push(place.append(to, "tasks", 1 + (i % 7) * 100));
    if (i % 20 === 19) await Promise.all(appends);
  }
  const indexes = await Promise.all(appends);
  const rises = indexes.every((index, i) => index === i);
  context.verdicts.check(rises, `${name}: handles got ${indexes.join()}`);
  await all[0]?.close();
  await place.append(all[1] as typeof first, "tasks");
  await all[1]?.close();
  await all[2]?.close();
  await refused(context.verdicts, "NTH_NOT_OPEN", `${name}: a closed handle`, () =>
    first.append(0),
  );
  await place.judgeAsIs(`${name}: handles of one writer`);
}

/** Several writers in one process, in both ways at once. */
async function neighbours(context: Context, name: KindName): Promise<void> {
  const place = new Place(context, kindOf(name));
  const writers = await Promise.all([place.open(), place.open(), place.open()]);
  const rounds = Array.from({ length: 30 }, (_, i) => i);
  const tasks = writers.map(async (writer, who) => {
    for (const round of rounds) {
      if ((round + who) % 3 === 0) place.appendSync(writer, `writer-${who}`);
      else await place.append(writer, `writer-${who}`, 50 * who + 1);
    }
  });
  await Promise.all(tasks);
  for (const writer of writers) await writer.close();
  const found = await place.judge(`${name}: three writers in one process`);
  context.verdicts.check(
    found.records === 91,
    `${name}: ${found.records} records of three writers`,
  );
}

/** While a commit of this thread waits for the disk, a synchronous verb would wait forever. */
async function busyThread(context: Context): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf("jsonl"));
  const writer = await place.open({ durability: "disk" });
  const other = await place.open();
  let hits = 0;
  for (let i = 0; i < 40; i++) {
    const append = place.append(writer, "w", 1000);
    await Promise.resolve();
    await Promise.resolve();
    for (const to of [writer, other]) {
      try {
        place.appendSync(to, to === writer ? "x" : "y");
      } catch {
        hits++;
        await refused(verdicts, "NTH_LOCKED", "a synchronous append beside one under way", () =>
          to.appendSync({}),
        );
      }
    }
    await append;
  }
  verdicts.check(hits > 0, "no synchronous append met a commit under way");
  await writer.close();
  await other.close();
  await place.judge("synchronous verbs beside an asynchronous commit");
}

/** Processes that open a file at the same moment which none of them has seen before. */
async function race(context: Context, name: KindName): Promise<void> {
  const { verdicts } = context;
  const place = new Place(context, kindOf(name));
  const writers = Array.from({ length: 5 }, (_, i) => `racer-${i}`);
  const batches = [[3, 3], [200], [10]];
  const children = writers.map((writer) =>
    Child.start("append", place.task({ writer, batches, waits: true })),
  );
  for (const child of children) await child.says("ready");
  for (const child of children) child.tell("go");
  for (const child of children) {
    const { code, stderr } = await child.ended;
    verdicts.check(code === 0, `${name}: a racer ended with ${code}: ${stderr}`);
  }
  verdicts.count("races");
  const found = await place.judge(`${name}: five openers at once`);
  verdicts.check(found.records === 21, `${name}: ${found.records} records of five racers`);
}

/** The fields of a lock's holder that are forged. */
interface Forgery {
  readonly what: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly taken: boolean;
}

const forgeries: readonly Forgery[] = [
  { what: "a process that ended", fields: { pid: 2 ** 22 + 7, task: 2 ** 22 + 7 }, taken: true },
  { what: "a number that another process has now", fields: { start: "1" }, taken: true },
  { what: "another boot of this machine", fields: { boot: "another" }, taken: true },
  { what: "another PID namespace", fields: { space: "pid:[1] time:[1]" }, taken: false },
];

/** Locks that somebody left: of the dead they are taken, of the unknown they are respected. */
async function forged(context: Context): Promise<void> {
  for (const { what, fields, taken } of forgeries) {
    const place = new Place(context, kindOf("jsonl"));
    place.fill("old", 3);
    forge(place, fields);
    context.verdicts.count("forged locks");
    if (taken) {
      await place.judge(`a lock of ${what}`);
      continue;
    }
    const open = (): unknown => place.open({ lockTimeoutMs: PATIENCE_MS });
    await refused(context.verdicts, "NTH_LOCKED", `a lock of ${what}`, open);
    rmSync(`${place.path}.lock`, { recursive: true });
    await place.judge(`a lock of ${what}, removed`);
  }
  const place = new Place(context, kindOf("jsonl"));
  place.fill("old", 3);
  writeFileSync(lockFile(place), "");
  await place.judge("a lock file without content");
}

/** Marks the lock as held by a thread that differs in some fields from the one that had it last. */
function forge(place: Place, fields: Readonly<Record<string, unknown>>): void {
  const file = lockFile(place);
  const holder: object = JSON.parse(readFileSync(file, "latin1").slice(1));
  writeFileSync(file, `H${JSON.stringify({ ...holder, ...fields })}\n`);
}

function lockFile(place: Place): string {
  const folder = `${place.path}.lock`;
  return join(folder, readdirSync(folder).find((name) => /^g\d+$/.test(name)) as string);
}
