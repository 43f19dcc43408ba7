import { NthrecError, untilAborted } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkRead } from "./checks.ts";

/** How a {@link BlobSource} presents itself. */
export interface BlobSourceOptions {
  /** As error messages show it. @default the file's name, or "blob" */
  readonly name?: string | undefined;
}

/** A `Blob` or `File` as a source: each read is a slice, so that a file of any size opens at once. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  #blob: Blob | undefined;

  constructor(blob: Blob, options: BlobSourceOptions = {}) {
    this.name = options.name ?? (blob as Partial<File>).name ?? "blob";
    this.size = blob.size;
    this.#blob = blob;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this.#blob !== undefined, start, end, options);
    const slice = (this.#blob as Blob).slice(start, end);
    const buffer = await untilAborted(
      slice.arrayBuffer().catch((cause: unknown) => {
        throw this.#readError(cause, start);
      }),
      options?.signal,
      this.name,
    );
    if (buffer.byteLength !== end - start) {
      throw new NthrecError(
        "NTH_SHORT_READ",
        `${buffer.byteLength} bytes came from ${this.name} for [${start}, ${end})`,
        { source: this.name, offset: start },
      );
    }
    return new Uint8Array(buffer);
  }

  async close(): Promise<void> {
    this.#blob = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readError(cause: unknown, start: number): NthrecError {
    const details = { source: this.name, offset: start, cause };
    const name = (cause as Partial<Error> | null)?.name;
    // A platform that notices a change of the file under the blob reports one of these two.
    if (name === "NotReadableError" || name === "NotFoundError") {
      return new NthrecError(
        "NTH_SOURCE_CHANGED",
        `${this.name} was changed, moved or made unreadable since it was chosen: choose it again`,
        details,
      );
    }
    return new NthrecError(
      "NTH_IO_ERROR",
      `${this.name} could not be read at byte ${start}`,
      details,
    );
  }
}
