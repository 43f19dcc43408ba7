import type { ByteSink, ByteSource, SyncByteSink, SyncByteSource } from "../index.ts";

/** Whether a source can answer before it returns. */
export function isSyncSource(source: ByteSource): source is SyncByteSource {
  return "readSync" in source;
}

/** Whether a sink can finish before it returns. */
export function isSyncSink(sink: ByteSink): sink is SyncByteSink {
  return "writeSync" in sink;
}
