import type { Layout } from "../values/layout.ts";
import type { Stage } from "./change.ts";
import type { LentBytes } from "./lent-bytes.ts";
import type { Course } from "./twofold.ts";

/** How what is written to a blob gets there, which is another way where it is replaced than where others write, too. */
export interface BlobChanges {
  readonly name: string;
  readonly layout: Layout;
  /** Tensors, with those that are not published yet. */
  readonly length: number;
  /** Adds whole tensors behind the last one. */
  append(rows: LentBytes): Course<void>;
  /** Publishes what was appended, then the state that `stage` makes of that. */
  change(stage: Stage): Course<void>;
  /** Publishes what was appended. */
  flush(): Course<void>;
  /** Publishes what was appended, and lets go of the blob. */
  close(): Course<void>;
}
