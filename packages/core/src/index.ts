export { ByteWriter, type Patch } from "./bytes/byte-writer.ts";
export { MAX_VARINT_BYTES, readVarint, type Varint, varintWidth } from "./bytes/varint.ts";
export {
  checkChoice,
  isNthrecError,
  NthrecError,
  type NthrecErrorCode,
  type NthrecErrorDetails,
} from "./errors.ts";
export { type AcquireOptions, acquireLock, acquireLockSync } from "./journal/acquire.ts";
export type { Durability, RecoveryReport } from "./journal/journal-host.ts";
export type { PlainFrames, RecordRun, TailPolicy } from "./offsets/format-hooks.ts";
export type { IndexState, IndexVerdict } from "./offsets/idv1.ts";
export {
  type IndexCheckOptions,
  IndexHandler,
  type IndexVerifyOptions,
} from "./offsets/index-handler.ts";
export type { IndexReport, VerifyLevel } from "./offsets/index-report.ts";
export { OffsetTable, PageMiss } from "./offsets/offset-table.ts";
export type { IndexHandlerOptions, IndexMode } from "./offsets/open-index.ts";
export type { IndexProgress } from "./offsets/progress.ts";
export { decodeUtf8, indexOfByte, isUtf8 } from "./platform/text.ts";
export { BaseIndexedReader } from "./reader/base-indexed-reader.ts";
export type { FollowOptions } from "./reader/follow.ts";
export {
  buildIndex,
  buildIndexSync,
  type IndexAuditOptions,
  type IndexBuildOptions,
  verifyIndex,
  verifyIndexSync,
} from "./reader/index-maintenance.ts";
export type { ReaderClass } from "./reader/reader-class.ts";
export type { ReaderOptions } from "./reader/reader-options.ts";
export { RecordSlice } from "./reader/record-slice.ts";
export type { VerifyOptions, VerifyProblem, VerifyReport } from "./reader/verify.ts";
export type { DataInput, DataOutput, LocalInput, LocalOutput } from "./resolve/data-input.ts";
export { entryOf, openSource, type SourceOptions } from "./resolve/open-source.ts";
export type { ByteSink, SyncByteSink } from "./sink/byte-sink.ts";
export { MemorySink } from "./sink/memory-sink.ts";
export { StreamSink } from "./sink/stream-sink.ts";
export { BlobSource } from "./source/blob-source.ts";
export type { ByteSource, SyncByteSource } from "./source/byte-source.ts";
export { checkRead } from "./source/checks.ts";
export type { HttpOptions } from "./source/http-options.ts";
export { HttpSource } from "./source/http-source.ts";
export { InlineGate } from "./source/inline-gate.ts";
export { MemorySource } from "./source/memory-source.ts";
export type { LazyPart, Part, SyncLazyPart, SyncPart } from "./source/part-slot.ts";
export { PartsSource } from "./source/parts-source.ts";
export { SubSource } from "./source/sub-source.ts";
export { joinParts } from "./source/sync-parts-source.ts";
export { subSource } from "./source/sync-sub-source.ts";
export {
  type ByteStore,
  type EntryStat,
  isLiveStore,
  type LiveFile,
  type LiveStore,
  type LockKind,
  type LockOptions,
  type StoreEntry,
  type StoreLock,
  type StoreOpenOptions,
  type SyncByteStore,
} from "./store/byte-store.ts";
export { MemoryStore } from "./store/memory-store.ts";
export { isSameEntry } from "./store/same-entry.ts";
export { UrlStore } from "./store/url-store.ts";
export type { AbortOptions, ByteRange, ReadPlan, ReadRequest } from "./types.ts";
export { BaseIndexedWriter, type WriterClass } from "./writer/base-indexed-writer.ts";
export type { Loss, RepairOptions, RepairReport } from "./writer/repair.ts";
export type { WriterOptions } from "./writer/writer-options.ts";
