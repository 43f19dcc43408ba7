import { type Add, PATHS, withInput, withKeys } from "../command-line.ts";

/** Adds the commands for the keys of records. */
export function finding(add: Add): void {
  const build = "make the index of a field, or bring it up to date";
  withKeys(withInput(add("build", build, async () => (await import("./keys.ts")).buildKeys)))
    .argument("<paths...>", PATHS)
    .option("--allow-missing", "records without the field have no key, and are no error")
    .option("--json", "one JSON object");
  const list = "every key with the number of its record";
  withKeys(withInput(add("list", list, async () => (await import("./keys.ts")).listKeys)))
    .argument("<paths...>", PATHS)
    .option("--allow-missing", "records without the field have no key, and are no error");
  const lookup = "the numbers of the records with these keys";
  withKeys(withInput(add("lookup", lookup, async () => (await import("./keys.ts")).lookUp)))
    .argument("<path>", PATHS)
    .argument("<keys...>", "text; digits find integers, too")
    .option("--allow-missing", "records without the field have no key, and are no error");
}
