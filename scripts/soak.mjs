// `npm run soak`: installs, builds and lets everything run at once for a while. Arguments go to it: `-- --minutes 30`.
import { build, install, run } from "./run.mjs";

install();
build();
run("node", ["faults/run.mjs", "soak", ...process.argv.slice(2)]);
