// Assembles each module's text into the source file that carries it.
import { writeFileSync } from "node:fs";
import { assemble, modules, targetOf } from "./assemble.mjs";

for (const name of modules) writeFileSync(targetOf(name), await assemble(name));
