import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { entryOf, type StoreEntry } from "@nthrec/core";
import { listShards } from "@nthrec/core/shards";
import { UsageError } from "../exit.ts";
import { shardSpec } from "../input/open-input.ts";
import type { Piece } from "./targets.ts";
import type { Task } from "./task.ts";

/** What a run came to. */
export interface Summary {
  /** Records written. */
  readonly records: number;
  /** Damaged places that were left out. */
  readonly lost: number;
}

/** Where unfinished output is: a folder beside the output, which goes when the output takes its place. */
export class RunFolder {
  readonly path: string;
  readonly #pieces: readonly Piece[];
  readonly #indexSuffix: string;

  /** @param output The output as the user named it. */
  constructor(output: string, pieces: readonly Piece[], indexSuffix: string) {
    this.path = `${output.replace(/[/\\]+$/, "")}.part`;
    this.#pieces = pieces;
    this.#indexSuffix = indexSuffix;
  }

  /** Output files that are there already. */
  get existing(): readonly string[] {
    return this.#pieces.map(({ path }) => path).filter(isThere);
  }

  /**
   * Makes the folder ready: one that was left by the same task is gone on with, any other is emptied. The answer is a
   * summary where all that was missing was to give the files their names, which is done.
   *
   * @param force Whether files of the output's names are replaced.
   * @throws {@link UsageError} when there are files of these names
   */
  begin(identity: string, force: boolean): "new" | "resumed" | "replaced" | Summary {
    const found = textOf(join(this.path, "task.json"));
    const complete = found === identity ? textOf(join(this.path, "complete")) : undefined;
    if (complete !== undefined) {
      const summary = JSON.parse(complete) as Summary;
      this.publish(summary);
      return summary;
    }
    const [taken] = this.existing;
    if (taken !== undefined && !force) {
      throw new UsageError(`${taken} exists: --force replaces it`);
    }
    if (found === identity) return "resumed";
    const before = isThere(this.path);
    if (before && found === undefined && !isThere(join(this.path, "task.json.new"))) {
      throw new UsageError(`${this.path} is in the way: it is not what an interrupted run leaves`);
    }
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true });
    writeFileSync(join(this.path, "task.json.new"), identity);
    renameSync(join(this.path, "task.json.new"), join(this.path, "task.json"));
    return before ? "replaced" : "new";
  }

  /** Gives the finished files their names. Interrupted here, the next run does the rest. */
  publish(summary: Summary): void {
    writeFileSync(join(this.path, "complete.new"), JSON.stringify(summary));
    renameSync(join(this.path, "complete.new"), join(this.path, "complete"));
    for (const { path } of this.#pieces) this.#publishPiece(path);
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Forgets everything. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #publishPiece(path: string): void {
    const file = join(this.path, basename(path));
    const index = path + this.#indexSuffix;
    if (isThere(file)) {
      // An older file's seal and index say nothing of this one.
      rmSync(`${path}.seal`, { force: true });
      if (isOurs(index)) rmSync(index, { force: true });
      if (statSync(file).isDirectory()) rmSync(path, { recursive: true, force: true });
      renameSync(file, path);
    }
    // Another program's file keeps its name: readers make the index anew elsewhere.
    if (isThere(file + this.#indexSuffix) && !isThere(index)) {
      renameSync(file + this.#indexSuffix, index);
    }
  }
}

/** What makes two runs the same: input, its state, and what is done to it; and how large the input is, bytes. */
export async function identityOf(
  task: Task,
  pieces: readonly Piece[],
  signal: AbortSignal,
): Promise<{ readonly identity: string; readonly size: number }> {
  const inputs = await statesOf(task, signal);
  const identity = JSON.stringify({ version: 1, inputs, task, pieces }, null, 1);
  return { identity, size: inputs.reduce((sum, { size }) => sum + size, 0) };
}

/** Bytes of all files of an input. */
export async function sizeOf(files: Files, signal: AbortSignal): Promise<number> {
  return (await statesOf(files, signal)).reduce((sum, { size }) => sum + size, 0);
}

type Files = Pick<Task, "folders" | "isSet" | "locations">;

interface FileState {
  readonly path: string;
  readonly size: number;
  readonly modified?: number;
}

async function statesOf(
  { locations, isSet, folders }: Files,
  signal: AbortSignal,
): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const location of locations) {
    const listed = isSet && (await listShards(await shardSpec([location]), { signal, folders }));
    const files = listed ? listed.files.map(({ data }) => data) : [location];
    for (const file of files) states.push(await stateOf(file as string | StoreEntry, signal));
  }
  return states;
}

async function stateOf(data: string | StoreEntry, signal: AbortSignal): Promise<FileState> {
  const { store, name } = entryOf(data);
  const path = typeof data === "string" ? data : join(store.name, name);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return { path, size: found.size, modified: found.mtimeMs };
  const source = await store.open(name, { signal });
  try {
    return { path: source.name, size: source.size };
  } finally {
    await source.close();
  }
}

/** Whether a file is an index of ours, or nothing. */
function isOurs(path: string): boolean {
  if (!isThere(path)) return true;
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(4);
    return readSync(file, head) === 0 || head.toString("latin1") === "IDV1";
  } finally {
    closeSync(file);
  }
}

function textOf(path: string): string | undefined {
  return isThere(path) ? readFileSync(path, "utf8") : undefined;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The folder that a file lies in must be there before anything is begun. @throws {@link UsageError} */
export function checkFolder(path: string): void {
  const folder = dirname(path);
  if (!isThere(folder)) throw new UsageError(`there is no folder ${folder}`);
}
