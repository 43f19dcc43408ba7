import { NthrecError, notOpen } from "../errors.ts";
import { type ByteSource, isSyncSource, type SyncByteSource } from "./byte-source.ts";

/** A part that is opened when its first byte is needed. */
export interface LazyPart {
  /** As error messages show it. @default the number of the part */
  readonly name?: string | undefined;
  /** Bytes; what `open` returns must have as many. */
  readonly size: number;
  open(): Promise<ByteSource>;
}

/** A part that can also be opened in place, so that the whole can answer before it returns. */
export interface SyncLazyPart extends LazyPart {
  open(): Promise<SyncByteSource>;
  openSync(): SyncByteSource;
}

/** One part of a larger source: open already, or opened on first use. */
export type Part = ByteSource | LazyPart;

/** A part that can answer before it returns. */
export type SyncPart = SyncByteSource | SyncLazyPart;

/** Holds one part and opens it at most once at a time. */
export class PartSlot {
  readonly name: string;
  readonly #part: Part;
  #source: ByteSource | undefined;
  #opening: Promise<ByteSource> | undefined;
  #closed = false;

  constructor(part: Part, number: number) {
    this.name = part.name ?? `part ${number}`;
    this.#part = part;
    if (!isLazy(part)) this.#source = part;
  }

  /** The open source. A failure to open is not kept: the next call tries again. */
  get(): Promise<ByteSource> | ByteSource {
    if (this.#source !== undefined) return this.#source;
    this.#opening ??= this.#open(this.#part as LazyPart).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The open source, which can answer before it returns. */
  getSync(): SyncByteSource {
    if (this.#source === undefined) {
      const source = (this.#part as SyncLazyPart).openSync();
      if (source.size !== this.#part.size) {
        source.closeSync();
        throw this.#changed(source.size);
      }
      this.#source = source;
    }
    return this.#source as SyncByteSource;
  }

  /** Closes the source if it was opened, or as soon as it is. */
  async close(): Promise<void> {
    this.#closed = true;
    // One that fails to open has nothing to close; its error belongs to the read that asked for it.
    await this.#opening?.catch(() => undefined);
    await this.#source?.close();
  }

  /** Closes what is open now; a part that is still being opened closes by itself later. */
  closeSync(): void {
    this.#closed = true;
    (this.#source as SyncByteSource | undefined)?.closeSync();
  }

  async #open(part: LazyPart): Promise<ByteSource> {
    const source = await part.open();
    if (source.size !== part.size) {
      await source.close();
      throw this.#changed(source.size);
    }
    if (this.#closed) {
      await source.close();
      throw notOpen(this.name);
    }
    // A read in place may have opened it meanwhile; one is enough.
    if (this.#source !== undefined) await source.close();
    this.#source ??= source;
    return this.#source;
  }

  #changed(size: number): NthrecError {
    return new NthrecError(
      "NTH_SOURCE_CHANGED",
      `${this.name} has ${size} bytes, but ${this.#part.size} were expected`,
      { source: this.name },
    );
  }
}

/** Whether `part` can answer before it returns. */
export function isSyncPart(part: Part): part is SyncPart {
  if (!isLazy(part)) return isSyncSource(part);
  return typeof (part as Partial<SyncLazyPart>).openSync === "function";
}

function isLazy(part: Part): part is LazyPart {
  return typeof (part as Partial<ByteSource>).read !== "function";
}
