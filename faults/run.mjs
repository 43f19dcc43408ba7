// Bundles the suite and runs it; arguments go to it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";

const folder = await bundle();
const args = ["--enable-source-maps", join(folder, "main.js"), ...process.argv.slice(2)];
const { status, error } = spawnSync(process.execPath, args, {
  stdio: ["ignore", "inherit", "inherit"],
});
if (error) throw error;
process.exit(status ?? 1);
