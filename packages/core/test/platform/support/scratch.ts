import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new folder, by its real path, which goes when the test ends. */
export function scratchFolder(): string {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), "nthrec-test-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Mounts a file system for the rest of the test; `false` where this user may not. */
export function mounted(path: string, ...args: string[]): boolean {
  if (process.platform !== "linux") return false;
  if (spawnSync("mount", [...args, path], { stdio: "ignore" }).status !== 0) return false;
  onTestFinished(() => void spawnSync("umount", ["-l", path], { stdio: "ignore" }));
  return true;
}
