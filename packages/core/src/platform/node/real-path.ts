import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NthrecError } from "../../errors.ts";
import { errnoOf, fsError } from "./fs-error.ts";

/**
 * The path that a path or `file:` URL names: real where the file exists, else the real path of its folder and its name.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for what names no file
 */
export function realPath(input: string | URL): string {
  const path = toPath(input);
  if (path === "" || path.includes("\0")) {
    throw new NthrecError("NTH_INVALID_VALUE", `${JSON.stringify(path)} is not a path of a file`);
  }
  return follow(resolve(path));
}

function toPath(input: string | URL): string {
  if (typeof input === "string" && !/^file:\/\//i.test(input)) return input;
  try {
    return fileURLToPath(input);
  } catch (cause) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${String(input)} does not name a local file: pass a path or a file: URL`,
      { source: String(input), cause },
    );
  }
}

function follow(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    const errno = errnoOf(cause);
    // Links in a circle end here: the system counts them.
    if (errno !== "ENOENT" && errno !== "ENOTDIR") {
      throw fsError(cause, { action: "find", name: path });
    }
  }
  const parent = dirname(path);
  if (parent === path) return path;
  const folder = follow(parent);
  const here = resolve(folder, basename(path));
  // A link to a file that does not exist yet: what is written there lies beside the target.
  const target = linkTarget(here);
  return target === undefined ? here : follow(resolve(folder, target));
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or not for this user to see: opening it will tell.
    return undefined;
  }
}
