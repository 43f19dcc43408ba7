import { tempFile as fileOf } from "../../../../testing/temp.ts";

export { tempFolder } from "../../../../testing/temp.ts";

/** A file in a folder of its own. */
export function tempFile(content: string | Uint8Array, name = "data.msg"): string {
  return fileOf(content, name);
}
