import type { ArrayRecordReaderOptions, ArrayRecordWriterOptions } from "@nthrec/arrayrecord";
import type { ReaderOptions, WriterOptions } from "@nthrec/core";
import type { CliFormat } from "./cli-format.ts";

/** The signature of the first chunk of a Riegeli file, without its block header. */
const SIGNATURE = Uint8Array.of(0x83, 0xaf, 0x70, 0xd1, 0x0d, 0x88, 0x4a, 0x3f);

/** Each option that a word or a number can say: a new one asks to be listed. */
const OF_READER: Record<
  Exclude<keyof ArrayRecordReaderOptions, keyof ReaderOptions | "codecs">,
  true
> = {
  cacheBytes: true,
  indexStorageOption: true,
  maxParallelism: true,
  optionString: true,
  readaheadBufferSize: true,
  threads: true,
};
const OF_WRITER: Record<
  Exclude<keyof ArrayRecordWriterOptions, keyof WriterOptions | "codecs">,
  true
> = {
  compression: true,
  finalize: true,
  groupSize: true,
  level: true,
  maxParallelism: true,
  optionString: true,
  padToBlockBoundary: true,
  saturationDelayMs: true,
  threads: true,
  transpose: true,
  transposeBucketSize: true,
  windowLog: true,
};

/** ArrayRecord files. */
export const arrayrecord: CliFormat = {
  name: "arrayrecord",
  summary: "ArrayRecord: compressed chunks of records, mostly tf.train.Example",
  suffixes: [".array_record", ".arrayrecord", ".riegeli"],
  recognise({ head, folder }) {
    return folder === undefined && SIGNATURE.every((byte, i) => head[i] === byte) ? 1 : 0;
  },
  async load() {
    const { ArrayRecordReader, ArrayRecordWriter } = await import("@nthrec/arrayrecord");
    const { exampleRecords } = await import("./example-records.ts");
    return {
      ...exampleRecords,
      Reader: ArrayRecordReader,
      Writer: ArrayRecordWriter,
      optionNames: { reader: Object.keys(OF_READER), writer: Object.keys(OF_WRITER) },
      opensOnly: true,
      facts(reader) {
        if (!(reader instanceof ArrayRecordReader)) return {};
        const { groupSize, chunkCount, writerOptions } = reader;
        return { groupSize, chunks: chunkCount, writerOptions };
      },
    };
  },
};
