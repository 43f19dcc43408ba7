import type { BenchCase } from "../harness/case.ts";
import { LAYOUTS } from "./arrayrecord-layouts.ts";
import { newestWrite } from "./arrayrecord-newest.ts";
import { arrayRecordParts } from "./arrayrecord-parts.ts";
import { batch, get, iterate } from "./arrayrecord-read.ts";
import { threadCases } from "./arrayrecord-threads.ts";
import { size, write } from "./arrayrecord-write.ts";

/** The cases of ArrayRecord files. */
export const arrayRecordCases: readonly BenchCase[] = [
  ...LAYOUTS.map(get),
  ...LAYOUTS.flatMap((layout) => [batch(layout), iterate(layout), write(layout)]),
  ...LAYOUTS.filter(({ codec }) => codec !== "none").map(size),
  ...LAYOUTS.filter(({ codec }) => codec === "zstd").map(newestWrite),
  ...threadCases,
  ...arrayRecordParts,
];
