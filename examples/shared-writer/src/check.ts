import { JsonlReader } from "@nthrec/jsonl";
import type { Logbook } from "./logbook.ts";
import type { Options } from "./options.ts";
import { type Measurement, payloadOf } from "./record.ts";

/** What is wrong with the file; nothing, if the pipeline keeps its word. */
export async function check(
  path: string,
  workers: readonly string[],
  options: Options,
  logbook: Logbook,
): Promise<string[]> {
  await using reader = await JsonlReader.open<Measurement>(path);
  const problems = [...checkOrder(reader, workers, options), ...checkPlaces(reader, logbook)];
  const [length, delivered] = [reader.length, logbook.followed.length];
  if (delivered !== length) {
    problems.push(`the follower delivered ${delivered} records, the file has ${length}`);
  }
  for (const [i, { worker, number }] of logbook.followed.entries()) {
    const record = reader.atSync(i);
    if (record?.worker !== worker || record.number !== number) {
      problems.push(`the follower delivered ${worker}'s record ${number} as record ${i}`);
    }
  }
  const { problems: found } = await reader.verify({ level: "full" });
  return [...problems, ...found.map(({ message }) => message)];
}

/** Each worker's records must be there: all of them, once, whole, in order. */
function checkOrder(
  records: Iterable<Measurement>,
  workers: readonly string[],
  { records: count, size }: Options,
): string[] {
  const problems: string[] = [];
  const next = new Map(workers.map((worker) => [worker, 0]));
  for (const { worker, number, payload } of records) {
    const expected = next.get(worker);
    if (number !== expected) {
      problems.push(`${worker}'s record ${number} stands where ${expected} belongs`);
    }
    if (payload !== payloadOf(worker, number, size)) {
      problems.push(`${worker}'s record ${number} is not whole`);
    }
    next.set(worker, number + 1);
  }
  for (const [worker, found] of next) {
    if (found !== count) problems.push(`${worker} has ${found} records, and wrote ${count}`);
  }
  return problems;
}

/** Each acknowledged record must be where its worker was told that it is. */
function checkPlaces(reader: JsonlReader<Measurement>, logbook: Logbook): string[] {
  const problems: string[] = [];
  for (const [worker, places] of logbook.places) {
    for (const [number, index] of places) {
      const record = reader.atSync(index);
      if (record?.worker === worker && record.number === number) continue;
      problems.push(
        `${worker}'s record ${number} was acknowledged as record ${index}, and is not there`,
      );
    }
  }
  return problems;
}
