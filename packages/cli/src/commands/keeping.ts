import { Option } from "commander";
import { type Add, PATHS, withInput } from "../command-line.ts";

/** Adds the commands that keep data and indexes sound. */
export function keeping(add: Add): void {
  const verify = "whether data and index are sound; nothing is changed";
  withInput(add("verify", verify, async () => (await import("./verify.ts")).verify))
    .argument("<paths...>", PATHS)
    .addOption(
      new Option("--level <level>", "how much is looked at")
        .choices(["quick", "sample", "full"])
        .default("full"),
    )
    .option("--json", "one JSON object");
  const index = "make sure that there is a sound index";
  withInput(add("index", index, async () => (await import("./build-index.ts")).buildIndexes))
    .argument("<paths...>", PATHS)
    .option("--anew", "make all of it anew")
    .option("--check", "only look: exit code 4 when there is none that is sound")
    .option("--json", "a JSON object for each file");
  const repair = "keep every whole record of a damaged file";
  withInput(add("repair", repair, async () => (await import("./repair.ts")).repair))
    .argument("<path>", "the damaged file")
    .argument("[target]", "the new file")
    .option("--in-place", "take the damaged file's place, and keep it as <file>.bak")
    .option("--keep-undecodable", "keep records whose frame is sound and whose content is not")
    .option("--dry-run", "say what would be lost, and write nothing")
    .option("--json", "one JSON object");
}
