import { cpSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempFile as fileOf, tempFolder } from "../../../../testing/temp.ts";

export { tempFolder };

/** A file in a folder of its own. */
export function tempFile(content: string | Uint8Array, name = "data.jsonl"): string {
  return fileOf(content, name);
}

/** JSON lines `{"id": i}`. */
export function rows(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `{"id":${from + i}}\n`).join("");
}

/** A copy of a package's vectors, so that no index comes to lie beside them. */
export function vectors(packageName: string): string {
  const folder = join(tempFolder(), "vectors");
  const from = new URL(`../../../${packageName}/test/vectors`, import.meta.url);
  cpSync(fileURLToPath(from), folder, { recursive: true });
  // An index is made after its data; a checkout or a copy knows nothing of that.
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const time = name.endsWith(".idx") ? 2000 : 1000;
    utimesSync(join(folder, name), time, time);
  }
  return folder;
}
