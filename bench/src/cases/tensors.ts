import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Tensor, TensorBlob, TensorBlobReader } from "@nthrec/tensorblob";
import { randomIndices } from "../data/random.ts";
import type { BenchCase, Context, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { NUMPY, type Rival, type RivalJob, type RivalKind, TENSORBLOB } from "../harness/rival.ts";

const ROWS = 200_000;
const WIDTH = 768;
const ROW_BYTES = WIDTH * 4;
const STEP = 4096;
const BATCH = 512;
const READS = 20_000;
const WRITES = 20_000;
const WRITE_STEP = 1000;

/** The rows as a blob and as one plain file, for floors and the rival. Made once. */
function files({ cache }: Context): { readonly blob: string; readonly plain: string } {
  const plain = join(cache, `rows-${ROWS}x${WIDTH}.f32`);
  const blob = join(cache, `rows-${ROWS}x${WIDTH}.blob`);
  if (existsSync(`${blob}.complete`)) return { blob, plain };
  const file = openSync(plain, "w");
  using made = TensorBlob.openSync(blob, "w", { dtype: "float32", shape: WIDTH });
  const rows = new Float32Array(WRITE_STEP * WIDTH);
  for (let at = 0; at < ROWS; at += WRITE_STEP) {
    for (let i = 0; i < rows.length; i++) rows[i] = at + i / WIDTH;
    writeSync(file, rows);
    made.writeSync(rows);
  }
  made.closeSync();
  closeSync(file);
  closeSync(openSync(`${blob}.complete`, "w"));
  return { blob, plain };
}

interface Theirs {
  readonly variants: readonly Variant[];
  close(): void;
}

/** A job in NumPy's memory maps and in the original, which work on files of their own. */
function theirs(
  context: Context,
  count: number,
  job: Omit<RivalJob, "path">,
  { plain, blob }: { readonly plain?: string; readonly blob: string },
): Theirs {
  const variants: Variant[] = [];
  const rivals: Rival[] = [];
  const add = (kind: RivalKind, path: string): void => {
    const rival = context.find(kind);
    if (rival === undefined) return;
    rivals.push(rival);
    const round = async (): Promise<number> =>
      ((await rival.seconds({ ...job, path })) * 1e9) / count;
    variants.push({ name: kind.name, role: "rival", round });
  };
  if (plain !== undefined) add(NUMPY, plain);
  add(TENSORBLOB, blob);
  return {
    variants,
    close() {
      for (const rival of rivals) rival.close();
    },
  };
}

interface Reads {
  readonly blob: TensorBlobReader;
  readonly file: number;
  readonly indices: readonly number[];
}

/** What a case that reads is about. */
interface Reading {
  readonly name: string;
  readonly title: string;
  /** Rows that one round reads. */
  readonly count: number;
  /** How many times as fast as the original ours is meant to be. */
  readonly least: number;
  readonly job: RivalJob["job"];
}

/** A case that reads; its variants share a reader and a plain file. */
function reading(
  { name, title, count, least, job }: Reading,
  variants: (reads: Reads) => Variant[],
): BenchCase {
  return {
    name,
    title,
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const { blob: path, plain } = files(context);
      const indices = [...randomIndices(READS, ROWS, 7)].slice(0, READS - (READS % BATCH));
      const blob = TensorBlobReader.openSync(path);
      const file = openSync(plain, "r");
      const rival = theirs(context, count, { job, indices }, { plain, blob: path });
      return {
        variants: [...variants({ blob, file, indices }), ...rival.variants],
        goals: [{ variant: "ours, now", against: TENSORBLOB.name, atLeast: least }],
        close() {
          rival.close();
          blob.closeSync();
          closeSync(file);
        },
      };
    },
  };
}

const COUNT = READS - (READS % BATCH);

const row = reading(
  { name: "tensor-row", title: "Tensors: random rows", count: COUNT, least: 5, job: "get" },
  (reads) => {
    const { blob, file, indices } = reads;
    const each = (read: (index: number) => unknown) => (): void => {
      for (const index of indices) read(index);
    };
    const floor = (index: number): void => {
      readSync(file, new Float32Array(WIDTH), 0, ROW_BYTES, index * ROW_BYTES);
    };
    const soon = async (): Promise<void> => {
      for (const index of indices) await blob.get(index);
    };
    return [
      { name: "readSync", role: "floor", round: () => nsPerRecord(COUNT, each(floor)) },
      {
        name: "ours, now",
        role: "ours",
        round: () =>
          nsPerRecord(
            COUNT,
            each((i) => blob.getSync(i)),
          ),
      },
      { name: "ours, await", role: "ours", round: () => nsPerRecordAsync(COUNT, soon) },
    ];
  },
);

const batch = reading(
  { name: "tensor-batch", title: "Tensors: batches of 512", count: COUNT, least: 1, job: "batch" },
  (reads) => {
    const { blob, file, indices } = reads;
    const target = Tensor.zeros("float32", [BATCH, WIDTH]);
    const batches: number[][] = [];
    for (let at = 0; at < COUNT; at += BATCH) batches.push(indices.slice(at, at + BATCH));
    const floor = (): void => {
      for (const list of batches) {
        list.forEach((index, i) => {
          readSync(file, target.bytes, i * ROW_BYTES, ROW_BYTES, index * ROW_BYTES);
        });
      }
    };
    const now = (): void => {
      for (const list of batches) blob.gatherSync(list, { into: target });
    };
    const soon = async (): Promise<void> => {
      for (const list of batches) await blob.gather(list, { into: target });
    };
    return [
      { name: "readSync", role: "floor", round: () => nsPerRecord(COUNT, floor) },
      { name: "ours, now", role: "ours", round: () => nsPerRecord(COUNT, now) },
      { name: "ours, await", role: "ours", round: () => nsPerRecordAsync(COUNT, soon) },
    ];
  },
);

