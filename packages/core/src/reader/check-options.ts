import { checkAmount, checkChoice } from "../errors.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** Refuses an option that is mistyped: it would mean another one. @throws {@link TypeError} */
export function checkReaderOptions(options: ReaderOptions): void {
  checkChoice("onStaleIndex", options.onStaleIndex, ["rebuild", "memory", "throw"]);
  checkChoice("tail", options.tail, ["record", "ignore", "error"]);
  checkChoice("offsets", options.offsets, ["auto", "resident", "paged"]);
  checkChoice("io", options.io, ["adaptive", "inline", "pool"]);
  checkAmount("maxRecordBytes", options.maxRecordBytes);
}
