import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { type KindName, kindNames, kindOf } from "../formats/kinds.ts";
import { Place } from "../harness/place.ts";
import type { Context, Scenario } from "../harness/scenario.ts";

/** Bytes of an index that say whose it is. Another program's is left alone, and ours goes elsewhere. */
const MAGIC_BYTES = 4;
/** Bytes of a slot, and where the two are. */
const SLOT_BYTES = 256;
const SLOTS = [0, 4096];

/** Every byte of index and seal is flipped, and both are cut at every byte: they are hints, and never more. */
export const damage: Scenario = {
  name: "damage",
  title: "every byte of index and seal flipped, both cut at every byte",
  async run(context) {
    const names = context.long ? kindNames : (["jsonl", "counted", "footed"] as const);
    for (const name of names) {
      await context.attempt(`${name}: flips`, () => flips(context, name));
      await context.attempt(`${name}: cuts`, () => cuts(context, name));
    }
  },
};

async function flips(context: Context, name: KindName): Promise<void> {
  const place = new Place(context, kindOf(name));
  place.fill("w", 4);
  const { random } = context;
  for (const [file, positions] of targets(place)) {
    for (const position of positions) {
      const mask = random.pick([1 << random.below(8), 0xff]);
      const restore = flip(file, position, mask);
      const what = `${name}: byte ${position} of ${file} flipped by ${mask}`;
      context.verdicts.count("bytes flipped");
      look(context, place, what);
      const heals = random.next() < (context.long ? 0.7 : 0.3);
      if (heals && (file.endsWith(".seal") || position >= MAGIC_BYTES)) place.fill("w", 1);
      else restore();
    }
  }
  await place.judge(`${name}: after all flips`);
}

async function cuts(context: Context, name: KindName): Promise<void> {
  const place = new Place(context, kindOf(name));
  place.fill("w", 4);
  for (const [file, positions] of targets(place)) {
    for (const position of positions) {
      truncateSync(file, Math.min(position, statSync(file).size));
      context.verdicts.count("cuts");
      look(context, place, `${name}: ${file} cut at ${position}`);
      place.fill("w", 1);
    }
  }
  await place.judge(`${name}: after all cuts`);
}

/** What is damaged, and where. */
function targets(place: Place): [string, number[]][] {
  const index = `${place.path}.idx`;
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);
  const slots = SLOTS.flatMap((at) => range(at, at + SLOT_BYTES + 2));
  return [
    [index, range(0, statSync(index).size)],
    [`${place.path}.seal`, slots],
  ];
}

/** Changes a byte; answers how to change it back. */
function flip(file: string, position: number, mask: number): () => void {
  const before = readFileSync(file)[position] as number;
  const put = (value: number): void => {
    const fd = openSync(file, "r+");
    writeSync(fd, Uint8Array.of(value), 0, 1, position);
    closeSync(fd);
  };
  put(before ^ mask);
  return () => put(before);
}

/** A reader finds every record, in its place. */
function look(context: Context, place: Place, what: string): void {
  const { verdicts } = context;
  try {
    const reader = place.read({ onStaleIndex: "memory" });
    const numbers = [...reader].map((record) => place.kind.mark(record).number);
    const told = place.acks.get("w")?.size;
    reader.closeSync();
    const right = numbers.length === told && numbers.every((number, i) => number === i);
    verdicts.check(right, `${what}: a reader sees ${numbers.length} of ${told} records`);
  } catch (error) {
    verdicts.fail(`${what}: a reader throws ${error}`);
  }
}
