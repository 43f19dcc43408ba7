import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Io } from "../output/io.ts";

/** A file that goes when it is disposed of. */
export interface Spooled extends AsyncDisposable {
  readonly path: string;
}

/** Standard input as a file: records can be read in any order, and need not fit into memory. */
export async function spool(io: Io): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), "nthrec-"));
  const path = join(folder, "stdin");
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(io.stdin, createWriteStream(path), { signal: io.signal });
    return { path, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
