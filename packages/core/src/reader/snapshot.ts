import type { FormatHooks } from "../offsets/format-hooks.ts";
import type { IndexState } from "../offsets/idv1.ts";
import type { OffsetPages } from "../offsets/page-cache.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** Everything that one verb works with from its first line to its last; `refresh` makes another one. */
export interface Snapshot<T> {
  readonly format: FormatHooks<T>;
  /** Records. */
  readonly length: number;
  /** Present when offsets are loaded page by page. */
  readonly pages: OffsetPages | undefined;
  /** Whether core found the offsets itself just now: then a record that does not fit is damaged data. */
  readonly own: boolean;
  /** What the index file was when the snapshot was made; `undefined` when there is none by choice. */
  readonly indexState: IndexState | undefined;
  /** Whether bytes after the last whole record were left out. */
  readonly torn: boolean;
  /** Whether a commit was under way, before which another program may have appended records that do not count yet. */
  readonly busy: boolean;
  /** What was opened, below any window on it; closed with the snapshot if it is owned. */
  readonly opened: ByteSource;
}
