import type {
  SafetensorsReaderOptions,
  SafetensorsWriterOptions,
  TensorBlobWriterOptions,
  TensorReaderOptions,
} from "@nthrec/tensorblob";
import type { CliFormat, OptionNames } from "./cli-format.ts";

const NONE: OptionNames = { reader: [], writer: [] };
const ofBlobs = {
  reader: ["maxCachedBlocks"] satisfies (keyof TensorReaderOptions)[],
  writer: ["blockSize"] satisfies (keyof TensorBlobWriterOptions)[],
};
const ofSafetensors = {
  reader: ["tensor"] satisfies (keyof SafetensorsReaderOptions)[],
  writer: ["tensor"] satisfies (keyof SafetensorsWriterOptions)[],
};

/** Folders of tensor blocks. */
export const tensorblob: CliFormat = {
  name: "tensorblob",
  summary: "tensorblob: a folder of tensors of one type and shape",
  suffixes: [".blob"],
  recognise({ folder }) {
    return folder?.includes(".conf") && folder.includes(".stat") ? 1 : 0;
  },
  async load() {
    const { TensorBlobReader, TensorBlobWriter } = await import("@nthrec/tensorblob");
    const { tensorRecords } = await import("./tensor-records.ts");
    return tensorRecords({
      Reader: TensorBlobReader,
      Writer: TensorBlobWriter,
      optionNames: ofBlobs,
    });
  },
};

const NPY_MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** Arrays of NumPy, whose rows are the records. */
export const npy: CliFormat = {
  name: "npy",
  summary: "npy: an array of NumPy, whose rows are the records",
  suffixes: [".npy"],
  recognise({ head, folder }) {
    return folder === undefined && NPY_MAGIC.every((byte, i) => head[i] === byte) ? 1 : 0;
  },
  async load() {
    const { NpyReader, NpyWriter } = await import("@nthrec/tensorblob");
    const { tensorRecords } = await import("./tensor-records.ts");
    return tensorRecords({ Reader: NpyReader, Writer: NpyWriter, optionNames: NONE });
  },
};

/** A tensor of a safetensors file, whose rows are the records. */
export const safetensors: CliFormat = {
  name: "safetensors",
  summary: "safetensors: a tensor of a file of them, whose rows are the records",
  suffixes: [".safetensors"],
  recognise({ head, folder, size }) {
    if (folder !== undefined || head.length < 10) return 0;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const length = Number(view.getBigUint64(0, true));
    const fits = length >= 2 && (size === undefined || 8 + length <= size);
    return fits && head[8] === 0x7b && (head[9] === 0x22 || head[9] === 0x7d) ? 1 : 0;
  },
  async load() {
    const { SafetensorsReader, SafetensorsWriter } = await import("@nthrec/tensorblob");
    const { tensorRecords } = await import("./tensor-records.ts");
    return tensorRecords({
      Reader: SafetensorsReader,
      Writer: SafetensorsWriter,
      optionNames: ofSafetensors,
      facts: (reader) =>
        reader instanceof SafetensorsReader
          ? { tensor: reader.tensor, tensors: [...reader.tensors.keys()].join(" ") }
          : {},
    });
  },
};
