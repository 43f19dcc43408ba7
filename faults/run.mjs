// Bundles the suite and runs it, or, when the first argument says so, the soak; the other arguments go to it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";

const folder = await bundle();
const given = process.argv.slice(2);
const [program, rest] = given[0] === "soak" ? ["soak.js", given.slice(1)] : ["main.js", given];
const args = ["--enable-source-maps", join(folder, program), ...rest];
const { status, error } = spawnSync(process.execPath, args, {
  stdio: ["ignore", "inherit", "inherit"],
});
if (error) throw error;
process.exit(status ?? 1);
