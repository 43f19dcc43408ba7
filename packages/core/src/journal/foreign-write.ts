import { NthrecError } from "../errors.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { FoundRecords } from "./recover.ts";
import { crcOfAll } from "./write-set.ts";

/**
 * Finds a batch whose bytes another program pushed further back: the number of its first record.
 *
 * @param found What the recovery found; the index is not asked, for the other program may be busy with it, too.
 * @param first The number that the batch would have had.
 */
export function findBatch(
  { data }: JournalFiles,
  { table, from, end }: FoundRecords,
  first: number,
  chunks: readonly Uint8Array[],
): number | undefined {
  const crc = crcOfAll(chunks);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  for (let at = Math.max(0, first - from); at < table.length; at++) {
    const start = table.at(at);
    if (start + length > end) return undefined;
    if (crcOfAll([data.readSync(start, start + length)]) === crc) return from + at;
  }
  return undefined;
}

/** Another program wrote to the data between our look and our write. */
export class ForeignWriteError extends NthrecError {
  constructor(name: string, bytes: number) {
    super(
      "NTH_SOURCE_CHANGED",
      `another program changed ${name} by ${bytes} bytes in the middle of a commit`,
      { source: name },
    );
  }
}
