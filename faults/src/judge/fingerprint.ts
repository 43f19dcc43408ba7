import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Changes with content, identity and time of a file, or of any in a folder. */
export function fingerprint(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  const { ino, mtimeMs, size } = stat;
  if (stat.isDirectory()) {
    const inside = readdirSync(path).map((name) => `${name} ${fingerprint(join(path, name))}`);
    return `${ino} ${mtimeMs} (${inside.join()})`;
  }
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return `${ino} ${mtimeMs} ${size} ${hash}`;
}
