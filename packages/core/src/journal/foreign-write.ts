import { readU64 } from "../bytes/le.ts";
import { NthrecError } from "../errors.ts";
import { HEADER_BYTES } from "../offsets/idv1.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { Extent } from "./seal.ts";
import { crcOfAll } from "./write-set.ts";

/** Finds a batch whose bytes another program pushed further back: the number of its first record. */
export function findBatch(
  files: JournalFiles,
  from: number,
  committed: Extent,
  chunks: readonly Uint8Array[],
): number | undefined {
  const crc = crcOfAll(chunks);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { data, index } = files;
  if (index === undefined) return undefined;
  for (let record = from; record < committed.records; record++) {
    const start = readU64(
      index.readSync(HEADER_BYTES + record * 8, HEADER_BYTES + record * 8 + 8),
      0,
    );
    if (start + length > committed.size) return undefined;
    if (crcOfAll([data.readSync(start, start + length)]) === crc) return record;
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
