import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Key, type KeyedReader, keyed } from "@nthrec/core/keys";
import { UsageError } from "../exit.ts";
import type { Io } from "../output/io.ts";
import { fromJson } from "../output/json.ts";
import type { Input, InputOptions } from "./open-input.ts";

/** Options of commands that know records by their keys. */
export interface KeyOptions extends InputOptions {
  readonly field?: string | undefined;
  readonly duplicates: "error" | "first" | "last" | "all";
  readonly allowMissing?: boolean | undefined;
}

/** Opens the index of a field of an input, which is made where there is none. */
export async function openKeys(
  io: Io,
  { name, reader, loaded }: Input,
  { field, duplicates, allowMissing, allowRemoteScan, ...options }: KeyOptions,
): Promise<KeyedReader<unknown>> {
  const path = field ?? (await onlyField(name));
  const key = loaded.keyOf?.(path) as ((record: unknown) => Key | undefined) | undefined;
  const { stderr } = io;
  return await keyed<unknown>(reader, {
    key: key ?? ((record) => keyAt(loaded.toJson(record), path.split("."))),
    name: keyIndexName(path),
    duplicates,
    missing: allowMissing ? "skip" : "error",
    looseKeys: true,
    signal: io.signal,
    remoteScan: allowRemoteScan,
    onProgress: (progress) => {
      if (options.progress !== "json") return;
      void stderr.write(`${JSON.stringify({ progress: "keys", ...progress })}\n`);
    },
  });
}

/** The field of the one index of keys beside a file. */
async function onlyField(name: string): Promise<string> {
  const prefix = `${basename(name)}.keys-`;
  // A place that cannot be listed has no index that is known.
  const names = await readdir(dirname(name)).catch(() => []);
  const [only, second] = names.filter((each) => each.startsWith(prefix));
  if (only !== undefined && second === undefined) return fieldOf(only.slice(prefix.length));
  const found =
    only === undefined ? "there is no index of keys" : "there are several indexes of keys";
  throw new UsageError(`${found} beside ${name}: name the field that holds the key with --field`);
}

/** The name of the index of a field: what no file name may hold everywhere is written in hexadecimal. */
export function keyIndexName(field: string): string {
  const name = field.replace(/[^A-Za-z0-9._-]|^[.-]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  if (name !== "" && name.length <= 100) return name;
  throw new UsageError(`${JSON.stringify(field)} is no name of a field, or too long a one`);
}

function fieldOf(name: string): string {
  const bytes = name.replace(/%/g, "%25").replace(/=([0-9a-f]{2})/g, "%$1");
  return decodeURIComponent(bytes);
}

/** The key at a path into a JSON value; a list of one value is that value. */
function keyAt(value: unknown, [first, ...rest]: readonly string[]): Key | undefined {
  const plain = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (first === undefined) return keyOf(fromJson(plain));
  if (typeof plain !== "object" || plain === null || !Object.hasOwn(plain, first)) return undefined;
  return keyAt((plain as Record<string, unknown>)[first], rest);
}

function keyOf(value: unknown): Key | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  return value instanceof Uint8Array ? value : undefined;
}
