import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { foreignName } from "../formats/payload.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { Siege, type Stranger } from "../load/siege.ts";
import { Megstore } from "../originals/megstore.ts";
import { startProcess } from "./kill-loops.ts";

const WRITERS = 3;
const MOST = 3000;
/** How long each part lasts, ms. */
const SHORT_MS = 6000;
const LONG_MS = 60_000;
/** Longest life of a stranger, seconds. */
const LIFE = 600;

const kinds = ["jsonl", "text"] as const;
type LineKind = (typeof kinds)[number];

/** Programs that know nothing of lock and seal append, or read and rewrite the index, while our writers are busy. */
export const foreign: readonly Scenario[] = [
  {
    name: "foreign-appends",
    title: "echo >> beside writers, a reader and a follower",
    async run(context) {
      for (const kind of kinds) {
        const strangers = (path: string): Stranger[] => [1, 2].map((who) => echo(kind, path, who));
        await context.attempt(kind, () => beside(context, kind, strangers));
      }
    },
  },
  {
    name: "megstore-loop",
    title: "megstore opens the file again and again, to read and to append",
    async run(context) {
      const { megstore } = context.originals;
      if (megstore === undefined) {
        context.skip(this.title, "megstore cannot be had");
        return;
      }
      for (const kind of kinds) {
        const reads = (path: string): Stranger => loop("hammer", kind, path);
        const appends = (path: string): Stranger => loop("pour", kind, path);
        await context.attempt(`${kind}, reading, beside kills`, () =>
          beside(context, kind, (path) => [reads(path)], [100, 500]),
        );
        await context.attempt(`${kind}, reading and appending`, () =>
          beside(context, kind, (path) => [reads(path), appends(path)]),
        );
      }
    },
  },
];

async function beside(
  context: Context,
  kind: LineKind,
  strangers: (path: string) => readonly Stranger[],
  pauses?: readonly [number, number],
): Promise<void> {
  const end = performance.now() + (context.long ? LONG_MS : SHORT_MS);
  const plan = { kind, writers: WRITERS, start: startProcess, most: MOST, strangers };
  const siege = new Siege(context, pauses === undefined ? plan : { ...plan, pauses });
  await siege.run(() => performance.now() > end);
}

/** A shell that appends a line, again and again, and counts. */
function echo(kind: LineKind, path: string, who: number): Stranger {
  const name = `echo-${who}`;
  const line =
    kind === "text"
      ? `foreign ${name} $n`
      : JSON.stringify(foreignValue(name, 0)).replace('"n":0', '"n":$n').replaceAll('"', '\\"');
  const script = `n=0; while read -t 0.02 stop; [ $? -gt 128 ]; do echo "${line}" >> "$0"; n=$((n + 1)); done; echo $n`;
  const shell = spawn("bash", ["-c", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    shell.on("error", reject);
    shell.on("close", () => resolve());
  });
  return {
    async stop() {
      shell.stdin.end();
      await ended;
      return { appended: namesOf(name, Number(said)) };
    },
  };
}

interface LoopResult {
  /** Records that were appended. */
  readonly count?: number;
  readonly opens?: number;
  readonly failures?: number;
  readonly error?: string;
}

/** A megstore of its own that reads or appends, again and again. */
function loop(job: "hammer" | "pour", kind: LineKind, path: string): Stranger {
  const megstore = Megstore.start();
  if (typeof megstore === "string") throw new Error(megstore);
  const who = "megstore";
  const stop = join(dirname(path), "..", "stop");
  const task = { job, kind, path, who, stop, seconds: LIFE, pause: 0.005 };
  const result = megstore.ask<LoopResult>(task);
  // What it answers is looked at in the end.
  result.catch(() => {});
  return {
    async stop() {
      writeFileSync(stop, "");
      const { count = 0, opens = 0, failures = 0, error } = await result;
      megstore.close();
      if (error !== undefined) throw new Error(`megstore: ${error}`);
      const counts = { "megstore opens": opens, "megstore failed to open": failures };
      return { appended: namesOf(who, count), counts };
    },
  };
}

/** What another program appends to lines of JSON; in text it is "foreign", who and the number. */
function foreignValue(who: string, number: number): Readonly<Record<string, unknown>> {
  return { foreign: who, n: number };
}

function namesOf(who: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => foreignName(foreignValue(who, n)) as string);
}
