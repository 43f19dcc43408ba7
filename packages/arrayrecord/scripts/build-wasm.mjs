// Assembles src/highwayhash/highwayhash.wat into the source file that carries it.
import { writeFileSync } from "node:fs";
import { assemble, target } from "./assemble.mjs";

writeFileSync(target, await assemble());
