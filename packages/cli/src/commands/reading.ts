import {
  type Add,
  collect,
  PATHS,
  wholeNumber,
  withInput,
  withKeys,
  withPrinting,
} from "../command-line.ts";

/** Adds the commands that read. */
export function reading(add: Add): void {
  withInput(
    add("count", "how many records there are", async () => (await import("./count.ts")).count),
  )
    .argument("<paths...>", PATHS)
    .option("--json", "one JSON object");
  const get = add("get", "records by their numbers", async () => (await import("./get.ts")).get);
  withKeys(withPrinting(get))
    .argument("<path>", PATHS)
    .argument(
      "[numbers...]",
      "numbers from 0, negative ones from the end; 3:7 and 0:100:10 as slices",
    )
    .option("--key <key>", "the record with this key instead; may be repeated", collect, []);
  withPrinting(add("head", "the first records", async () => (await import("./head.ts")).head))
    .argument("<paths...>", PATHS)
    .option("-n, --records <n>", "how many", wholeNumber, 10);
  withPrinting(add("tail", "the last records", async () => (await import("./tail.ts")).tail))
    .argument("<paths...>", PATHS)
    .option("-n, --records <n>", "how many", wholeNumber, 10)
    .option("-f, --follow", "wait for more, and print it as it comes");
  withPrinting(add("cat", "all records", async () => (await import("./cat.ts")).cat)) //
    .argument("<paths...>", PATHS);
  const sample = "records chosen at random, each at most once";
  withPrinting(add("sample", sample, async () => (await import("./sample.ts")).sample))
    .argument("<paths...>", PATHS)
    .option("-n, --records <n>", "how many", wholeNumber, 10)
    .option("--seed <n>", "the same seed chooses the same records", wholeNumber);
  const info = "what a file is, and what is known of it";
  withInput(add("info", info, async () => (await import("./info.ts")).info))
    .argument("<paths...>", PATHS)
    .option("--json", "one JSON object");
  const ls = "files with their formats, sizes and records";
  withInput(add("ls", ls, async () => (await import("./ls.ts")).ls))
    .argument("[paths...]", "files, folders, patterns")
    .option("--json", "a JSON object for each file");
  const schema = "the fields of the records: their kinds, and how many records have them";
  withInput(add("schema", schema, async () => (await import("./schema.ts")).schema))
    .argument("<paths...>", PATHS)
    .option("-n, --records <n>", "how many are looked at, spread over all", wholeNumber, 1000)
    .option("--all", "look at all of them")
    .option("--json", "one JSON object");
}
