import { spawnSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JsonlReader } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import type { BenchCase, Context, Prepared, Variant } from "../harness/case.ts";

/** What `npm` installs as `nthrec`. */
const program = join(
  import.meta.dirname,
  "../../../packages/cli",
  (manifest().bin as Record<string, string>)["nthrec"] as string,
);
/** Of a million records 125 MB. */
const MILLIONS = 17.3;
const LAUNCHES = 5;

/** A file of 2 GB for a million of `--records`, with a sound index. */
async function largeFile({ cache, records }: Context): Promise<string> {
  const path = eventLines(cache, Math.round(MILLIONS * records));
  await (await JsonlReader.open(path)).close();
  return path;
}

/** Commands that look at a file that has an index. */
function commandsOf(path: string, records: number): Record<string, readonly string[]> {
  const middle = String(Math.min(5_000_000, Math.round(MILLIONS * records) - 1));
  return { get: ["get", path, middle], count: ["count", path], info: ["info", path] };
}

/** From the start of the process to its end, beyond what Node itself takes. */
const start: BenchCase = {
  name: "cli-start",
  title:
    "nthrec beside `node -e 0`: the quickest of 5 starts each, what it takes longer (time that passes)",
  unit: "ms",
  async prepare(context): Promise<Prepared> {
    const commands = commandsOf(await largeFile(context), context.records);
    let node = Infinity;
    const quickest = (args: readonly string[]): number =>
      Math.min(...Array.from({ length: LAUNCHES }, () => elapsed(args)));
    const variants = Object.entries(commands).map(([name, args]): Variant => {
      const round = (): number => {
        const bare = quickest(["-e", "0"]);
        node = Math.min(node, bare);
        return quickest([program, ...args]) - bare;
      };
      return { name, role: "ours", round };
    });
    const goals = variants.map(({ name }) => ({ variant: name, atMost: 60 }));
    return { variants, goals, notes: () => [`node -e 0 takes ${node.toFixed(0)} ms`], close() {} };
  },
};

/** What a command holds at most. */
const memory: BenchCase = {
  name: "cli-memory",
  title: "nthrec on 2 GB of JSON lines: resident memory at most",
  unit: "MB",
  async prepare(context): Promise<Prepared> {
    const commands = commandsOf(await largeFile(context), context.records);
    const variants = Object.entries(commands).map(
      ([name, args]): Variant => ({ name, role: "ours", round: () => used(args).megabytes }),
    );
    const goals = variants.map(({ name }) => ({ variant: name, atMost: 80 }));
    return { variants, goals, close() {} };
  },
};

/** What the first records cost of a file that has no index. */
const head: BenchCase = {
  name: "cli-head",
  title: "`nthrec head -n 5` of 2 GB of JSON lines without an index: bytes read of the file",
  unit: "KB",
  async prepare(context): Promise<Prepared> {
    const path = join(context.scratch, "large.jsonl");
    const few = join(context.scratch, "few.jsonl");
    const source = eventLines(context.cache, Math.round(MILLIONS * context.records));
    // A link by another name shares the data, and has no index beside it.
    linkSync(source, path);
    const lines = spawnSync("head", ["-n", "5", source]).stdout;
    writeFileSync(few, lines);
    const read = (file: string): number => {
      rmSync(`${file}.idx`, { force: true });
      return used(["head", "-n", "5", file]).kilobytes;
    };
    const round = (): number => Math.max(0, read(path) - read(few)) + lines.length / 1000;
    return {
      // Only Linux counts what a process reads.
      variants: existsSync("/proc/self/io") ? [{ name: "head", role: "ours", round }] : [],
      goals: [{ variant: "head", atMost: 1000 }],
      close() {},
    };
  },
};

/** What an exact shuffle holds at most; its time is in the notes. */
const shuffle: BenchCase = {
  name: "cli-shuffle",
  title: "`nthrec shuffle` of 2 GB of JSON lines: resident memory at most",
  unit: "MB",
  once: true,
  async prepare(context): Promise<Prepared> {
    const path = await largeFile(context);
    const target = join(context.scratch, "shuffled.jsonl");
    let seconds = 0;
    const round = (): number => {
      const begin = performance.now();
      const { megabytes } = used(["shuffle", "--seed", "1", path, target]);
      seconds = (performance.now() - begin) / 1000;
      return megabytes;
    };
    return {
      variants: [{ name: "shuffle", role: "ours", round }],
      goals: [{ variant: "shuffle", atMost: 300 }],
      notes: () => [`took ${seconds.toFixed(0)} s`],
      close() {},
    };
  },
};

/** The command line, each time as a process of its own. */
export const commandLineCases: readonly BenchCase[] = [start, memory, head, shuffle];

function elapsed(args: readonly string[]): number {
  const begin = performance.now();
  launch(args);
  return performance.now() - begin;
}

/** Tells at the end what the process took. */
const TELL = `process.on("exit", () => {
  const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
  const counts = "/proc/self/io";
  const read = existsSync(counts) ? Number(/rchar: (\\d+)/.exec(readFileSync(counts, "utf8"))[1]) : 0;
  process.stderr.write("\\n" + JSON.stringify([process.resourceUsage().maxRSS / 1024, read / 1000]));
})`;

/** Runs `nthrec`, and answers how much it held at most, and how much it read in all. */
function used(args: readonly string[]): { readonly megabytes: number; readonly kilobytes: number } {
  const preload = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const told = launch([preload, program, ...args])
    .split("\n")
    .at(-1) as string;
  const [megabytes, kilobytes] = JSON.parse(told) as [number, number];
  return { megabytes, kilobytes };
}

function launch(args: readonly string[]): string {
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stderr;
}

function manifest(): { readonly bin: unknown } {
  const path = join(import.meta.dirname, "../../../packages/cli/package.json");
  return JSON.parse(readFileSync(path, "utf8")) as { bin: unknown };
}
