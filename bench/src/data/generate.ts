import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Random } from "./random.ts";

const SEED = 20_260_101;
const BLOCK_BYTES = 4 * 1024 * 1024;
const WORDS =
  "apply branch cache delta entry frame guard hash index join key lock merge node offset page queue range shard table".split(
    " ",
  );
const NAMES = ["ada", "böhm", "codd", "dijkstra", "erdős", "floyd", "gödel", "hopper"];

/** A file of events as programs log them: 111 to 148 bytes each, with a little text beyond ASCII. Made once. */
export function eventLines(folder: string, records: number): string {
  const random = new Random(SEED);
  return generated(join(folder, `events-${records}.jsonl`), records, (id) => event(random, id));
}

/** A file of many short records, for what depends on their number alone. Made once. */
export function shortLines(folder: string, records: number): string {
  return generated(join(folder, `short-${records}.jsonl`), records, (id) => `{"i":${id}}`);
}

/** One event. */
export function event(random: Random, id: number): string {
  const words = Array.from({ length: 3 + random.below(3) }, () => random.pick(WORDS)).join(" ");
  return JSON.stringify({
    id,
    user: random.pick(NAMES),
    at: 1_700_000_000 + random.below(50_000_000),
    ok: random.below(8) > 0,
    ms: random.below(1_000_000) / 1000,
    tags: [random.pick(WORDS), random.pick(WORDS)],
    text: words,
  });
}

function generated(path: string, records: number, line: (id: number) => string): string {
  if (existsSync(path)) return path;
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part-${process.pid}`;
  const file = openSync(part, "w");
  const block = Buffer.allocUnsafe(BLOCK_BYTES + 4096);
  let used = 0;
  for (let id = 0; id < records; id++) {
    used += block.write(`${line(id)}\n`, used);
    if (used < BLOCK_BYTES && id < records - 1) continue;
    for (let done = 0; done < used; ) done += writeSync(file, block, done, used - done);
    used = 0;
  }
  closeSync(file);
  renameSync(part, path);
  return path;
}
