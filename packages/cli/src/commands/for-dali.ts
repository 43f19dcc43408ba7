import type { Add } from "../command-line.ts";

/** Adds the commands for the index that NVIDIA DALI reads. */
export function forDali(add: Add): void {
  const place = "where it goes, and whatever is there is replaced; default: <path>.idx";
  add("make", {
    summary: "make the index, as tfrecord2idx does",
    load: async () => (await import("./dali.ts")).makeDaliIndex,
    declare: (command) => command.argument("<path>", "a TFRecord file").argument("[index]", place),
  });
  add("check", {
    summary: "whether every line names a record of the file: exit code 4 if not",
    load: async () => (await import("./dali.ts")).checkDaliIndex,
    declare: (command) =>
      command.argument("<path>", "a TFRecord file").argument("[index]", "default: <path>.idx"),
  });
}
