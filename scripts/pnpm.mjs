// Runs the pinned pnpm with the given arguments, on a machine that has none: `node scripts/pnpm.mjs exec turbo run build`.
import { pnpm, run } from "./run.mjs";

run("npx", pnpm(process.argv.slice(2)));
