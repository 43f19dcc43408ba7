import type { Census } from "./census.ts";
import { LinuxCensus } from "./linux-census.ts";
import { PortableCensus } from "./portable-census.ts";
import { uniqueName } from "./unique-name.ts";

let census: Census | undefined;

/** The census of this thread, taken once. */
export function threadCensus(): Census {
  census ??= LinuxCensus.take() ?? new PortableCensus({ space: spaceWithoutProc() });
  return census;
}

/** Linux without `/proc` does not tell the PID namespace: then every other thread is a stranger. */
function spaceWithoutProc(): string | undefined {
  return process.platform === "linux" ? `unknown ${uniqueName()}` : undefined;
}
