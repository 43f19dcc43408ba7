import type { Kind } from "../formats/kinds.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { digest, type Read } from "./digest.ts";
import { PythonServer, tryOriginal } from "./python-server.ts";

/** The C++ original of ArrayRecord, by its Python module. */
export class ArrayRecordOriginal {
  readonly #server = new PythonServer("array-record", "array_record_server.py");

  /** Starts it, or says why it cannot be had. */
  static start(): ArrayRecordOriginal | string {
    return tryOriginal(() => new ArrayRecordOriginal());
  }

  get version(): string {
    return this.#server.version;
  }

  /** It must open the file, and read what we read: one by one, all at once, and backwards. */
  async check(kind: Kind, path: string, verdicts: Verdicts, what: string): Promise<void> {
    if (kind.Reader.format !== "arrayrecord") return;
    const theirs = await this.#server.ask<Read>({ path });
    const ours = digest(kind, path);
    verdicts.count("array-record reads");
    verdicts.check(
      theirs.error === undefined && theirs.records === ours.records,
      `${what}: the original reads ${theirs.error ?? theirs.records}, we read ${ours.records} records`,
    );
    const sentence = `${what}: the original reads other records than we do`;
    verdicts.check(theirs.digest === ours.digest, sentence);
  }

  close(): void {
    this.#server.close();
  }
}
