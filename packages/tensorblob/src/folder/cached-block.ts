import type { AbortOptions, ByteSource, SyncByteSource } from "@nthrec/core";
import type { BlockCache } from "./block-cache.ts";

/** One block as a part of a larger source. It is open only while the cache keeps it. */
export class CachedBlock implements ByteSource {
  readonly name: string;
  readonly size: number;
  protected readonly _cache: BlockCache;
  protected readonly _number: number;

  constructor(name: string, size: number, cache: BlockCache, number: number) {
    this.name = name;
    this.size = size;
    this._cache = cache;
    this._number = number;
  }

  read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    return this._cache.use(this._number, (block) => block.read(start, end, options));
  }

  readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    return this._cache.use(this._number, async (block) => {
      if (block.readInto !== undefined) return block.readInto(target, start, options);
      target.set(await block.read(start, start + target.length, options));
    });
  }

  /** The first of the blocks to be closed closes all: they live and end together. */
  close(): Promise<void> {
    return this._cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A block that can be read before the verb returns. */
export class SyncCachedBlock extends CachedBlock implements SyncByteSource {
  readSync(start: number, end: number): Uint8Array {
    return this._cache.useSync(this._number, (block) => block.readSync(start, end));
  }

  readIntoSync(target: Uint8Array, start: number): void {
    this._cache.useSync(this._number, (block) => {
      if (block.readIntoSync !== undefined) block.readIntoSync(target, start);
      else target.set(block.readSync(start, start + target.length));
    });
  }

  mayInline(bytes: number): boolean {
    return this._cache.last?.mayInline?.(bytes) ?? true;
  }

  closeSync(): void {
    this._cache.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
