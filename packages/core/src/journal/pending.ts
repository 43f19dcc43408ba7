import { platform } from "#platform";
import { ByteWriter } from "../bytes/byte-writer.ts";

/** Records encoded and not yet published; offsets count from where the batch begins. */
export class PendingBatch {
  readonly out: ByteWriter;
  #offsets: number[] = [];
  /** Bytes of this batch that the data file has already, written ahead of the commit. */
  #ahead = 0;
  /** CRC-32 of these bytes, and of what the format wrote before them. */
  #aheadCrc = 0;
  /** Records of this batch whose offsets the index has already. */
  #recordsAhead = 0;
  #last = -1;
  /** Whether the writer closes with this batch. */
  closing = false;
  /** Whether it is published even without records: the file lacks what only closing writes. */
  required = false;

  constructor(allocate: (size: number) => Uint8Array) {
    this.out = new ByteWriter(0, allocate);
  }

  /** Records in the batch. */
  get records(): number {
    return this.#recordsAhead + this.#offsets.length;
  }

  get ahead(): number {
    return this.#ahead;
  }

  get aheadCrc(): number {
    return this.#aheadCrc;
  }

  get recordsAhead(): number {
    return this.#recordsAhead;
  }

  /** Offsets that are not in the index yet, from the batch's start. */
  get offsets(): readonly number[] {
    return this.#offsets;
  }

  /**
   * Encodes one more record. A format that gathers records for a chunk writes nothing at first: then the record's
   * position is the chunk's beginning plus its number in the chunk, so that offsets always rise.
   */
  add<T>(value: T, encode: (value: T, out: ByteWriter) => void): void {
    const { out } = this;
    const { length, position } = out;
    try {
      encode(value, out);
    } catch (error) {
      out.rewind(length);
      throw error;
    }
    this.#last = Math.max(position, this.#last + 1);
    this.#offsets.push(this.#last);
  }

  /** Takes over the records of another batch, which come behind ours. */
  join(other: PendingBatch): void {
    const base = this.out.position;
    this.out.bytes(other.out.view());
    for (const offset of other.#offsets) this.#offsets.push(base + offset);
    this.#last = this.#offsets.at(-1) ?? this.#last;
  }

  /**
   * {@link PendingBatch.wroteAhead}, where a seal will hold the checksum of the batch.
   *
   * @param seed CRC-32 of what went before it.
   */
  sealedAhead(seed: number = this.#aheadCrc): void {
    this.#aheadCrc = platform.crc32(this.out.view(), seed);
    this.wroteAhead();
  }

  /** Notes that everything gathered so far was written ahead of the commit. */
  wroteAhead(): void {
    this.#ahead += this.out.length;
    this.#recordsAhead += this.#offsets.length;
    this.#offsets = [];
    this.out.advance(this.#ahead);
  }

  /** Starts over, keeping the memory. */
  reset(): void {
    this.#offsets = [];
    this.#ahead = 0;
    this.#aheadCrc = 0;
    this.#recordsAhead = 0;
    this.#last = -1;
    this.out.reset(0);
  }
}
