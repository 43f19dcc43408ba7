import type { TFRecordReaderOptions } from "@nthrec/tfrecord";
import type { CliFormat } from "./cli-format.ts";

const OPTIONS: readonly (keyof TFRecordReaderOptions)[] = ["checksums", "damage", "inflate"];

/** TFRecord files. */
export const tfrecord: CliFormat = {
  name: "tfrecord",
  summary: "TFRecord: records with lengths and checksums, mostly tf.train.Example",
  suffixes: [".tfrecord", ".tfrecords", ".tfrec"],
  recognise({ head, folder, size }) {
    if (folder !== undefined) return 0;
    const inflated = inflate(head);
    const known =
      inflated === undefined ? startsRecord(head, size) : startsRecord(inflated, undefined);
    return known ? 1 : 0;
  },
  async load() {
    const { TFRecordReader, TFRecordWriter } = await import("@nthrec/tfrecord");
    const { exampleRecords } = await import("./example-records.ts");
    return {
      ...exampleRecords,
      Reader: TFRecordReader,
      Writer: TFRecordWriter,
      optionNames: { reader: OPTIONS, writer: [] },
      prefix: true,
      inflates: true,
      skipsDamage: true,
    };
  },
};

/** Whether a length stands here that fits its checksum, which no chance brings about. */
function startsRecord(head: Uint8Array, size: number | undefined): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (size !== undefined && length + 16 > size) return false;
  return maskedCrc(head.subarray(0, 8)) === view.getUint32(8, true);
}

/** The beginning of what is compressed, as far as it is there. */
function inflate(head: Uint8Array): Uint8Array | undefined {
  const [first = 0, second = 0] = head;
  const gzip = first === 0x1f && second === 0x8b;
  const zlib = first === 0x78 && ((first << 8) | second) % 31 === 0;
  if (!gzip && !zlib) return undefined;
  // Few files are compressed as a whole, and every command asks.
  const { constants, gunzipSync, inflateSync } = process.getBuiltinModule("node:zlib");
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    return (gzip ? gunzipSync : inflateSync)(head.subarray(0, 1024), options);
  } catch {
    return undefined;
  }
}

/** The masked CRC-32C of a length, by the definition: it is needed once a file. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
