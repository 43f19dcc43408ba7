import type { AbortOptions } from "../types.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkRange, checkRead } from "./checks.ts";

/** How a window presents itself and whether it owns what it looks at. */
export interface SubSourceOptions {
  /** As error messages show it. @default the name of the whole, with the range */
  readonly name?: string | undefined;
  /** Closes the whole with the window. @default false */
  readonly closeSource?: boolean | undefined;
}

/** The window `[start, end)` of another source, as a source of its own that begins at 0. */
export class SubSource<S extends ByteSource = ByteSource> implements ByteSource {
  readonly name: string;
  readonly size: number;
  protected readonly _whole: S;
  protected readonly _start: number;
  protected readonly _owns: boolean;
  protected _isOpen = true;

  constructor(whole: S, start: number, end: number, options: SubSourceOptions = {}) {
    checkRange(whole, start, end);
    this.name = options.name ?? `${whole.name}[${start}, ${end})`;
    this.size = end - start;
    this._whole = whole;
    this._start = start;
    this._owns = options.closeSource ?? false;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this._isOpen, start, end, options);
    return this._whole.read(this._start + start, this._start + end, options);
  }

  async readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    const end = start + target.length;
    checkRead(this, this._isOpen, start, end, options);
    if (this._whole.readInto !== undefined) {
      await this._whole.readInto(target, this._start + start, options);
    } else {
      target.set(await this._whole.read(this._start + start, this._start + end, options));
    }
  }

  async close(): Promise<void> {
    if (!this._isOpen) return;
    this._isOpen = false;
    if (this._owns) await this._whole.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
