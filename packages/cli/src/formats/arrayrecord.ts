import type { ArrayRecordReaderOptions, ArrayRecordWriterOptions } from "@nthrec/arrayrecord";
import type { CliFormat } from "./cli-format.ts";

/** The signature of the first chunk of a Riegeli file, without its block header. */
const SIGNATURE = Uint8Array.of(0x83, 0xaf, 0x70, 0xd1, 0x0d, 0x88, 0x4a, 0x3f);

const OPTIONS = {
  reader: ["cacheBytes", "optionString", "threads"] satisfies (keyof ArrayRecordReaderOptions)[],
  writer: [
    "compression",
    "finalize",
    "groupSize",
    "level",
    "optionString",
    "padToBlockBoundary",
    "threads",
    "transpose",
    "transposeBucketSize",
    "windowLog",
  ] satisfies (keyof ArrayRecordWriterOptions)[],
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
      optionNames: OPTIONS,
      opensOnly: true,
      facts(reader) {
        if (!(reader instanceof ArrayRecordReader)) return {};
        const { groupSize, chunkCount, writerOptions } = reader;
        return { groupSize, chunks: chunkCount, writerOptions };
      },
    };
  },
};
