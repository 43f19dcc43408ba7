// Every speed and size that was promised before the code was written, and the case that measures it.
import { ARRAY_RECORD, NUMPY, TENSORBLOB, TENSORFLOW, TFD_UTILS } from "./harness/rival.ts";

/** What must come out of the variants of a case. */
export type Promised = PromisedLine & (PromisedSpeed | PromisedMost | PromisedScan | Reported);

interface PromisedLine {
  readonly package: string;
  readonly case: string;
  readonly variant: string;
}

/** At least so many times as fast as another variant. */
interface PromisedSpeed {
  readonly against: string;
  readonly atLeast: number;
  /** What counts where the other variant was not there. */
  readonly otherwise?: string;
}

/** At most so much, in the unit of the case. */
interface PromisedMost {
  readonly atMost: number;
}

/** At least so many gigabytes a second; the case says how many bytes a record has. */
interface PromisedScan {
  readonly gigabytes: number;
}

/** Only a figure was promised. */
interface Reported {
  readonly reported: true;
}

type Goal = PromisedSpeed | PromisedMost | PromisedScan | Reported;

/** The same promise for some variants of a case. */
function line(
  to: string,
  benchCase: string,
  variants: string | readonly string[],
  ...goals: readonly Goal[]
): Promised[] {
  return [variants]
    .flat()
    .flatMap((variant) =>
      goals.map((goal) => ({ package: to, case: benchCase, variant, ...goal })),
    );
}

function faster(against: string, atLeast: number): PromisedSpeed {
  return { against, atLeast };
}

const reported: Reported = { reported: true };
const megstore = (atLeast: number): PromisedSpeed => faster("megstore", atLeast);

const jsonl: readonly Promised[] = [
  ...line("jsonl", "index-build", ["openSync", "open"], faster("indexOf loop", 0.6), megstore(50)),
  ...line("jsonl", "get", "getSync", faster("readSync + parse", 0.8)),
  ...line("jsonl", "get", "await get", megstore(3)),
  ...line("jsonl", "get-many", ["getManySync", "await getMany"], faster("getSync loop", 0.95)),
  ...line("jsonl", "get-many-near", ["getManySync", "await getMany"], faster("getSync loop", 1.8)),
  ...line("jsonl", "iterate", ["for of", "for await of"], faster("read and parse", 0.8)),
  ...line("jsonl", "append", ["await append", "appendSync"], megstore(1)),
  ...line("jsonl", "append", ["await append, exclusive", "append, shared"], megstore(1)),
  ...line("jsonl", "open", ["no seal, paged", "seal, paged"], { atMost: 20 }),
  // 8 bytes, and half a percent for the table's own objects.
  ...line("jsonl", "memory", "resident", { atMost: 8.04 }),
];

const core: readonly Promised[] = [
  ...line("core", "commit", ["Sync", "await"], faster("the same system calls", 0.8)),
  ...line("core", "commit-batch", ["Sync", "await"], reported),
  ...line("core", "commit-disk", ["Sync", "await"], faster("the same system calls", 0.8)),
  ...line("core", "processes", "4 processes", faster("one process", 0.5)),
  ...line("core", "follow", ["follow delivers, median", "the same, worst"], reported),
];

const tfrecord: readonly Promised[] = ["small", "medium", "large"].flatMap((kind) => {
  const scan = { small: 1.2, medium: 3, large: 5 }[kind] as number;
  return [
    ...line(
      "tfrecord",
      `tfrecord-build-${kind}`,
      "openSync",
      faster("bare loop", 0.6),
      faster(TFD_UTILS.name, 20),
    ),
    ...line("tfrecord", `tfrecord-check-${kind}`, "openSync", { gigabytes: scan }),
    ...(kind === "small"
      ? []
      : line("tfrecord", `tfrecord-check-${kind}`, "openSync", faster(TENSORFLOW.name, 3))),
    ...line("tfrecord", `tfrecord-get-${kind}`, "getSync", faster("readSync + CRC", 0.7)),
    ...line(
      "tfrecord",
      `tfrecord-get-${kind}`,
      ["getSync", "await get"],
      faster(TENSORFLOW.name, 50),
    ),
  ];
});

const keys: readonly Promised[] = [
  ...line("tfrecord", "keys-get", "getRecordSync", faster(TFD_UTILS.name, 3)),
  ...line("tfrecord", "keys-build", "rebuildSync", faster(TFD_UTILS.name, 10)),
  ...line("tfrecord", "keys-memory", "resident", { atMost: 24 }),
  ...line("tfrecord", "keys-memory", "on disk, beyond the key", { atMost: 16 }),
  ...["few", "many", "small"].flatMap((count) =>
    line("tfrecord", `tfrecord-seek-${count}`, ["getSync", "readTFRecords, up to it"], reported),
  ),
  ...line("tfrecord", "tfrecord-feature", "decodeExample", faster("protobufjs", 2.5)),
];

