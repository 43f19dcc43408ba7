import { JsonlWriter } from "@nthrec/jsonl";
import type { AgentEvent } from "./event.ts";
import { segmentNumbers, segmentPath } from "./segments.ts";

/**
 * Appends to the newest segment of a log, and begins the next one when it is full. Any number of processes may do so.
 *
 * An append answers the record's final number in its file, and so each process learns by itself that a segment is
 * full. Nobody is asked, and nothing is renamed under a reader. What others append meanwhile goes into the full
 * segment, which is therefore a little longer than it should be.
 */
export class RotatingLog implements AsyncDisposable {
  readonly #folder: string;
  readonly #recordsPerSegment: number;
  #segment: number;
  #writer: JsonlWriter;

  private constructor(folder: string, records: number, segment: number, writer: JsonlWriter) {
    this.#folder = folder;
    this.#recordsPerSegment = records;
    this.#segment = segment;
    this.#writer = writer;
  }

  static async open(folder: string, recordsPerSegment: number): Promise<RotatingLog> {
    const segment = segmentNumbers(folder).at(-1) ?? 0;
    const writer = await JsonlWriter.open(segmentPath(folder, segment), { mode: "append" });
    return new RotatingLog(folder, recordsPerSegment, segment, writer);
  }

  /** Resolves when the event is in the log, whole, and every reader can see it. */
  async append(event: AgentEvent): Promise<void> {
    const index = await this.#writer.append(event);
    if (index + 1 >= this.#recordsPerSegment) await this.#rotate();
  }

  async #rotate(): Promise<void> {
    await this.#writer.close();
    // Others may have gone further already.
    this.#segment = Math.max(this.#segment + 1, segmentNumbers(this.#folder).at(-1) ?? 0);
    this.#writer = await JsonlWriter.open(segmentPath(this.#folder, this.#segment), {
      mode: "append",
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer.close();
  }
}
