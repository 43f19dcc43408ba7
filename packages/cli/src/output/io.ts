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

/** A stream as an {@link Output}. */
export function outputOf(stream: NodeJS.WriteStream): Output {
  let failure: Error | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    failure = error.code === "EPIPE" ? new PipeClosed() : error;
  });
  return {
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 80;
    },
    write(data) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) reject(failure);
        else if (stream.write(data)) resolve();
        else {
          const done = (): void => {
            stream.off("drain", done);
            stream.off("error", done);
            if (failure === undefined) resolve();
            else reject(failure);
          };
          stream.on("drain", done);
          stream.on("error", done);
        }
      });
    },
  };
}
