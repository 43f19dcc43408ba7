import type { Census } from "./census.ts";
import { LinuxCensus } from "./linux-census.ts";
import { PortableCensus } from "./portable-census.ts";

let census: Census | undefined;

/** The census of this thread, taken once. */
export function threadCensus(): Census {
  census ??= LinuxCensus.take() ?? new PortableCensus();
  return census;
}