const sequential = reading(
  { name: "tensor-sequential", title: "Tensors: in order", count: ROWS, least: 3, job: "iterate" },
  (reads) => {
    const { blob, file } = reads;
    const target = Tensor.zeros("float32", [STEP, WIDTH]);
    const floor = (): void => {
      for (let at = 0; at < ROWS; at += STEP) {
        const rows = Math.min(STEP, ROWS - at);
        readSync(file, target.bytes, 0, rows * ROW_BYTES, at * ROW_BYTES);
      }
    };
    const now = (): void => {
      for (let at = 0; at < ROWS; at += STEP) {
        blob.readRangeSync(at, Math.min(ROWS, at + STEP), { into: target });
      }
    };
    return [
      { name: "readSync", role: "floor", round: () => nsPerRecord(ROWS, floor) },
      { name: "ours, now", role: "ours", round: () => nsPerRecord(ROWS, now) },
    ];
  },
);

const write: BenchCase = {
  name: "tensor-write",
  title: "Tensors: write 1,000 rows at a time",
  unit: "ns/record",
  async prepare(context): Promise<Prepared> {
    const rows = new Float32Array(WRITE_STEP * WIDTH).fill(1);
    const [plain, blob] = [join(context.scratch, "plain"), join(context.scratch, "blob")];
    const floor = (): void => {
      const file = openSync(plain, "w");
      ftruncateSync(file, 0);
      for (let at = 0; at < WRITES; at += WRITE_STEP) writeSync(file, rows);
      closeSync(file);
    };
    const now = (): void => {
      using made = TensorBlob.openSync(blob, "w", { dtype: "float32", shape: WIDTH });
      for (let at = 0; at < WRITES; at += WRITE_STEP) made.writeSync(rows);
    };
    const fresh = (job: () => void) => (): number => {
      rmSync(plain, { force: true });
      TensorBlob.unlinkSync(blob);
      return nsPerRecord(WRITES, job);
    };
    const places = {
      plain: join(context.scratch, "theirs"),
      blob: join(context.scratch, "theirs.blob"),
    };
    const rival = theirs(context, WRITES, { job: "append", records: WRITES }, places);
    return {
      variants: [
        { name: "writeSync", role: "floor", round: fresh(floor) },
        { name: "ours, now", role: "ours", round: fresh(now) },
        ...rival.variants,
      ],
      goals: [{ variant: "ours, now", against: TENSORBLOB.name, atLeast: 2 }],
      close: () => rival.close(),
    };
  },
};

/** A blob of so many blocks, made for one case. */
function blocks(scratch: string, count: number, width: number): string {
  const path = join(scratch, `blocks-${count}`);
  using made = TensorBlob.openSync(path, "w", { dtype: "float32", shape: width, blockSize: 8 });
  const rows = new Float32Array(1000 * width);
  for (let at = 0; at < count * 8; at += 1000) made.writeSync(rows);
  return path;
}

function opening(count: number): BenchCase {
  return {
    name: `tensor-open-${count}`,
    title: `Tensors: open a blob of ${count.toLocaleString("en")} blocks and read one row`,
    unit: "ms",
    async prepare(context): Promise<Prepared> {
      const path = blocks(context.scratch, count, 16);
      const index = count * 5;
      const open = (): void => {
        using blob = TensorBlobReader.openSync(path);
        blob.getSync(index);
      };
      const job = { job: "build", indices: [index] } as const;
      const rival = theirs(context, 1e6, job, { blob: path });
      return {
        variants: [
          { name: "ours, now", role: "ours", round: () => nsPerRecord(1, open) / 1e6 },
          ...rival.variants,
        ],
        goals: [{ variant: "ours, now", atMost: 5 }],
        close: () => rival.close(),
      };
    },
  };
}

const MANY = 2000;

const memory: BenchCase = {
  name: "tensor-memory",
  title: "Tensors: resident memory that reading 2,000 blocks of 64 KiB takes, per block",
  unit: "B/record",
  async prepare({ scratch }): Promise<Prepared> {
    const blob = TensorBlobReader.openSync(blocks(scratch, MANY, 2048));
    const into = Tensor.zeros("float32", [8, 2048]);
    const pass = (): void => {
      for (let at = 0; at < blob.length; at += 8) blob.readRangeSync(at, at + 8, { into });
    };
    const round = (): number => {
      globalThis.gc?.();
      const before = process.memoryUsage.rss();
      pass();
      return Math.max(1, process.memoryUsage.rss() - before) / MANY;
    };
    // What the code itself takes is not memory of blocks.
    pass();
    return {
      variants: [{ name: "ours, now", role: "ours", round }],
      goals: [{ variant: "ours, now", atMost: 4096 }],
      close: () => blob.closeSync(),
    };
  },
};

/** Blobs of tensors beside NumPy's memory maps and, where it is asked for, the original. */
export const tensorCases: readonly BenchCase[] = [
  row,
  batch,
  sequential,
  write,
  opening(2000),
  opening(20_000),
  memory,
];
