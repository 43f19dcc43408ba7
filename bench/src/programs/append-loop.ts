// Appends records to a file that others append to as well, when it is told to, and says how long it took.
// Arguments: the path, the records, the pause after each, ms.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { JsonlWriter } from "@nthrec/jsonl";

/** A record that knows when its commit began. */
export interface Stamped {
  /** On the clock that all processes share, ns. */
  readonly at: number;
  readonly text: string;
}

/** What the program says in the end. */
export interface AppendLoopResult {
  /** Longest time that a commit took, its wait for the lock included, ms. */
  readonly longestWait: number;
}

const [path = "", records = "", pauseMs = ""] = process.argv.slice(2);
const text =
  "apply branch cache delta entry frame guard hash index join key lock merge node".repeat(2);

await using writer = await JsonlWriter.open(path, { mode: "append" });
process.send?.("ready");
await once(process, "message");
let longestWait = 0;
for (let i = 0; i < Number(records); i++) {
  const start = performance.now();
  await writer.append({ at: Number(process.hrtime.bigint()), text });
  longestWait = Math.max(longestWait, performance.now() - start);
  if (Number(pauseMs) > 0) await pause(Number(pauseMs));
}
const result: AppendLoopResult = { longestWait };
process.send?.(result);
process.disconnect();
