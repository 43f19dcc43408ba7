import {
  type AbortOptions,
  type ByteSource,
  checkRead,
  InlineGate,
  type SyncByteSource,
} from "@nthrec/core";
import type { BlockCache } from "./block-cache.ts";

/** What a blob's stream is made of. */
export interface Blocks {
  /** As error messages show it. */
  readonly name: string;
  /** The bytes before the first tensor. */
  readonly header: Uint8Array;
  /** Bytes that tensors fill. */
  readonly bytes: number;
  /** Bytes of a block. */
  readonly blockBytes: number;
  readonly cache: BlockCache;
}

/** A piece of a range that lies in one block. */
interface Piece {
  readonly number: number;
  /** Where it begins in the block. */
  readonly start: number;
  readonly target: Uint8Array;
}

/** Pieces that one read asks for at a time. */
const PIECES_AT_ONCE = 8;

/** A header and the tensors of equal blocks as one source. Where a byte lies is arithmetic, however many blocks there are. */
export class BlocksSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  protected readonly _blocks: Blocks;
  protected _open = true;

  constructor(blocks: Blocks) {
    this.name = blocks.name;
    this.size = blocks.header.length + blocks.bytes;
    this._blocks = blocks;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this._open, start, end, options);
    const target = new Uint8Array(end - start);
    await this.#fill(target, start, options);
    return target;
  }

  async readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    checkRead(this, this._open, start, start + target.length, options);
    await this.#fill(target, start, options);
  }

  async close(): Promise<void> {
    this._open = false;
    await this._blocks.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The pieces of a range that lie in blocks; what lies in the header is copied. */
  protected *_pieces(target: Uint8Array, start: number): Generator<Piece, void, void> {
    const { header, blockBytes } = this._blocks;
    let at = 0;
    if (start < header.length) {
      const head = header.subarray(start, start + target.length);
      target.set(head);
      at = head.length;
    }
    while (at < target.length) {
      const place = start + at - header.length;
      const number = Math.floor(place / blockBytes);
      const from = place - number * blockBytes;
      const piece = target.subarray(at, at + blockBytes - from);
      yield { number, start: from, target: piece };
      at += piece.length;
    }
  }

  async #fill(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    const { cache } = this._blocks;
    const pieces = this._pieces(target, start);
    const lane = async (): Promise<void> => {
      // All lanes draw from one iterator, so that each piece is read once; a failure ends it for all.
      for (const piece of pieces) {
        await cache.use(piece.number, async (block) => {
          if (block.readInto !== undefined)
            return block.readInto(piece.target, piece.start, options);
          const end = piece.start + piece.target.length;
          piece.target.set(await block.read(piece.start, end, options));
        });
      }
    };
    // Waiting for all: after a failure nobody may still write into a target that is the caller's again.
    const lanes = await Promise.allSettled(Array.from({ length: PIECES_AT_ONCE }, lane));
    for (const result of lanes) if (result.status === "rejected") throw result.reason;
  }
}

/** {@link BlocksSource} of blocks that can be read before the verb returns. */
export class SyncBlocksSource extends BlocksSource implements SyncByteSource {
  /** A verb asks before it knows the block, so the blocks are judged together, as one medium. */
  readonly #gate: InlineGate = new InlineGate();

  readSync(start: number, end: number): Uint8Array {
    checkRead(this, this._open, start, end);
    const target = new Uint8Array(end - start);
    this.#fillNow(target, start);
    return target;
  }

  readIntoSync(target: Uint8Array, start: number): void {
    checkRead(this, this._open, start, start + target.length);
    this.#fillNow(target, start);
  }

  /** Asks the block read last, which knows what its user wants, and the gate, which has timed all of them. */
  mayInline(bytes: number): boolean {
    return (this._blocks.cache.last?.mayInline?.(bytes) ?? true) && this.#gate.allow(bytes);
  }

  closeSync(): void {
    this._open = false;
    this._blocks.cache.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #fillNow(target: Uint8Array, start: number): void {
    const { header, blockBytes, cache } = this._blocks;
    const startedAt = this.#gate.started();
    const place = start - header.length;
    const number = Math.floor(place / blockBytes);
    const from = place - number * blockBytes;
    if (place >= 0 && from + target.length <= blockBytes && target.length > 0) {
      readPiece(cache.heldSync(number), target, from);
    } else {
      for (const piece of this._pieces(target, start)) {
        readPiece(cache.heldSync(piece.number), piece.target, piece.start);
      }
    }
    this.#gate.note(startedAt);
  }
}

function readPiece(block: SyncByteSource, target: Uint8Array, start: number): void {
  if (block.readIntoSync !== undefined) block.readIntoSync(target, start);
  else target.set(block.readSync(start, start + target.length));
}
