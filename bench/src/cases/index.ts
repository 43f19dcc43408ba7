import type { BenchCase } from "../harness/case.ts";
import { append } from "./append.ts";
import { arrayRecordCases } from "./arrayrecord.ts";
import { commandLineCases } from "./command-line.ts";
import { commit, commitBatch, commitDisk } from "./commit.ts";
import { follow } from "./follow.ts";
import { get } from "./get.ts";
import { getMany, getManyNear } from "./get-many.ts";
import { indexBuild } from "./index-build.ts";
import { iterate } from "./iterate.ts";
import { keyCases } from "./keys.ts";
import { msgpackCases } from "./msgpack.ts";
import { memory, open } from "./open.ts";
import { processes } from "./processes.ts";
import { tensorCases } from "./tensors.ts";
import { tfrecordCases } from "./tfrecord.ts";

/** Every case, in the order in which they run. */
export const cases: readonly BenchCase[] = [
  indexBuild,
  get,
  getMany,
  getManyNear,
  iterate,
  append,
  commit,
  commitBatch,
  commitDisk,
  processes,
  follow,
  ...msgpackCases,
  ...keyCases,
  ...tfrecordCases,
  ...tensorCases,
  ...arrayRecordCases,
  open,
  memory,
  ...commandLineCases,
];
