import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

/** Changes with content, identity and time of a file. */
export function fingerprint(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return `${stat.ino} ${stat.mtimeMs} ${stat.size} ${hash}`;
}
