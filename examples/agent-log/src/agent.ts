// One of the processes: does its work, and tells the log of each step.
import { RotatingLog } from "./rotating-log.ts";

const [folder = "", agent = "", steps = "", recordsPerSegment = ""] = process.argv.slice(2);
await using log = await RotatingLog.open(folder, Number(recordsPerSegment));
for (let step = 0; step < Number(steps); step++) {
  const failed = step % 25 === 24;
  await log.append({
    agent,
    step,
    level: failed ? "error" : "info",
    text: failed ? `step ${step} failed: the tool did not answer` : `step ${step} is done`,
  });
}
