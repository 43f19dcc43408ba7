import { ByteCursor } from "../bytes/byte-cursor.ts";
import type { ChunkCounts, ChunkRecords } from "../chunk/chunk-records.ts";
import { readBlock } from "../chunk/compressed-block.ts";
import type { Codecs } from "../codecs/codec.ts";
import { compressionOf } from "../codecs/compression-code.ts";
import { replayInWasm } from "../replay/replay-in-wasm.ts";
import { readColumns } from "./columns.ts";
import { Replay } from "./replay.ts";
import { StateTable } from "./state-table.ts";

/**
 * Most bytes that a header or the transitions can need for each byte and record of a chunk. Every byte and every record is at most one
 * visit of a state, a visit is reached through a few more, and each has some bytes in the header.
 */
const MOST_PER_VISIT = 256;
/** Longest size of a record in the last buffer. */
const MOST_LENGTH_BYTES = 10;

/**
 * The records of a transposed chunk (formats/arrayrecord.md 3.5).
 *
 * @param lend Whether they may be in memory that the next chunk overwrites.
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function decodeTransposed(
  counts: ChunkCounts,
  data: Uint8Array,
  codecs: Codecs,
  lend = false,
): ChunkRecords {
  const { numRecords, decodedDataSize } = counts;
  const most = MOST_PER_VISIT * (decodedDataSize + numRecords + 1);
  const compression = compressionOf(data[0]);
  const cursor = new ByteCursor(data, 1);
  const headerBlock = cursor.take(cursor.varint64());
  const header = new ByteCursor(readBlock(compression, headerBlock, codecs, most));
  const mostColumns = decodedDataSize + MOST_LENGTH_BYTES * numRecords;
  const columns = readColumns(header, cursor, compression, codecs, mostColumns);
  const states = new StateTable(header, columns.borders.length - 1);
  header.finish("header");
  const transitions = readBlock(compression, cursor.take(cursor.left), codecs, most);
  // What is wrong with a chunk that is not sound, this tells.
  return (
    replayInWasm(counts, states, columns, transitions, lend) ??
    new Replay(counts, states, columns).run(transitions)
  );
}