/** Of each layout that `group` and `codec` name. */
const arrayRecord = (codec: string, group: number): Promised[] => {
  const original = (atLeast: number): PromisedSpeed => faster(ARRAY_RECORD.name, atLeast);
  const of = (verb: string, variants: string | readonly string[], goal: Goal): Promised[] =>
    line("arrayrecord", `arrayrecord-${verb}-${codec}-${group}`, variants, goal);
  const zstd = group === 1 ? 0.4 : 0.55;
  const write = { none: original(1), snappy: original(1), zstd: original(zstd) }[codec];
  return [
    ...of("get", ["getSync", "await get"], group === 1 ? original(10) : reported),
    ...of("batch", ["getManySync", "await getMany"], original(1)),
    ...of("iterate", ["for of", "for await"], original(1)),
    ...of("write", ["extendSync", "await append"], write ?? reported),
    ...(codec === "zstd"
      ? line("arrayrecord", `arrayrecord-newest-write-zstd-${group}`, "extendSync", original(1))
      : []),
    // Bytes: within 2 % of the original's.
    ...(codec === "none" ? [] : of("size", "file", original(0.98))),
  ];
};

const arrayRecords: readonly Promised[] = [
  ...["zstd", "brotli", "snappy", "none"].flatMap((codec) => [
    ...arrayRecord(codec, 1),
    ...arrayRecord(codec, 256),
  ]),
  ...line("arrayrecord", "arrayrecord-hash-1k", "putHash", { gigabytes: 2.5 }),
  ...line("arrayrecord", "arrayrecord-hash-64k", "putHash", { gigabytes: 5 }),
  ...line("arrayrecord", "arrayrecord-open", "openSync", reported),
  ...line("arrayrecord", "arrayrecord-memory", "open", reported),
  ...["uncompressed", "zstd"].flatMap((codec) => [
    ...line("arrayrecord", `arrayrecord-transposed-decode-${codec}`, "for of", reported),
    ...line("arrayrecord", `arrayrecord-transposed-encode-${codec}`, "extendSync", reported),
  ]),
  ...["zstd", "brotli", "snappy", "uncompressed"].flatMap((codec) =>
    line(
      "arrayrecord",
      `arrayrecord-size-transposed-${codec}`,
      "file",
      faster(ARRAY_RECORD.name, 0.98),
    ),
  ),
];

const msgpack: readonly Promised[] = [
  ...line("msgpack", "msgpack-build", "openSync", faster("skip loop", 0.5), megstore(10)),
  ...line("msgpack", "msgpack-get", ["getSync", "await get"], megstore(4)),
  ...line("msgpack", "msgpack-append", ["appendSync", "appendSync, exclusive"], megstore(1)),
  ...line("msgpack", "msgpack-append", "extendSync, shared", megstore(1)),
  ...line("msgpack", "msgpack-iterate", ["for of", "for await of"], megstore(1)),
];

/** The original, which brings PyTorch with it; where nobody asked for it, a memory map. */
const original = (atLeast: number): PromisedSpeed => ({
  ...faster(TENSORBLOB.name, atLeast),
  otherwise: NUMPY.name,
});

const tensors: readonly Promised[] = [
  ...line("tensorblob", "tensor-row", "ours, now", original(5)),
  ...line("tensorblob", "tensor-batch", "ours, now", original(1)),
  ...line("tensorblob", "tensor-sequential", "ours, now", original(3)),
  ...line("tensorblob", "tensor-write", "ours, now", original(2)),
  ...line("tensorblob", "tensor-open-2000", "ours, now", { atMost: 5 }),
  ...line("tensorblob", "tensor-open-20000", "ours, now", { atMost: 5 }),
  ...line("tensorblob", "tensor-memory", "ours, now", { atMost: 4096 }),
];

const cli: readonly Promised[] = [
  ...line("cli", "cli-start", ["get", "count", "info"], { atMost: 60 }),
  ...line("cli", "cli-memory", ["get", "count", "info"], { atMost: 80 }),
  ...line("cli", "cli-head", "head", { atMost: 1000 }),
  ...line("cli", "cli-shuffle", "shuffle", { atMost: 300 }),
];

/** All of them, package by package. */
export const promises: readonly Promised[] = [
  ...core,
  ...jsonl,
  ...msgpack,
  ...tfrecord,
  ...keys,
  ...arrayRecords,
  ...tensors,
  ...cli,
];
