import type { MsgpackReaderOptions } from "@nthrec/msgpack";
import type { CliFormat } from "./cli-format.ts";

const OPTIONS: readonly (keyof MsgpackReaderOptions)[] = [
  "bigints",
  "errors",
  "maps",
  "numpy",
  "timestamps",
];

/** MessagePack array files. */
export const msgpack: CliFormat = {
  name: "msgpack",
  summary: "MessagePack: one array of values",
  suffixes: [".msgpack", ".mpk", ".msg"],
  recognise({ head, folder, size }) {
    if (folder !== undefined || head.length < 5 || head[0] !== 0xdd) return 0;
    const count = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(1);
    // A count that cannot be true is damage, where the name says what it is.
    return size === undefined || count <= size - 5 ? 0.9 : 0.1;
  },
  async load() {
    const { MsgpackReader, MsgpackWriter } = await import("@nthrec/msgpack");
    const { msgpackFromJson, msgpackToJson } = await import("./msgpack-json.ts");
    const { tensorAt, tensorForMsgpack } = await import("./msgpack-tensors.ts");
    return {
      Reader: MsgpackReader,
      Writer: MsgpackWriter,
      // Nothing is rounded: neither integers nor points in time.
      readerOptions: { bigints: "bigint", timestamps: "exact" },
      optionNames: { reader: OPTIONS, writer: [] },
      toJson: msgpackToJson,
      fromJson: msgpackFromJson,
      tensorAt,
      fromTensor: tensorForMsgpack,
    };
  },
};
