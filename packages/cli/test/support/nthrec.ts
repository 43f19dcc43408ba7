import { Readable } from "node:stream";
import { type Io, type Output, run } from "nthrec";

/** What a run of the command line left. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as bytes. */
  readonly bytes: Buffer;
}

/** The world around a run. */
export interface World {
  readonly stdin?: string | Uint8Array;
  /** Whether standard output and standard error are terminals. */
  readonly terminal?: boolean;
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Told of everything written to standard output; may throw, as a pipe that is closed does. */
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** Runs the command line in this process. */
export async function nthrec(args: readonly string[], world: World = {}): Promise<Outcome> {
  const { stdin = "", terminal = false, env = {}, onOut, onErr } = world;
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const io: Io = {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: collect(out, terminal, onOut),
    stderr: collect(err, terminal, onErr),
    env,
    signal: world.signal ?? new AbortController().signal,
  };
  const code = await run(args, io);
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString(), err: Buffer.concat(err).toString(), bytes };
}

function collect(into: Buffer[], isTerminal: boolean, listener?: (text: string) => void): Output {
  return {
    isTerminal,
    columns: 80,
    async write(data) {
      const bytes = Buffer.from(data);
      listener?.(bytes.toString());
      into.push(bytes);
    },
  };
}

/** The lines of a text, parsed. */
export function jsonLines(text: string): unknown[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
