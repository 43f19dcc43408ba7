// `npm run bench`: installs, builds and runs the benchmarks. Arguments go to them. `-- --compare REF` judges what is
// checked out against another revision.
import { compare } from "./bench-compare.mjs";
import { build, install, run } from "./run.mjs";

const args = process.argv.slice(2);
const at = args.indexOf("--compare");
const [, ref] = at === -1 ? [] : args.splice(at, 2);
if (at !== -1 && ref === undefined) {
  console.error("--compare takes a revision of git");
  process.exit(1);
}

install();
build();
if (ref === undefined) run("node", ["bench/dist/main.js", ...args]);
else compare(ref, args);
