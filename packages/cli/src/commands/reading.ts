import {
  type Add,
  collect,
  PATHS,
  wholeNumber,
  withFormat,
  withInput,
  withKeys,
  withPrinting,
} from "../command-line.ts";

/** Adds the commands that read. */
export function reading(add: Add): void {
  add("count", {
    summary: "how many records there are",
    load: async () => (await import("./count.ts")).count,
    declare: (command) =>
      withInput(command).argument("<paths...>", PATHS).option("--json", "one JSON object"),
  });
  printing(add);
  add("info", {
    summary: "what a file is, and what is known of it",
    load: async () => (await import("./info.ts")).info,
    declare: (command) =>
      withInput(command).argument("<paths...>", PATHS).option("--json", "one JSON object"),
  });
  add("ls", {
    summary: "files with their formats, sizes and records",
    load: async () => (await import("./ls.ts")).ls,
    declare: (command) =>
      withFormat(command)
        .argument("[paths...]", "files, folders, patterns")
        .option("--json", "a JSON object for each file"),
  });
  add("schema", {
    summary: "the fields of the records: their kinds, and how many records have them",
    load: async () => (await import("./schema.ts")).schema,
    declare: (command) =>
      withInput(command)
        .argument("<paths...>", PATHS)
        .option("-n, --records <n>", "how many are looked at, spread over all", wholeNumber, 1000)
        .option("--all", "look at all of them")
        .option("--json", "one JSON object"),
  });
}

/** Adds the commands that print records. */
function printing(add: Add): void {
  const numbers = "numbers from 0, negative ones from the end; 3:7 and 0:100:10 as slices";
  add("get", {
    summary: "records by their numbers",
    load: async () => (await import("./get.ts")).get,
    declare: (command) =>
      withKeys(withPrinting(command))
        .argument("<path>", PATHS)
        .argument("[numbers...]", numbers)
        .option("--key <key>", "the record with this key instead; may be repeated", collect, []),
  });
  add("head", {
    summary: "the first records",
    load: async () => (await import("./head.ts")).head,
    declare: (command) =>
      withPrinting(command)
        .argument("<paths...>", PATHS)
        .option("-n, --records <n>", "how many", wholeNumber, 10),
  });
  add("tail", {
    summary: "the last records",
    load: async () => (await import("./tail.ts")).tail,
    declare: (command) =>
      withPrinting(command)
        .argument("<paths...>", PATHS)
        .option("-n, --records <n>", "how many", wholeNumber, 10)
        .option("-f, --follow", "wait for more, and print it as it comes"),
  });
  add("cat", {
    summary: "all records",
    load: async () => (await import("./cat.ts")).cat,
    declare: (command) => withPrinting(command).argument("<paths...>", PATHS),
  });
  add("sample", {
    summary: "records chosen at random, each at most once",
    load: async () => (await import("./sample.ts")).sample,
    declare: (command) =>
      withPrinting(command)
        .argument("<paths...>", PATHS)
        .option("-n, --records <n>", "how many", wholeNumber, 10)
        .option("--seed <n>", "the same seed chooses the same records", wholeNumber),
  });
}
