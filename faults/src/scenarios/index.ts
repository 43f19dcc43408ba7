import type { Scenario } from "../harness/scenario.ts";
import { crashPoints } from "./crash-points.ts";
import { damage } from "./damage.ts";
import { foreign } from "./foreign.ts";
import { fullDisk } from "./full-disk.ts";
import { killLoops } from "./kill-loops.ts";
import { locks } from "./locks.ts";
import { namespaces } from "./namespaces.ts";
import { powerCut } from "./power-cut.ts";
import { stoppedHolder } from "./stopped-holder.ts";
import { surroundings } from "./surroundings.ts";
import { tornWrites } from "./torn-writes.ts";

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  crashPoints,
  ...killLoops,
  stoppedHolder,
  locks,
  surroundings,
  ...foreign,
  tornWrites,
  powerCut,
  damage,
  fullDisk,
  namespaces,
];
