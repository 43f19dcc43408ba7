// Fails when a source file imports what its room may not see.
import { readDependencies, readSources, violations } from "./rooms.mjs";
import { root } from "./run.mjs";

const sources = readSources(root);
const found = violations(sources, readDependencies(root));
for (const sentence of found) console.error(sentence);
console.log(`rooms: ${sources.length} files, ${found.length} breaches`);
process.exit(found.length === 0 ? 0 : 1);
