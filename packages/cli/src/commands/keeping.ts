import { Option } from "commander";
import { type Add, PATHS, withFormat, withInput, withProgress } from "../command-line.ts";

/** Adds the commands that keep data and indexes sound. */
export function keeping(add: Add): void {
  add("verify", {
    summary: "whether data and index are sound; nothing is changed",
    load: async () => (await import("./verify.ts")).verify,
    declare: (command) =>
      withInput(command)
        .argument("<paths...>", PATHS)
        .addOption(
          new Option("--level <level>", "how much is looked at")
            .choices(["quick", "sample", "full"])
            .default("full"),
        )
        .option("--json", "a JSON object for each file"),
  });
  add("index", {
    summary: "make sure that there is a sound index",
    load: async () => (await import("./build-index.ts")).buildIndexes,
    declare: (command) =>
      withInput(command)
        .argument("<paths...>", PATHS)
        .option("--anew", "make all of it anew")
        .option("--check", "only look: exit code 4 when there is none that is sound")
        .option("--json", "a JSON object for each file"),
  });
  add("repair", {
    summary: "keep every whole record of a damaged file",
    load: async () => (await import("./repair.ts")).repair,
    declare: (command) =>
      withProgress(withFormat(command))
        .argument("<path>", "the damaged file")
        .argument("[target]", "the new file")
        .option("--in-place", "take the damaged file's place, and keep it as <file>.bak")
        .option("--keep-undecodable", "keep records whose frame is sound and whose content is not")
        .option("--dry-run", "say what would be lost, and write nothing")
        .option("--json", "one JSON object"),
  });
}
