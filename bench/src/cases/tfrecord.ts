import { linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TFRecordReader } from "@nthrec/tfrecord";
import { exampleFile } from "../data/examples.ts";
import { randomIndices } from "../data/random.ts";
import { FrameFile } from "../floors/frame-file.ts";
import { writeOffsets } from "../floors/index-loop.ts";
import type { BenchCase, Context, Goal, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { type RivalJob, type RivalKind, TENSORFLOW, TFD_UTILS } from "../harness/rival.ts";
import { feature } from "./tfrecord-feature.ts";
import { seekCases } from "./tfrecord-seek.ts";

/** A file of one size of record, and what must come out of it. */
interface Kind {
  readonly name: string;
  readonly title: string;
  /** Bytes of the image in each record, and records for a million of `--records`. */
  readonly image: number;
  readonly count: number;
  /** Bytes a second that a scan with all checksums must reach. */
  readonly scan: number;
  readonly reads: number;
  readonly rivalReads: number;
}

const KINDS: readonly Kind[] = [
  {
    name: "small",
    title: "~124 B",
    image: 58,
    count: 2e6,
    scan: 1.2e9,
    reads: 100_000,
    rivalReads: 500,
  },
  {
    name: "medium",
    title: "10 KB",
    image: 10_000,
    count: 1e5,
    scan: 3e9,
    reads: 50_000,
    rivalReads: 300,
  },
  {
    name: "large",
    title: "1 MB",
    image: 1_000_000,
    count: 2e3,
    scan: 5e9,
    reads: 2000,
    rivalReads: 100,
  },
];

function fileOf({ image, count }: Kind, { cache, records }: Context): [string, number] {
  const all = Math.max(100, Math.round((count * records) / 1e6));
  return [exampleFile(cache, all, image), all];
}

/** A rival for one case, its variant, and what ends it. */
function theirs(
  context: Context,
  kind: RivalKind,
  count: number,
  job: RivalJob,
): { readonly variants: Variant[]; close(): void } {
  const rival = context.find(kind);
  if (rival === undefined) return { variants: [], close() {} };
  const round = async (): Promise<number> => ((await rival.seconds(job)) * 1e9) / count;
  return { variants: [{ name: kind.name, role: "rival", round }], close: () => rival.close() };
}

function atLeast(variants: readonly string[], against: string, least: number): Goal[] {
  return variants.map((variant) => ({ variant, against, atLeast: least }));
}

/** Head walk with head checksums, index written. */
function build(kind: Kind): BenchCase {
  return {
    name: `tfrecord-build-${kind.name}`,
    title: `TFRecord, ${kind.title}: build and publish an index`,
    unit: "ns/record",
    async prepare(context) {
      const [file, count] = fileOf(kind, context);
      const path = join(context.scratch, "data.tfrecord");
      linkSync(file, path);
      const bare = new FrameFile(path);
      const floor = (): void => {
        const words = bare.offsets(count, kind.image > 16_000);
        writeOffsets(join(context.scratch, "floor.idx"), words, count);
      };
      const open = (): void => TFRecordReader.openSync(path).closeSync();
      const ours = (): number => {
        rmSync(`${path}.idv1`, { force: true });
        return nsPerRecord(count, open);
      };
      const rival = theirs(context, TFD_UTILS, count, { job: "build", path });
      return {
        variants: [
          { name: "bare loop", role: "floor", round: () => nsPerRecord(count, floor) },
          { name: "openSync", role: "ours", round: ours },
          ...rival.variants,
        ],
        goals: [
          ...atLeast(["openSync"], "bare loop", 0.6),
          ...atLeast(["openSync"], "tfd-utils", 20),
        ],
        close() {
          bare.close();
          rival.close();
        },
      };
    },
  };
}

/** Every checksum of a file, in one thread. */
function check(kind: Kind): BenchCase {
  return {
    name: `tfrecord-check-${kind.name}`,
    title: `TFRecord, ${kind.title}: every checksum, in order`,
    unit: "ns/record",
    async prepare(context) {
      const [path, count] = fileOf(kind, context);
      const options = { checksums: "payload", index: "memory" } as const;
      const scan = (): void => TFRecordReader.openSync(path, options).closeSync();
      const bare = new FrameFile(path);
      const bytes = bare.size / count;
      const floor = (): number => nsPerRecord(count, () => bare.check());
      const rival = theirs(context, TENSORFLOW, count, { job: "iterate", path, records: count });
      return {
        variants: [
          { name: "readSync + CRC of all", role: "floor", round: floor },
          { name: "openSync", role: "ours", round: () => nsPerRecord(count, scan) },
          ...rival.variants,
        ],
        goals: [
          { variant: "openSync", atMost: Math.round((bytes / kind.scan) * 1e9) },
          ...(kind.name === "small" ? [] : atLeast(["openSync"], "TensorFlow", 3)),
        ],
        notes: () => [`${Math.round(bytes)} bytes a record`],
        bytes,
        close() {
          bare.close();
          rival.close();
        },
      };
    },
  };
}

/** Random records with payload checksums. */
function get(kind: Kind): BenchCase {
  return {
    name: `tfrecord-get-${kind.name}`,
    title: `TFRecord, ${kind.title}: random records with their checksums`,
    unit: "ns/record",
    async prepare(context) {
      const [path, count] = fileOf(kind, context);
      const indices = randomIndices(kind.reads, count, 7);
      const reader = await TFRecordReader.open(path, { offsets: "resident", index: "memory" });
      const places = indices.map((i) => reader.locateSync(i));
      const bare = new FrameFile(path);
      const few = places.slice(0, kind.rivalReads).map(({ start }) => start);
      const rival = theirs(context, TENSORFLOW, few.length, { job: "get", path, offsets: few });
      const floor = (): void => {
        for (const { start, end } of places) bare.read(start, end - start);
      };
      const sync = (): void => {
        for (const index of indices) reader.getSync(index);
      };
      const awaited = async (): Promise<void> => {
        for (const index of indices) await reader.get(index);
      };
      return {
        variants: [
          { name: "readSync + CRC", role: "floor", round: () => nsPerRecord(kind.reads, floor) },
          { name: "getSync", role: "ours", round: () => nsPerRecord(kind.reads, sync) },
          { name: "await get", role: "ours", round: () => nsPerRecordAsync(kind.reads, awaited) },
          ...rival.variants,
        ],
        goals: [
          ...atLeast(["getSync"], "readSync + CRC", 0.7),
          // A record of 1 MB costs its bytes, which TensorFlow reads as well.
          ...(kind.name === "large" ? [] : atLeast(["getSync", "await get"], "TensorFlow", 50)),
        ],
        async close() {
          bare.close();
          rival.close();
          await reader.close();
        },
      };
    },
  };
}

/** The cases of TFRecord files. */
export const tfrecordCases: readonly BenchCase[] = [
  ...KINDS.flatMap((kind) => [build(kind), check(kind), get(kind)]),
  feature,
  ...seekCases,
];
