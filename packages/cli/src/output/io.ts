import type { Readable } from "node:stream";

/** One way out: a terminal, a file or a pipe. */
export interface Output {
  readonly isTerminal: boolean;
  /** Columns of a terminal. */
  readonly columns: number;
  /** Resolves when there is room for more. */
  write(data: string | Uint8Array): Promise<void>;
}

/** What a command has to do with the world around it. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the user wants the command to stop. */
  readonly signal: AbortSignal;
}

/** Thrown by a write to a pipe whose reader has gone: the command is done. */
export class PipeClosed extends Error {
  override readonly name: string = "PipeClosed";
}

type Stream = NodeJS.WriteStream & { readonly fd: number };

/**
 * A stream as an {@link Output}.
 *
 * @param open Called with the first use: Node loads a good deal for a stream, and most runs never write to standard error.
 */
export function outputOf(open: () => Stream): Output {
  let opened: Stream | undefined;
  let failure: Error | undefined;
  const stream = (): Stream => {
    if (opened !== undefined) return opened;
    opened = open();
    opened.on("error", (error: NodeJS.ErrnoException) => {
      failure = error.code === "EPIPE" ? new PipeClosed() : error;
    });
    return opened;
  };
  return {
    get isTerminal() {
      return stream().isTTY === true;
    },
    get columns() {
      return stream().columns ?? 80;
    },
    write(data) {
      const out = stream();
      return new Promise((resolve, reject) => {
        if (failure !== undefined) reject(failure);
        else if (out.write(data)) resolve();
        else {
          const done = (): void => {
            out.off("drain", done);
            out.off("error", done);
            if (failure === undefined) resolve();
            else reject(failure);
          };
          out.on("drain", done);
          out.on("error", done);
        }
      });
    },
  };
}
