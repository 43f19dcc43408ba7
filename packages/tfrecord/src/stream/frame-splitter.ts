import type { Loss } from "@nthrec/core";
import { FRAME_BYTES, HEAD_BYTES, lengthAt } from "../records/frame.ts";
import type { ChecksumLevel } from "../records/record-options.ts";
import { type Damage, isPayloadSound } from "../records/scan-frames.ts";

/** How frames are told from other bytes. */
export interface SplitRules {
  readonly checksums: ChecksumLevel;
  /** Whether damage is passed over, where the next record can be found behind it. */
  readonly skip: boolean;
  /** Longest payload that is believed, bytes. */
  readonly maxRecordBytes: number;
  /** Where the data end, if that is known; else infinity. */
  readonly end: number;
  lost(loss: Loss): void;
  /** Throws. */
  refuse(at: number, damage: Damage, head: Uint8Array): never;
}

/** Cuts records out of bytes that come in pieces; the bytes held back are at most one record and one piece. */
export class FrameSplitter {
  readonly #rules: SplitRules;
  #bytes: Uint8Array = new Uint8Array(0);
  /** What came since, until there is enough of it. */
  #pieces: Uint8Array[] = [];
  #rest = 0;
  /** Where in `#bytes` the next frame begins, and where in the stream `#bytes` begins. */
  #at = 0;
  #base = 0;
  /** Bytes from there on with which it makes sense to look again. */
  #wanted = HEAD_BYTES;
  /** Where the damage began that is being passed over, in the stream. */
  #lost: number | undefined;
  /** Whether the data end inside the next record, so that nobody needs to hold it. */
  #torn = false;

  constructor(rules: SplitRules) {
    this.#rules = rules;
  }

  /** Takes a piece; gives the payloads of the records that are whole now, as views. */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    if (this.#torn) return;
    this.#pieces.push(piece);
    this.#rest += piece.length;
    if (this.#rest < this.#wanted) return;
    this.#join();
    yield* this.#drain();
  }

  /**
   * Says that nothing more comes: gives the records that lie behind a head which promised more than there is, if damage
   * is passed over. Answers where bytes begin that are no whole record, `undefined` if there are none.
   */
  *finish(): Generator<Uint8Array, number | undefined> {
    this.#join();
    if (!this.#rules.skip) return this.#rest > 0 ? this.#position : undefined;
    while (this.#rest > FRAME_BYTES) {
      this.#lost ??= this.#position;
      this.#move(1);
      this.#wanted = HEAD_BYTES;
      yield* this.#drain();
    }
    if (this.#rest > 0) this.#lost ??= this.#position;
    this.#move(this.#rest);
    this.#found("no whole record follows");
    return undefined;
  }

  /** The records that are whole in the bytes at hand. */
  *#drain(): Generator<Uint8Array> {
    while (this.#rest >= this.#wanted && !this.#torn) {
      const payload = this.#next();
      if (payload !== undefined) yield payload;
    }
  }

  get #position(): number {
    return this.#base + this.#at;
  }

  /** The next record, or nothing where more bytes are needed or damage was passed. */
  #next(): Uint8Array | undefined {
    const { checksums, end } = this.#rules;
    const searching = this.#lost !== undefined;
    const length = lengthAt(this.#bytes, this.#at, searching || checksums !== "none");
    if (!(length <= this.#rules.maxRecordBytes)) {
      return this.#damaged(Number.isNaN(length) ? "length" : "beyond", 1);
    }
    const frame = length + FRAME_BYTES;
    if (this.#position + frame > end) return this.#cut();
    this.#wanted = frame;
    if (this.#rest < frame) return undefined;
    this.#wanted = HEAD_BYTES;
    const checked = searching || checksums === "payload";
    if (checked && !isPayloadSound(this.#bytes, this.#at, length)) {
      return this.#damaged("payload", searching ? 1 : frame);
    }
    this.#found("no record begins here");
    const from = this.#at + HEAD_BYTES;
    this.#move(frame);
    return this.#bytes.subarray(from, from + length);
  }

  /** A head that promises more than the data have. */
  #cut(): undefined {
    if (this.#rules.skip) return this.#damaged("beyond", 1);
    this.#torn = true;
  }

  /** Passes over `step` bytes of damage. */
  #damaged(damage: Damage, step: number): undefined {
    const at = this.#position;
    if (!this.#rules.skip) this.#rules.refuse(at, damage, this.#bytes.subarray(this.#at));
    // Behind a length that is sound the next record begins; else it must be looked for.
    if (step > 1) {
      this.#rules.lost({
        start: at,
        end: at + step,
        reason: "its payload does not fit its checksum",
      });
    } else this.#lost ??= at;
    this.#move(step);
  }

  /** Ends a search for the next record. */
  #found(reason: string): void {
    if (this.#lost === undefined) return;
    this.#rules.lost({ start: this.#lost, end: this.#position, reason });
    this.#lost = undefined;
  }

  #move(step: number): void {
    this.#at += step;
    this.#rest -= step;
  }

  #join(): void {
    const left = this.#bytes.subarray(this.#at);
    const parts = left.length > 0 ? [left, ...this.#pieces] : this.#pieces;
    this.#base += this.#at;
    this.#at = 0;
    this.#pieces = [];
    if (parts.length === 1) this.#bytes = parts[0] as Uint8Array;
    else {
      this.#bytes = new Uint8Array(this.#rest);
      let at = 0;
      for (const part of parts) {
        this.#bytes.set(part, at);
        at += part.length;
      }
    }
  }
}
