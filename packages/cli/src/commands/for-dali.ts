import type { Add } from "../command-line.ts";

/** Adds the commands for the index that NVIDIA DALI reads. */
export function forDali(add: Add): void {
  const make = "make the index, as tfrecord2idx does";
  add("make", make, async () => (await import("./dali.ts")).makeDaliIndex)
    .argument("<path>", "a TFRecord file")
    .argument("[index]", "where it goes, and whatever is there is replaced; default: <path>.idx");
  const check = "whether every line names a record of the file: exit code 4 if not";
  add("check", check, async () => (await import("./dali.ts")).checkDaliIndex)
    .argument("<path>", "a TFRecord file")
    .argument("[index]", "default: <path>.idx");
}
