import type { Durability, RecoveryReport } from "../journal/journal-host.ts";
import type { LockKind, StoreEntry } from "../store/byte-store.ts";
import type { AbortOptions } from "../types.ts";

/** How a writer is opened. */
export interface WriterOptions extends AbortOptions {
  /**
   * `"write"` makes a new file, which replaces an old one at the first commit; `"append"` adds to a file, together
   * with any number of other writers, creating it when it is missing. @default "write"
   */
  readonly mode?: "write" | "append" | undefined;
  /** In append mode: keeps every other writer out until this one is closed. @default false */
  readonly exclusive?: boolean | undefined;
  /** Where the offsets go; `"none"` writes no index. @default the data's name and the format's suffix */
  readonly index?: string | URL | StoreEntry | undefined;
  /**
   * What a commit survives: `"process"` any crash of a process, `"disk"` a crash of the machine too,
   * `{ everyMs }` a crash of the machine but for the last so many ms. @default "process"
   */
  readonly durability?: Durability | undefined;
  /** Bytes gathered before they are written early (write and exclusive mode) or committed (shared). @default 1 MiB */
  readonly highWaterMark?: number | undefined;
  /**
   * What keeps the writers of a file apart; all of them must name the same. `"generation"` is made of files and needs
   * nothing. `"kernel"` is a lock of the operating system, which frees it when its holder ends, also in another
   * container; it needs the package `fs-native-extensions`. In a MemoryStore both are the same. @default "generation"
   */
  readonly lock?: LockKind | undefined;
  /** Longest wait for another writer, ms. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
  /** What happens to an end of an existing file that is no record: moved to `<data>.torn`, or an error. @default "quarantine" */
  readonly tornTail?: "quarantine" | "error" | undefined;
  /** Told what was found and mended when the file was not as its last writer should have left it. */
  readonly onRecovery?: ((report: RecoveryReport) => void) | undefined;
}
