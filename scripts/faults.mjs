// `npm run faults`: installs, builds and runs the fault suite. Arguments go to it: `npm run faults -- --long`.
import { build, install, run } from "./run.mjs";

install();
build();
run("node", ["faults/run.mjs", ...process.argv.slice(2)]);
