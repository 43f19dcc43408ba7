import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { type KindName, kindOf } from "../formats/kinds.ts";
import { Place } from "../harness/place.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { audit, checkIndex } from "../judge/audit.ts";

/** Bytes of an index that say whose it is. Another program's is left alone, and ours goes elsewhere. */
const MAGIC_BYTES = 4;
/** Bytes of a slot, and where the two are. */
const SLOT_BYTES = 256;
const SLOTS = [0, 4096];
/** Records of the file that is damaged: more than the seal has a checksum of the last offsets for. */
const RECORDS = 20;
/** Share of the damages that the short form lets a writer heal; of lines of JSON it is all. */
const SHORT_SHARE = 0.1;

/** A byte that is changed, or the first of those that are cut off. */
interface Harm {
  readonly what: "index" | "seal";
  readonly at: number;
  /** Bits that change; 0 cuts the file there. */
  readonly mask: number;
}

/** Every byte of index and seal is flipped, and both are cut at every byte: they are hints, and never more. */
export const damage: Scenario = {
  name: "damage",
  title: "every byte of index and seal flipped, both cut at every byte",
  shortSeconds: 30,
  async run(context) {
    const jobs = context.kinds.flatMap((name) => {
      const reads = newPlace(context, name);
      return harmsOf(context, reads).map((harm) => ({ name, reads, harm }));
    });
    await context.each(jobs, async ({ name, reads, harm }) => {
      const what = `${name}: ${titleOf(harm)}`;
      await context.attempt(what, () => readBeside(context, reads, harm, what));
      const heals = context.long || name === "jsonl" || context.random.next() < SHORT_SHARE;
      if (heals) await context.attempt(what, () => heal(context, name, harm, what));
    });
  },
};

function newPlace(context: Context, name: KindName): Place {
  const place = new Place(context, kindOf(name));
  place.fill("w", RECORDS, 3);
  return place;
}

/** A flip and a cut for every byte of both files. */
function harmsOf({ random }: Context, place: Place): Harm[] {
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);
  const targets: [Harm["what"], number[]][] = [
    ["seal", SLOTS.flatMap((at) => range(at, at + SLOT_BYTES))],
  ];
  if (place.kind.ownIndex !== true) targets.push(["index", range(0, statSync(place.index).size)]);
  return targets.flatMap(([what, places]) =>
    places.flatMap((at) => {
      const mask = random.pick([1 << random.below(8), 0xff]);
      return [
        { what, at, mask },
        { what, at, mask: 0 },
      ];
    }),
  );
}

function titleOf({ what, at, mask }: Harm): string {
  return mask === 0 ? `${what} cut at byte ${at}` : `byte ${at} of the ${what} flipped by ${mask}`;
}

/** Does the harm; answers the bytes from before. */
function inflict(place: Place, { what, at, mask }: Harm): () => void {
  const file = place[what];
  const before = readFileSync(file);
  if (mask === 0) truncateSync(file, at);
  else {
    const bytes = Buffer.from(before);
    bytes[at] = (bytes[at] as number) ^ mask;
    writeFileSync(file, bytes, { flag: "r+" });
  }
  return () => writeFileSync(file, before, { flag: "r+" });
}

/** A reader that may write nothing finds every record, in its place, and changes nothing. */
function readBeside({ verdicts }: Context, place: Place, harm: Harm, what: string): void {
  const restore = inflict(place, harm);
  const harmed = readFileSync(place[harm.what]);
  try {
    verdicts.count(harm.mask === 0 ? "cuts" : "bytes flipped");
    const reader = place.read({ onStaleIndex: "memory" });
    const { lost, torn, doubled, disordered, records, examples } = audit(
      place.kind,
      reader,
      place.acks,
    );
    reader.closeSync();
    const right = records === RECORDS && lost + torn + doubled + disordered === 0;
    verdicts.check(right, `${what}: a reader sees ${records} records; ${examples.join("; ")}`);
    const kept = readFileSync(place[harm.what]).equals(harmed);
    verdicts.check(kept, `${what}: a reader changed the file`);
  } finally {
    restore();
  }
}

/** The next append brings everything in order again. */
function heal(context: Context, name: KindName, harm: Harm, what: string): void {
  const { verdicts } = context;
  const place = newPlace(context, name);
  inflict(place, harm);
  place.fill("w", 1);
  verdicts.count("healed");
  const reader = place.read();
  const { lost, torn, doubled, disordered, records, examples } = audit(
    place.kind,
    reader,
    place.acks,
  );
  const right = records === RECORDS + 1 && lost + torn + doubled + disordered === 0;
  verdicts.check(right, `${what}: after an append ${records} records; ${examples.join("; ")}`);
  // An index with another beginning is somebody else's.
  if (harm.what === "index" && harm.mask !== 0 && harm.at < MAGIC_BYTES) reader.closeSync();
  else {
    const report = reader.verifySync({ level: "full" });
    reader.closeSync();
    verdicts.check(report.ok, () => `${what}: verify says ${report.problems[0]?.message}`);
    checkIndex(place.kind, place.path, verdicts, what);
  }
  place.remove();
}
