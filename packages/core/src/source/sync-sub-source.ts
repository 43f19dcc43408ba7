import { type ByteSource, isSyncSource, type SyncByteSource } from "./byte-source.ts";
import { checkRead } from "./checks.ts";
import { SubSource, type SubSourceOptions } from "./sub-source.ts";

/** A window of a source that can also answer before it returns. */
export class SyncSubSource extends SubSource<SyncByteSource> implements SyncByteSource {
  readSync(start: number, end: number): Uint8Array {
    checkRead(this, this._isOpen, start, end);
    return this._whole.readSync(this._start + start, this._start + end);
  }

  readIntoSync(target: Uint8Array, start: number): void {
    const end = start + target.length;
    checkRead(this, this._isOpen, start, end);
    if (this._whole.readIntoSync !== undefined) {
      this._whole.readIntoSync(target, this._start + start);
    } else {
      target.set(this._whole.readSync(this._start + start, this._start + end));
    }
  }

  mayInline(bytes: number): boolean {
    return this._whole.mayInline?.(bytes) ?? true;
  }

  closeSync(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    if (this._owns) this._whole.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}

/** The window `[start, end)` of `source`; it answers before it returns where `source` can. */
export function subSource(
  source: SyncByteSource,
  start: number,
  end: number,
  options?: SubSourceOptions,
): SyncSubSource;
export function subSource(
  source: ByteSource,
  start: number,
  end: number,
  options?: SubSourceOptions,
): SubSource;
export function subSource(
  source: ByteSource,
  start: number,
  end: number,
  options?: SubSourceOptions,
): SubSource {
  return isSyncSource(source)
    ? new SyncSubSource(source, start, end, options)
    : new SubSource(source, start, end, options);
}
