import { type Command, InvalidArgumentError, Option } from "commander";
import { type Add, collect, PATHS, wholeNumber, withInput } from "../command-line.ts";
import { memorySize } from "../shuffle/memory-size.ts";

/** Adds the commands that write records into new files. */
export function rewriting(add: Add): void {
  add("convert", {
    summary: "records of one format as records of another",
    load: async () => (await import("./convert.ts")).convert,
    declare: withConversion,
  });
  add("split", {
    summary: "the records of a file in a set of shards",
    load: async () => (await import("./split.ts")).split,
    declare: (command) =>
      withTransfer(command)
        .option("--shards <n>", "into so many", wholeNumber)
        .option("--records <n>", "into shards of so many records", wholeNumber)
        .option("--round-robin", "deal the records to the shards in turn"),
  });
  add("merge", {
    summary: "the records of several files in one",
    load: async () => (await import("./merge.ts")).merge,
    declare: withTransfer,
  });
  const memory = "for records in memory: a number of bytes, or with K, M, G";
  add("shuffle", {
    summary: "all records in a random order",
    load: async () => (await import("./shuffle.ts")).shuffle,
    declare: (command) =>
      withOutput(command)
        .option("--seed <n>", "the same seed gives the same order", wholeNumber)
        .option("--memory <size>", memory, memorySize, DEFAULT_MEMORY),
  });
}

function withConversion(command: Command): Command {
  return withTransfer(command)
    .option("--to <format>", "the output's format, where its name does not tell")
    .addOption(
      new Option("--as <content>", "what records of text or bytes hold, where it is JSON").choices([
        "json",
      ]),
    )
    .option("--schema <file>", "the features of Examples, as a JSON file")
    .option("--dtype <type>", "for files of tensors: the type of their numbers, as float32")
    .option("--shape <sizes>", "for files of tensors: the sizes of one, as 3,2", sizes)
    .option("--field <path>", "for files of tensors: the field of a record that holds one");
}

const DEFAULT_MEMORY = 48 * 2 ** 20;

function withOutput(command: Command): Command {
  return withInput(command)
    .argument(
      "<paths...>",
      `what is read (${PATHS}), and last what is written: a file, or name@10.jsonl for a set`,
    )
    .option("--force", "replace files that exist")
    .option(
      "--write-option <name=value>",
      "an option of the output's writer: groupSize=1; may be repeated",
      collect,
      [],
    )
    .option("--json", "one JSON object");
}

function withTransfer(command: Command): Command {
  return withOutput(command)
    .option("--dry-run", "say what would be written, and write nothing")
    .option("--skip-damaged", "leave damaged records out, and end with exit code 3")
    .option(
      "-j, --jobs <n>",
      "output files that are written at once, each in a thread",
      wholeNumber,
      1,
    )
    .option("--checkpoint <seconds>", "how often an interrupted run can go on", seconds, 2);
}

/** The sizes of a tensor: `3,2`, `[3, 2]` or `3x2`; nothing, or `[]`, for a single number. */
function sizes(text: string): readonly number[] {
  const plain = text.replace(/^\s*\[(.*)\]\s*$/, "$1").trim();
  if (plain === "") return [];
  const parts = plain.split(/\s*[,x]\s*/);
  if (parts.every((part) => /^[1-9]\d{0,14}$/.test(part))) return parts.map(Number);
  throw new InvalidArgumentError("It must be whole numbers above 0, as 3,2.");
}

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds.");
}
