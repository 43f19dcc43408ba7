import { permutation } from "@nthrec/core/order";
import { TensorDB } from "@nthrec/tensorblob";

/** Numbers that describe a row. */
export const FEATURES = 8;

/** Writes rows of two classes, which a line through their features separates. */
export async function writeDataset(path: string, rows: number): Promise<void> {
  await using db = await TensorDB.open(path, "w", {
    schema: { features: ["float32", FEATURES], label: ["float32", []] },
  });
  const noise = permutation(1 << 16, 3); // numbers without a pattern, the same in every run
  const features = Float32Array.from(
    { length: rows * FEATURES },
    (_, i) => noise.get(i % noise.length) / 32768 - 1,
  );
  const label = Float32Array.from({ length: rows }, (_, row) => {
    const at = row * FEATURES;
    return (features[at] as number) > (features[at + 1] as number) ? 1 : 0;
  });
  await db.write({ features, label });
}
