import { isNthrecError, type LocalOutput, NthrecError } from "@nthrec/core";
import type { ArrayRecordWriterOptions } from "../records/array-record-options.ts";
import { ArrayRecordWriter } from "../records/array-record-writer.ts";

/**
 * A writer with the verbs of the original's Python module, which answer before they return: opening does not throw for a place
 * that cannot be written, `ok` tells. The file takes its name when it is closed. `await ArrayRecordWriter.prepare()` first, for
 * files that are compressed, as they are by default.
 */
export class ModuleWriter implements Disposable {
  #writer: ArrayRecordWriter | undefined;
  #failure: unknown;
  #closed = false;

  /**
   * @param optionString The original's writer options, `"group_size:64,brotli:9"`.
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for options that do not exist, in the original's words;
   * `NTH_NOT_SUPPORTED` for a codec that is not prepared
   */
  constructor(path: LocalOutput, optionString = "", options: ArrayRecordWriterOptions = {}) {
    // Wrong options and a codec that is not prepared are the caller's mistake, a place that cannot be written is not.
    const all = { ...options, optionString };
    new ArrayRecordWriter(all);
    try {
      this.#writer = ArrayRecordWriter.openSync(path, all);
    } catch (error) {
      if (!isNthrecError(error) || error.code === "NTH_NOT_SUPPORTED") throw error;
      this.#failure = error;
    }
  }

  /** Whether records can be written. */
  ok(): boolean {
    return !this.#closed && this.#failure === undefined;
  }

  /** Whether `close` was not called, even if opening failed. */
  isOpen(): boolean {
    return !this.#closed;
  }

  /** @throws {@link NthrecError} what went wrong first, again and again; `NTH_NOT_OPEN` after `close` */
  write(record: Uint8Array): void {
    if (this.#closed) throw new NthrecError("NTH_NOT_OPEN", "Object closed");
    if (!(record instanceof Uint8Array)) {
      throw new TypeError(`a record is a Uint8Array, not ${typeof record}`);
    }
    this.#attempt((writer) => writer.appendSync(record));
  }

  /** Writes what is left and the footer. Closing twice is no error. @throws {@link NthrecError} what went wrong before */
  close(): void {
    if (this.#closed && this.#failure === undefined) return;
    const failed = this.#failure !== undefined;
    this.#closed = true;
    // What was not written whole never takes the file's name; why it was not is what is told, whatever cleaning up meets.
    if (failed) this.#writer?.abort().catch(() => undefined);
    this.#attempt((writer) => writer.closeSync());
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.close();
  }

  #attempt(work: (writer: ArrayRecordWriter) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      work(this.#writer as ArrayRecordWriter);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
