import { watch } from "node:fs";

/**
 * Calls `changed` soon after the file called `name` in `folder` was written, made, renamed or removed. Where the
 * system cannot watch (a network mount, no watches left) nothing is called: whoever waits also looks by itself.
 */
export function watchEntry(folder: string, name: string, changed: () => void): () => void {
  try {
    // The folder, not the file: another file may take the name.
    const watcher = watch(folder, { persistent: false }, (_event, file) => {
      if (file === null || file === name) changed();
    });
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
