// `npm run docs`: installs, and writes the API reference to reports/api.
import { install, pnpm, run } from "./run.mjs";

install();
run("npx", pnpm(["--dir", "docs/api", "run", "docs"]));
