// `npm run demo`: installs, builds and runs the demo.
import { build, install, run } from "./run.mjs";

install();
build();
run("node", ["examples/demo/dist/main.js", ...process.argv.slice(2)]);
