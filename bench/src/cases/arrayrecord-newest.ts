import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { plainFile } from "../data/array-records.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { clockKind } from "../harness/clock.ts";
import { newestNode } from "../harness/newest-node.ts";
import { beside, countOf, type Layout, named, optionsOf, theirs } from "./arrayrecord-layouts.ts";

const program = join(import.meta.dirname, "..", "programs", "write-loop.js");

/** Writing in the newest Node, whose zlib has zstd. */
export function newestWrite(layout: Layout): BenchCase {
  return {
    ...named(layout, "newest-write", "write all records, on the newest Node"),
    name: `arrayrecord-newest-write-${layout.codec}-${layout.group}`,
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const source = await plainFile(context.cache, "lorem", count);
      const options = optionsOf(layout);
      const path = join(context.scratch, "theirs.array_record");
      const rival = theirs(context, count, { job: "append", path, source, options });
      const node = newestNode();
      const target = join(context.scratch, "ours.array_record");
      const args = [source, target, options, clockKind()];
      const child = node && (await started(node.program, args));
      return {
        variants: [...(child === undefined ? [] : [writing(child)]), ...rival.variants],
        goals: child === undefined ? [] : beside(["extendSync"], 1),
        notes: () => (node === undefined ? [] : [`Node ${node.version.replace("v", "")}`]),
        close() {
          child?.disconnect();
          rival.close();
        },
      };
    },
  };
}

async function started(execPath: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(program, args, { execPath, execArgv: [] });
  await once(child, "message");
  return child;
}

function writing(child: ChildProcess): Variant {
  return {
    name: "extendSync",
    role: "ours",
    async round() {
      child.send("go");
      const [cost] = (await once(child, "message")) as [number];
      return cost;
    },
  };
}
