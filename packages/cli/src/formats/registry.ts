import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../exit.ts";
import { arrayrecord } from "./arrayrecord.ts";
import type { CliFormat, Specimen } from "./cli-format.ts";
import { jsonl, text } from "./lines.ts";
import { msgpack } from "./msgpack.ts";
import { npy, safetensors, tensorblob } from "./tensors.ts";
import { tfrecord } from "./tfrecord.ts";

/** The formats that come with the command line, the more particular first. */
const builtIn: readonly CliFormat[] = [
  ...[tfrecord, arrayrecord, tensorblob, npy, safetensors, msgpack, jsonl, text],
];

/** The formats that one run of the command line knows. */
export class Registry {
  readonly formats: readonly CliFormat[];

  constructor(formats: readonly CliFormat[] = builtIn) {
    this.formats = formats;
  }

  /**
   * The formats of plugins, then those that are built in.
   *
   * @param paths Modules whose default export is a format, or an array of them.
   */
  static async with(paths: readonly string[]): Promise<Registry> {
    const loaded = await Promise.all(paths.map(loadPlugin));
    return new Registry([...loaded.flat(), ...builtIn]);
  }

  /** The format that `--type` names. @throws {@link UsageError} */
  named(name: string): CliFormat {
    const format = this.formats.find((each) => each.name === name);
    if (format !== undefined) return format;
    const names = this.formats.map((each) => each.name).join(", ");
    throw new UsageError(`there is no format ${JSON.stringify(name)}: choose one of ${names}`);
  }

  /** The format of some data, by what they hold, and by their name where that does not tell. */
  recognise(specimen: Specimen): CliFormat {
    const format = this.find(specimen);
    if (format !== undefined) return format;
    throw new UsageError(`the format of ${specimen.name} cannot be told: name it with --type`);
  }

  /** The same, or `undefined` where no format knows the data. */
  find(specimen: Specimen): CliFormat | undefined {
    const judged = this.formats.map((format) => {
      const named = hasSuffix(format, specimen.name);
      return { format, certainty: format.recognise(specimen) + (named ? 0.4 : 0) };
    });
    const best = judged.reduce((a, b) => (b.certainty > a.certainty ? b : a));
    return best.certainty > 0 ? best.format : undefined;
  }

  /** The format that a name to be written suggests. @throws {@link UsageError} */
  forOutput(name: string): CliFormat {
    const format = this.formats.find((each) => hasSuffix(each, name));
    if (format !== undefined) return format;
    throw new UsageError(`the ending of ${name} tells no format: name it with --to`);
  }
}

/** Whether a name ends as those of a format do, but for the number of a shard and a compression. */
function hasSuffix({ suffixes }: CliFormat, name: string): boolean {
  const plain = name
    .replace(/[?#].*$/, "")
    .toLowerCase()
    .replace(/-\d+-of-\d+(?=\.|$)/, "")
    .replace(/@(?:\d+|\*)(?=\.|$)/, "")
    .replace(/\.(?:gz|z|zlib)$/, "");
  return suffixes.some((suffix) => plain.endsWith(suffix));
}

async function loadPlugin(path: string): Promise<readonly CliFormat[]> {
  const url = /^(?:file|node|data):/.test(path) ? path : pathToFileURL(resolve(path)).href;
  let module: { readonly default?: CliFormat | readonly CliFormat[] };
  try {
    module = await import(url);
  } catch (error) {
    throw new UsageError(`the plugin ${path} cannot be loaded: ${String(error)}`);
  }
  const formats = [module.default ?? []].flat() as CliFormat[];
  const sound = formats.every(
    (each) => typeof each?.name === "string" && typeof each.load === "function",
  );
  if (formats.length > 0 && sound) return formats;
  throw new UsageError(
    `${path} is no plugin: its default export must be a format, or an array of them`,
  );
}
