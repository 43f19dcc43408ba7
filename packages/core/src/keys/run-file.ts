import { platform } from "#platform";
import { readU32, writeU32 } from "../bytes/le.ts";
import { read, type StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { EntryCursor } from "./cursor.ts";
import { ENTRY_OVERHEAD, putKey, putVarint } from "./entry-codec.ts";
import { MAX_KEY_BYTES } from "./key.ts";
import { OutBuffer } from "./out-buffer.ts";
import { ReadingCursor } from "./reading-cursor.ts";

/** Bytes of a run that are in memory while it is read; the largest entry fits. */
const BLOCK_BYTES = 256 * 1024;
const LARGEST = MAX_KEY_BYTES + ENTRY_OVERHEAD + 4;

/** Writes sorted entries that do not fit into memory, to be merged later. */
export function* writeRun(entries: EntryCursor, sink: ByteSink): StepPlan<void> {
  const out = new OutBuffer(0);
  while (entries.next()) {
    const { hash, kind, bytes, start, end, record } = entries;
    out.reserve(end - start + ENTRY_OVERHEAD + 4);
    writeU32(out.bytes, out.length, hash);
    const at = putKey(out.bytes, out.length + 4, kind, bytes, start, end);
    out.length = putVarint(out.bytes, at, record);
    if (out.full) yield* out.flush(sink);
  }
  yield* out.flush(sink);
}

/** A walk over the entries of a run. */
export class RunCursor extends ReadingCursor {
  readonly #source: ByteSource;
  /** Bytes of the run that were read. */
  #read = 0;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override next(): boolean {
    const entry = this.entry;
    const left = entry.limit - entry.at;
    if (left === 0 || (left < LARGEST && this.#read < this.#source.size)) return false;
    this.hash = readU32(entry.bytes, entry.at);
    entry.at += 4;
    entry.key();
    this.record = entry.varint();
    return true;
  }

  override *fill(): StepPlan<boolean> {
    const entry = this.entry;
    const rest = entry.bytes.subarray(entry.at, entry.limit);
    const end = Math.min(this.#source.size, this.#read + BLOCK_BYTES);
    const more =
      end === this.#read ? new Uint8Array(0) : yield* read(this.#source, this.#read, end);
    this.#read = end;
    const bytes = platform.allocate(rest.length + more.length);
    bytes.set(rest);
    bytes.set(more, rest.length);
    entry.over(bytes, 0, bytes.length);
    return bytes.length > 0 && this.next();
  }
}
