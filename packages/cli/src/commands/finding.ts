import type { Command } from "commander";
import { type Add, PATHS, withInput, withKeys } from "../command-line.ts";

/** Adds the commands for the keys of records. */
export function finding(add: Add): void {
  add("build", {
    summary: "make the index of a field, or bring it up to date",
    load: async () => (await import("./keys.ts")).buildKeys,
    declare: (command) =>
      withField(command).argument("<paths...>", PATHS).option("--json", "one JSON object"),
  });
  add("list", {
    summary: "every key with the number of its record",
    load: async () => (await import("./keys.ts")).listKeys,
    declare: (command) => withField(command).argument("<paths...>", PATHS),
  });
  add("lookup", {
    summary: "the numbers of the records with these keys",
    load: async () => (await import("./keys.ts")).lookUp,
    declare: (command) =>
      withField(command)
        .argument("<path>", PATHS)
        .argument("<keys...>", "text; digits find integers, too"),
  });
}

function withField(command: Command): Command {
  return withKeys(withInput(command)).option(
    "--allow-missing",
    "records without the field have no key, and are no error",
  );
}
