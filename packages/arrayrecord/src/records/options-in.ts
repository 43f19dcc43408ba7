import { isNthrecError, type StoreEntry } from "@nthrec/core";
import { settingsOf } from "../options/resolve-settings.ts";
import { ArrayRecordReader } from "./array-record-reader.ts";

/**
 * The options that a file was written with, for another file of its records: what its footer says or, where that is
 * damaged, what the size of its first group says. Empty where nothing is known.
 */
export async function optionsIn(
  data: string | URL | StoreEntry,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    await using reader = await ArrayRecordReader.open(data, { tail: "ignore", signal });
    const { writerOptions } = reader;
    if (writerOptions === undefined) return `group_size:${firstGroup(reader)}`;
    if (settingsOf(writerOptions) === undefined) return "";
    // Which windows there are depends on the platform, and records are the same in each.
    return writerOptions.replace(/(^|,)window_log:[^,]*/, "");
  } catch (error) {
    if (isNthrecError(error) && error.code !== "NTH_ABORTED") return "";
    throw error;
  }
}

/** Records in the first group, by where they lie. */
function firstGroup(reader: ArrayRecordReader): number {
  const { length } = reader;
  if (length === 0) return 1;
  const { start } = reader.locateSync(0);
  let [inside, outside] = [0, length];
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (reader.locateSync(middle).start === start) inside = middle;
    else outside = middle;
  }
  return outside;
}
