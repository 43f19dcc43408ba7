import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./output/io.ts";

/** A command's work, loaded when the command is chosen. */
export type Work = (io: Io, args: readonly string[], options: never) => Promise<ExitCode>;

/** A command of the command line. */
export interface Declaration {
  /** One line for whoever looks for the command. */
  readonly summary: string;
  /** Loads its work, when it is chosen. */
  readonly load: () => Promise<Work>;
  /** Gives it its arguments and options, when it may be chosen. */
  readonly declare: (command: Command) => unknown;
}

/** Adds a command to the command line, or to a group of commands. */
export type Add = (name: string, declaration: Declaration) => void;

/** What a command that takes any input says of it. */
export const PATHS: string =
  "a path, a pattern (*, ?, @N, @*), a folder, an http(s) URL, or - for standard input";

/** The options of every command that finds out what a file is. */
export function withFormat(command: Command): Command {
  return command
    .option("--type <format>", "the format, where its content does not tell")
    .option("--plugin <module>", "a module with a format of its own; may be repeated", collect, []);
}

/** The options of every command that tells how far it is. */
export function withProgress(command: Command): Command {
  return command.addOption(
    new Option("--progress <style>", "how progress is told on standard error")
      .choices(["auto", "json", "none"])
      .default("auto"),
  );
}

/** The options of every command that reads records of an input. */
export function withInput(command: Command): Command {
  const before = withFormat(command)
    .option(
      "-o, --option <name=value>",
      "an option of the format's reader, as messages name them: tail=ignore; may be repeated",
      collect,
      [],
    )
    .option("--index <path>", 'where the index is, or "memory" to use none')
    .option(
      "--inflate <place>",
      'where a file that is compressed as a whole is inflated to: "beside" it, a folder, or "memory" (the default), up to 256 MB',
    )
    .option("--allow-remote-scan", "read a large file on a web server whole to find its records");
  return withProgress(before);
}

/** The options of every command that prints records. */
export function withPrinting(command: Command): Command {
  return withInput(command)
    .option("--raw", "the records' bytes instead of JSON lines")
    .option("--out <folder>", "put byte strings into files there")
    .option("--pretty", "JSON with indentation");
}

/** The options of every command that knows records by their keys. */
export function withKeys(command: Command): Command {
  return command
    .option("--field <path>", "the field that holds the key: id, user.id, the name of a feature")
    .addOption(
      new Option("--duplicates <policy>", "what a key is that several records have")
        .choices(["error", "first", "last", "all"])
        .default("error"),
    );
}

/** A number from 0 on. */
export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

/** The values of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
