export { asyncOnly, FaultSource, type SourceFaults } from "./faults/fault-source.ts";
export { FaultStore, type StoreFault, type StoreStep } from "./faults/fault-store.ts";
export { folderPlace } from "./folder-place.ts";
export { formatCases, lackedCases } from "./format-cases.ts";
export { memoryPlace } from "./memory-place.ts";
export { type SinkCasesOptions, type SinkUnderTest, sinkCases } from "./sink-cases.ts";
export { type SourceCasesOptions, sourceCases } from "./source-cases.ts";
export type {
  Blindness,
  ConformanceCase,
  FormatCasesOptions,
  FormatUnderTest,
  Golden,
  Lack,
  Place,
  PlaceMaker,
  ReaderUnderTest,
  WriterUnderTest,
} from "./types.ts";
