// `npm run bench`: installs, builds and runs the benchmarks. Arguments go to them.
import { build, install, run } from "./run.mjs";

install();
build();
run("node", ["bench/dist/main.js", ...process.argv.slice(2)]);
