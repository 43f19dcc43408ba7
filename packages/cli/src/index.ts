/**
 * What a plugin of the command line `nthrec` implements.
 *
 * @packageDocumentation
 */
export type {
  CliFormat,
  LoadedFormat,
  Opens,
  OptionNames,
  Specimen,
} from "./formats/cli-format.ts";
export type { Io, Output } from "./output/io.ts";
export { fromJson, toJson } from "./output/json.ts";
export { run } from "./run.ts";
