import { isUtf8 } from "node:buffer";
import { NthrecError } from "@nthrec/core";
import type { Key, KeyedReader } from "@nthrec/core/keys";
import { Exit, type ExitCode } from "../exit.ts";
import { type Input, openInput } from "../input/open-input.ts";
import { type KeyOptions, openKeys } from "../input/open-keys.ts";
import type { Io } from "../output/io.ts";
import { jsonText, toJson } from "../output/json.ts";
import { fromHere, printFacts } from "../output/report.ts";

/** `nthrec keys build`: makes the index of a field, or brings it up to date. */
export async function buildKeys(
  io: Io,
  paths: readonly string[],
  options: KeyOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  return await withKeys(io, paths, options, async ({ stats }) => {
    const { records, keys, duplicates, missing, bytes, indexFile } = stats;
    const facts = {
      records,
      keys,
      duplicates,
      missing,
      bytes,
      index: fromHere(indexFile ?? "in memory"),
    };
    await printFacts(io, options.json === true, facts);
  });
}

/** `nthrec keys list`: every key with the number of its record, as JSON lines. */
export async function listKeys(
  io: Io,
  paths: readonly string[],
  options: KeyOptions,
): Promise<ExitCode> {
  return await withKeys(io, paths, { ...options, duplicates: "all" }, async (keys) => {
    for await (const key of keys.keys({ signal: io.signal })) {
      for (const record of await keys.findAll(key)) await print(io, key, record);
    }
  });
}

/** `nthrec keys lookup`: the numbers of the records with some keys, as JSON lines. */
export async function lookUp(
  io: Io,
  [path = "", ...wanted]: readonly string[],
  options: KeyOptions,
): Promise<ExitCode> {
  return await withKeys(io, [path], options, async (keys) => {
    for (const key of wanted) {
      for (const record of await numbersOf(keys, key, options)) await print(io, key, record);
    }
  });
}

/** The numbers of the records with a key. @throws {@link NthrecError} `NTH_KEY_NOT_FOUND` */
export async function numbersOf(
  keys: KeyedReader<unknown>,
  text: string,
  { duplicates }: KeyOptions,
): Promise<readonly number[]> {
  for (const key of keysOf(text)) {
    const found = duplicates === "all" ? await keys.findAll(key) : [await keys.find(key)];
    const numbers = found.filter((each) => each !== undefined);
    if (numbers.length > 0) return numbers;
  }
  const { name } = keys.reader;
  throw new NthrecError(
    "NTH_KEY_NOT_FOUND",
    `no record of ${name} has the key ${JSON.stringify(text)}`,
    { source: name },
  );
}

/** What a text may mean: itself, bytes, or an integer, which core looks for; and a float. */
function keysOf(text: string): Key[] {
  const float = Number(text);
  return text.trim() === "" || Number.isNaN(float) ? [text] : [text, { float }];
}

async function withKeys(
  io: Io,
  paths: readonly string[],
  options: KeyOptions,
  work: (keys: KeyedReader<unknown>, input: Input) => Promise<void>,
): Promise<ExitCode> {
  await using input = await openInput(io, paths, options);
  await using keys = await openKeys(io, input, options);
  await work(keys, input);
  return Exit.ok;
}

async function print(io: Io, key: Key, record: number): Promise<void> {
  const text = key instanceof Uint8Array && isUtf8(key) ? Buffer.from(key).toString("utf8") : key;
  const value = typeof text === "object" && "float" in text ? text.float : text;
  await io.stdout.write(`${jsonText({ key: toJson(value), record })}\n`);
}
