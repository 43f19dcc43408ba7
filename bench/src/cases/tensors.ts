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
import { NUMPY, Rival, type RivalJob } from "../harness/rival.ts";

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

function theirs(
  context: Context,
  count: number,
  job: RivalJob,
): { variants: Variant[]; close(): void } {
  const rival = context.rival && Rival.find(NUMPY);
  if (rival === undefined) return { variants: [], close() {} };
  const round = async (): Promise<number> => ((await rival.seconds(job)) * 1e9) / count;
  return { variants: [{ name: NUMPY.name, role: "rival", round }], close: () => rival.close() };
}

interface Reads {
  readonly blob: TensorBlobReader;
  readonly file: number;
  readonly indices: readonly number[];
}

/** A case that reads; its variants share a reader and a plain file. */
function reading(
  name: string,
  title: string,
  count: number,
  least: number,
  job: RivalJob["job"],
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
      const rival = theirs(context, count, { job, path: plain, indices });
      return {
        variants: [...variants({ blob, file, indices }), ...rival.variants],
        goals: [{ variant: "ours, now", against: NUMPY.name, atLeast: least }],
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

const row = reading("tensor-row", "Tensors: random rows", COUNT, 1, "get", (reads) => {
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
});

const batch = reading("tensor-batch", "Tensors: batches of 512", COUNT, 1, "batch", (reads) => {
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
});

const sequential = reading(
  "tensor-sequential",
  "Tensors: in order",
  ROWS,
  1,
  "iterate",
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
    const rival = theirs(context, WRITES, {
      job: "append",
      path: join(context.scratch, "theirs"),
      records: WRITES,
    });
    return {
      variants: [
        { name: "writeSync", role: "floor", round: fresh(floor) },
        { name: "ours, now", role: "ours", round: fresh(now) },
        ...rival.variants,
      ],
      goals: [],
      close: () => rival.close(),
    };
  },
};

const opening: BenchCase = {
  name: "tensor-open",
  title: "Tensors: open a blob of 2,000 blocks and read one row",
  unit: "ms",
  async prepare({ scratch }): Promise<Prepared> {
    const path = join(scratch, "many");
    {
      using made = TensorBlob.openSync(path, "w", { dtype: "float32", shape: 16, blockSize: 8 });
      made.writeSync(new Float32Array(2000 * 8 * 16));
    }
    const open = (): void => {
      using blob = TensorBlobReader.openSync(path);
      blob.getSync(9999);
    };
    return {
      variants: [{ name: "ours, now", role: "ours", round: () => nsPerRecord(1, open) / 1e6 }],
      goals: [{ variant: "ours, now", atMost: 5 }],
      close() {},
    };
  },
};

/** Blobs of tensors beside NumPy's memory maps. */
export const tensorCases: readonly BenchCase[] = [row, batch, sequential, write, opening];
