import { platform } from "#platform";
import type { StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";

/** Bytes that are gathered before they are written; a turn of the event loop fits between two writes. */
const WRITE_BYTES = 64 * 1024;

/** Bytes on their way into a file, one behind another. */
export class OutBuffer {
  bytes: Uint8Array = platform.allocate(2 * WRITE_BYTES);
  /** Bytes gathered and not yet written. */
  length = 0;
  /** Where the next flush goes. */
  #position: number;

  constructor(position: number) {
    this.#position = position;
  }

  /** Where the next byte goes in the file. */
  get position(): number {
    return this.#position + this.length;
  }

  /** Whether it is time to write. */
  get full(): boolean {
    return this.length >= WRITE_BYTES;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const wider = platform.allocate(Math.max(this.length + size, this.bytes.length * 2));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }

  *flush(sink: ByteSink): StepPlan<void> {
    if (this.length === 0) return;
    const bytes = this.bytes.subarray(0, this.length);
    yield { op: "write", sink, position: this.#position, bytes };
    this.#position += this.length;
    this.length = 0;
  }
}
