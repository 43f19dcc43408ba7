// One of the processes: appends its records, a few at a time, and may be killed at any moment. It is started anew then,
// and goes on behind the last record that is published.
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { type Measurement, type Message, now, payloadOf, type WorkerTask } from "./record.ts";

/** Most records that are on their way at once. */
const AT_ONCE = 5;

const task = JSON.parse(process.argv[2] as string) as WorkerTask;
const { path, worker, records, size } = task;

await using writer = await JsonlWriter.open(path, {
  mode: "append",
  onRecovery({ rolledForward, rolledBack }) {
    tell({ is: "recovered", rolledForward, rolledBack });
  },
});
// The writer is open: what the one before us left is settled by now, published or gone.
let next = await published();
while (next < records) {
  const count = Math.min(1 + (next % AT_ONCE), records - next);
  await Promise.all(Array.from({ length: count }, (_, i) => append(next + i)));
  next += count;
}
process.disconnect();

/** Appends a record. That it is published when the promise resolves is all that a pipeline needs to know. */
async function append(number: number): Promise<void> {
  const start = now();
  const index = await writer.append({ worker, number, payload: payloadOf(worker, number, size) });
  const at = now();
  tell({ is: "acknowledged", number, index, at, took: at - start });
}

/** How many records of this worker are in the file: it looks for the last one, from the end. */
async function published(): Promise<number> {
  await using reader = await JsonlReader.open<Measurement>(path);
  for (const record of reader.slice(undefined, undefined, -1)) {
    if (record.worker === worker) return record.number + 1;
  }
  return 0;
}

function tell(message: Message): void {
  process.send?.(message);
}
