import { checkChoice, NthrecError } from "@nthrec/core";
import { crc32c } from "../crc32c/crc32c.ts";
import { mask } from "../crc32c/masked-crc.ts";
import { damageError } from "../records/damage-error.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "../records/frame.ts";
import { type ChecksumLevel, levelOf } from "../records/record-options.ts";
import type { Damage } from "../records/scan-frames.ts";
import type { TFRecordIndexEntry } from "./index-entry.ts";

/** How a stream is indexed. */
export interface IndexStreamOptions {
  /** @default "frame" */
  readonly checksums?: ChecksumLevel | undefined;
  /** What an end that is no whole record means. @default "error" */
  readonly tail?: "error" | "ignore" | undefined;
  /** The name that errors give the stream. @default "a stream" */
  readonly name?: string | undefined;
}

/**
 * Indexes a TFRecord file while it passes by, from any iterable of bytes: gives each record's entry when the record is
 * whole, and holds no more than 12 bytes.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_TRUNCATED`, `NTH_NOT_SUPPORTED` for a compressed file
 */
export async function* indexTFRecordStream(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: IndexStreamOptions = {},
): AsyncGenerator<TFRecordIndexEntry, void, undefined> {
  checkChoice("tail", options.tail, ["error", "ignore"]);
  const name = options.name ?? "a stream";
  const walker = new FrameWalker(name, levelOf(options.checksums, "frame"));
  for await (const piece of pieces) yield* walker.push(piece);
  if (!walker.inside || options.tail === "ignore") return;
  const message = `${name} ends inside record ${walker.index} (byte ${walker.offset}); tail: "ignore" leaves it out`;
  const details = { source: name, index: walker.index, offset: walker.offset };
  throw new NthrecError("NTH_TRUNCATED", message, details);
}

/** Walks from head to head through bytes that come in pieces. */
class FrameWalker {
  readonly #name: string;
  readonly #level: ChecksumLevel;
  /** Number and place of the record at hand. */
  index = 0;
  offset = 0;
  /** Bytes of it that came, and those of its payload; NaN before its head is whole. */
  #came = 0;
  #length: number = Number.NaN;
  readonly #head: Uint8Array = new Uint8Array(HEAD_BYTES);
  readonly #foot: Uint8Array = new Uint8Array(4);
  #crc = 0;

  constructor(name: string, level: ChecksumLevel) {
    this.#name = name;
    this.#level = level;
  }

  /** Whether the record at hand has begun. */
  get inside(): boolean {
    return this.#came > 0;
  }

  *push(piece: Uint8Array): Generator<TFRecordIndexEntry> {
    for (let at = 0; at < piece.length; ) {
      if (this.#came < HEAD_BYTES) at += this.#takeHead(piece.subarray(at));
      else at += this.#takeRest(piece.subarray(at));
      if (this.#came !== this.#length + FRAME_BYTES) continue;
      if (this.#level === "payload" && mask(this.#crc) !== u32At(this.#foot, 0)) {
        this.#refuse("payload");
      }
      yield [this.offset, this.#came];
      this.offset += this.#came;
      this.index++;
      this.#came = 0;
      this.#length = Number.NaN;
      this.#crc = 0;
    }
  }

  /** Takes bytes of the head; answers how many. */
  #takeHead(bytes: Uint8Array): number {
    const part = bytes.subarray(0, HEAD_BYTES - this.#came);
    this.#head.set(part, this.#came);
    this.#came += part.length;
    if (this.#came === HEAD_BYTES) {
      this.#length = lengthAt(this.#head, 0, this.#level !== "none");
      if (Number.isNaN(this.#length)) this.#refuse("length");
      if (!Number.isSafeInteger(this.offset + this.#length + FRAME_BYTES)) this.#refuse("beyond");
    }
    return part.length;
  }

  /** Takes bytes of the payload, or of what follows it; answers how many. */
  #takeRest(bytes: Uint8Array): number {
    const footAt = HEAD_BYTES + this.#length;
    const inFoot = this.#came - footAt;
    const part = bytes.subarray(0, inFoot < 0 ? -inFoot : 4 - inFoot);
    if (inFoot >= 0) this.#foot.set(part, inFoot);
    else if (this.#level === "payload") this.#crc = crc32c(part, this.#crc);
    this.#came += part.length;
    return part.length;
  }

  #refuse(damage: Damage): never {
    const { index, offset: at } = this;
    throw damageError({ name: this.#name, at, damage, head: this.#head, index });
  }
}
