import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MemoryStore } from "../../src/index.ts";
import { scratchFolder } from "../platform/support/scratch.ts";

/** The bytes of lines. */
export function lines(...records: readonly string[]): Uint8Array {
  return new TextEncoder().encode(records.map((record) => `${record}\n`).join(""));
}

/** A folder with files of lines. */
export function folderOf(files: Readonly<Record<string, readonly string[]>>): string {
  const folder = scratchFolder();
  for (const [name, records] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), lines(...records));
  }
  return folder;
}

/** A store in memory with files of lines. */
export function storeOf(files: Readonly<Record<string, readonly string[]>>): MemoryStore {
  return new MemoryStore({
    entries: Object.entries(files).map(([name, records]) => [name, lines(...records)] as const),
  });
}

/** Lines of a shard: its name and a number. */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i}`);
}
