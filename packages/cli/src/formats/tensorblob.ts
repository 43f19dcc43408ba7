import type { Tensor, TensorBlobReader } from "@nthrec/tensorblob";
import type { CliFormat } from "./cli-format.ts";

/** Folders of tensor blocks. They are read; what a new one holds would have to be said (type, shape). */
export const tensorblob: CliFormat = {
  name: "tensorblob",
  summary: "tensorblob: a folder of tensors of one type and shape",
  suffixes: [".blob"],
  recognise({ folder }) {
    return folder?.includes(".conf") && folder.includes(".stat") ? 1 : 0;
  },
  async load() {
    const { TensorBlobReader } = await import("@nthrec/tensorblob");
    return {
      Reader: TensorBlobReader,
      toJson: (record) => nested(record as Tensor),
      fromJson(value) {
        return value;
      },
      toBytes: (record) => (record as Tensor).bytes,
      facts(reader) {
        const { layout } = reader as TensorBlobReader;
        return { dtype: layout.dtypeName, shape: layout.shape };
      },
    };
  },
};

/** The values in arrays, as deep as the tensor has dimensions; a single number for one without. */
function nested(tensor: Tensor): unknown {
  const { dtype, shape } = tensor;
  const words = dtype.startsWith("complex") ? [2] : [];
  const sizes = [...shape, ...words];
  let level: unknown[] = tensor.values();
  for (const size of sizes.slice(1).reverse()) {
    const inner = level;
    level = Array.from({ length: inner.length / size }, (_, row) =>
      inner.slice(row * size, (row + 1) * size),
    );
  }
  return sizes.length === 0 ? level[0] : level;
}
